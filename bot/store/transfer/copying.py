"""All rows of a database, table by table, and the numbers that it gives next."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError

from bot.store.tables.schema import charges, deliveries, metadata, stories

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Table

_AT_ONCE = 1000
_NUMBERED = (stories, deliveries, charges)


def row_parts(tx: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Yield all rows of `table` in lists, so that a large table fits into memory."""
    order = table.primary_key.columns.values()
    result = tx.execute(select(table).order_by(*order), execution_options={"yield_per": _AT_ONCE})
    for part in result.mappings().partitions():
        yield [dict(row) for row in part]


def copy_rows(here: Connection, there: Connection) -> None:
    """Insert all rows of one database into another one, which has none."""
    for table in metadata.sorted_tables:
        for rows in row_parts(here, table):
            there.execute(insert(table), rows)
    write_numbers(there, read_numbers(here))


def insert_rows(
    tx: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows that are as the driver takes them; PostgreSQL reads them as one stream."""
    quote = tx.dialect.identifier_preparer.quote
    into = f"{quote(table.name)} ({', '.join(map(quote, columns))})"
    if tx.dialect.name != "postgresql":
        marks = ", ".join("?" * len(columns))
        tx.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", list(rows))  # noqa: S608 - names of the schema
        return
    statement = f"COPY {into} FROM STDIN"
    cursor: Any = tx.connection.cursor()
    with _as_sqlalchemy_does(tx, statement), cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _as_sqlalchemy_does(tx: Connection, statement: str) -> Iterator[None]:
    """Raise the driver's errors as those of a statement that SQLAlchemy sent."""
    try:
        yield
    except tx.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(statement, None, error) from error


def read_numbers(tx: Connection) -> dict[str, int]:
    """Return the highest number that was ever given to a story, a delivery and a charge."""
    if tx.dialect.name == "sqlite":
        query = text("SELECT name, seq FROM sqlite_sequence")
        given = {name: int(number) for name, number in tx.execute(query)}
        return {table.name: given.get(table.name, 0) for table in _NUMBERED}
    return {table.name: _last_value(tx, table) for table in _NUMBERED}


def write_numbers(tx: Connection, numbers: Mapping[str, int]) -> None:
    """See to it that no number up to those is given again."""
    for table in _NUMBERED:
        highest = tx.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        number = max(numbers.get(table.name, 0), highest)
        if tx.dialect.name == "sqlite":
            values = {"name": table.name, "number": number}
            tx.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
            tx.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :number)"), values)
        elif number:
            tx.execute(select(func.setval(_sequence(table), number)))


def _last_value(tx: Connection, table: Table) -> int:
    query = text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {_sequence(table)}")  # noqa: S608 - a name of the schema
    return int(tx.execute(query).scalar_one())


def _sequence(table: Table) -> str:
    return f"{table.name}_id_seq"
