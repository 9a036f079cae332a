"""Rows as plain records, and records as the values that a driver takes.

Times are ISO 8601 in UTC, bytes hexadecimal. Leases stay behind: they belong to a process. What is
to be done with a column's values is decided once for each table: a memory has a million rows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, Integer, LargeBinary, select

from bot.errors import NewsbotError
from bot.models.basics import DeliveryState
from bot.store.tables.columns import State, UtcTime, microseconds
from bot.store.tables.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Column, Connection, Dialect, MetaData, Table

    Convert = Callable[[Any], Any]

_LEFT_BEHIND = frozenset({"lease_owner", "lease_until", "probe"})
_AT_ONCE = 1000
_MOST = 2**63 - 1  # the highest number of any database's columns


class BadRecord(NewsbotError):
    """A record that is none of this database's."""


def plain_rows(tx: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Yield the rows of `table` as records have them, a part at a time: a table may be large."""
    columns = [column for column in table.columns if column.name not in _LEFT_BEHIND]
    order = table.primary_key.columns.values()
    query = select(*columns).order_by(*order)
    ways = [(column.name, _writer(column)) for column in columns]
    for part in tx.execute(query, execution_options={"yield_per": _AT_ONCE}).partitions():
        for row in part:
            yield {
                name: value if write is None or value is None else write(value)
                for (name, write), value in zip(ways, row, strict=True)
            }


def _writer(column: Column[Any]) -> Convert | None:
    """Return how a value of `column` is written, None where it stays as it is."""
    match column.type:
        case UtcTime():
            return _iso
        case LargeBinary():
            return bytes.hex
        case State():
            return _name
        case _:
            return None


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _name(state: DeliveryState) -> str:
    return state.value


def batches(
    records: Iterable[dict[str, Any]], tables: MetaData, dialect: Dialect
) -> Iterator[tuple[Table, Sequence[str], list[tuple[Any, ...]]]]:
    """Yield rows of one table with the same columns, as the driver takes them. Raises BadRecord."""
    ways: dict[str, Mapping[str, Convert]] = {}
    table, names, rows = "", (), list[tuple[Any, ...]]()
    for record in records:
        try:
            found, row = record["table"], record["row"]
            way = ways.get(found) or ways.setdefault(found, _ways(tables.tables[found], dialect))
            values = tuple([way[name](value) for name, value in row.items()])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadRecord(f"no record of newsbot's state ({error})") from error
        if rows and (found != table or len(rows) >= _AT_ONCE or tuple(row) != names):
            yield tables.tables[table], names, rows
            rows = []
        if not rows:
            table, names = found, tuple(row)
        rows.append(values)
    if rows:
        yield tables.tables[table], names, rows


def _ways(table: Table, dialect: Dialect) -> dict[str, Convert]:
    return {column.name: _to_driver(column, dialect) for column in table.columns}


def _to_driver(column: Column[Any], dialect: Dialect) -> Convert:
    """Return how a value of a record becomes what the driver stores in `column`."""
    read = _reader(column)
    bind = column.type.dialect_impl(dialect).bind_processor(dialect)
    if bind is None:
        return lambda value: None if value is None else read(value)
    return lambda value: bind(None if value is None else read(value))


def _reader(column: Column[Any]) -> Convert:
    match column.type:
        case UtcTime():
            return _moment
        case LargeBinary():
            return bytes.fromhex
        case State():
            return DeliveryState
        case JSON():
            return _same
        case BigInteger() if column.table.metadata is not metadata:
            # A table of an older version knows its columns' types only as the database does.
            return _number_or_moment
        case BigInteger() | Integer():
            return _number
        case _:
            return _text


def _same(value: Any) -> Any:
    return value


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def _number_or_moment(value: Any) -> int:
    return microseconds(_moment(value)) if isinstance(value, str) else _number(value)


def _number(value: Any) -> int:
    return value if type(value) is int and abs(value) <= _MOST else _wrong(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _wrong(value)


def _wrong(value: Any) -> Any:
    raise ValueError(f"{value!r:.40} has the wrong type")
