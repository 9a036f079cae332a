"""The whole content as plain records, for `newsbot state export` and `import`.

A record is {"table": name, "row": {column: value}}. Times are ISO 8601 in UTC, bytes hexadecimal.
Leases stay behind: they belong to a process. So do subscriptions: hubs send to the old address.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, Integer, LargeBinary, insert, select

from bot.errors import NewsbotError
from bot.models.basics import DeliveryState
from bot.store.db.worker import in_worker
from bot.store.outbox.leases import INTERRUPTED, interrupt
from bot.store.stories.polls import forget_polls
from bot.store.tables.columns import State, UtcTime, microseconds
from bot.store.tables.schema import REVISION, metadata
from bot.store.tables.subscriptions import subscriptions
from bot.store.tables.versions import SCRIPTS
from bot.store.transfer.copying import read_numbers, row_parts, write_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import Column, Connection, MetaData, Table

    from bot.store.db.database import Database

_LEFT_BEHIND = frozenset({"lease_owner", "lease_until", "probe"})
_AT_ONCE = 1000
_MOST = 2**63 - 1  # the highest number of any database's columns


def _portable() -> list[Table]:
    return [table for table in metadata.sorted_tables if table is not subscriptions]


class BadRecord(NewsbotError):
    """A record that is none of this database's."""


class Portable:
    """All that must survive a move to another database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @in_worker
    def export(self, write: Callable[[dict[str, Any]], None]) -> int:
        """Give all records to `write`, the schema and the highest numbers first; return how many.

        They are one consistent view, also beside a running service.
        """
        count = 0
        with self.database.read() as tx:
            write({"schema": REVISION, "numbers": read_numbers(tx)})
            for table in _portable():
                for rows in row_parts(tx, table):
                    count += len(rows)
                    for row in rows:
                        write({"table": table.name, "row": _plain(row)})
        return count

    @in_worker
    def restore(
        self,
        numbers: Mapping[str, int],
        read: Callable[[], Iterable[dict[str, Any]]],
        now: datetime,
        *,
        schema: str = REVISION,
    ) -> int:
        """Insert all records that `read` returns in one transaction; return how many.

        Records of an older `schema` go into its tables, which are then brought up to date. A post
        that was being sent when they were exported may be out: it becomes `unknown`, to be
        searched for from `now` on. Raises BadRecord, and NewsbotError for a database that is not
        empty and for a schema of a newer newsbot.
        """
        with self._empty_tables(schema) as (tx, tables, bring_up_to_date):
            count = 0
            for table, rows in _batches(read(), tables):
                tx.execute(insert(table), rows)
                count += len(rows)
            bring_up_to_date()
            write_numbers(tx, numbers)
            interrupt(tx, INTERRUPTED, now)
            forget_polls(tx)
        return count

    @contextmanager
    def _empty_tables(
        self, schema: str
    ) -> Iterator[tuple[Connection, MetaData, Callable[[], None]]]:
        check = partial(_refuse_content, name=self.database.name)
        if schema == REVISION:
            with self.database.write() as tx:
                check(tx)
                yield tx, metadata, lambda: None
            return
        # Alembic loads only where it is needed (see tables/versions.py).
        from bot.store.tables.upgrade import is_known, tables_of  # noqa: PLC0415

        if not is_known(SCRIPTS.directory, schema):
            raise NewsbotError(
                f"the state was exported by a newer newsbot (schema {schema}, this one knows "
                f"{REVISION}); install that version"
            )
        with tables_of(self.database, SCRIPTS.directory, schema, check) as old:
            yield old


def _refuse_content(tx: Connection, name: str) -> None:
    for table in metadata.sorted_tables:
        if tx.execute(select(table).limit(1)).first() is not None:
            raise NewsbotError(
                f"database {name} is not empty: import into a new one, nothing was changed"
            )


def _batches(
    records: Iterable[dict[str, Any]], tables: MetaData
) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """Yield rows that one statement can insert: of one table, with the same columns."""
    table: Table | None = None
    rows: list[dict[str, Any]] = []
    for record in records:
        now, row = _stored(record, tables)
        if table is not None and (
            now is not table or len(rows) >= _AT_ONCE or row.keys() != rows[0].keys()
        ):
            yield table, rows
            rows = []
        table = now
        rows.append(row)
    if table is not None:
        yield table, rows


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in row.items() if name not in _LEFT_BEHIND}


def _plain_value(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case bytes():
            return value.hex()
        case DeliveryState():
            return value.value
        case _:
            return value


def _stored(record: dict[str, Any], tables: MetaData) -> tuple[Table, dict[str, Any]]:
    try:
        table = tables.tables[record["table"]]
        row = {
            name: None if value is None else _stored_value(table.c[name], value)
            for name, value in record["row"].items()
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadRecord(f"no record of newsbot's state ({error})") from error
    return table, row


def _stored_value(column: Column[Any], value: Any) -> Any:
    match column.type:
        case UtcTime():
            return datetime.fromisoformat(value).astimezone(UTC)
        case BigInteger() if isinstance(value, str) and column.table.metadata is not metadata:
            # A table of an older version knows its columns' types only as the database does.
            return microseconds(datetime.fromisoformat(value))
        case LargeBinary():
            return bytes.fromhex(value)
        case State():
            return DeliveryState(value)
        case JSON():
            return value
        case BigInteger() | Integer():
            return _checked(value, is_good=type(value) is int and abs(value) <= _MOST)
        case _:
            return _checked(value, is_good=isinstance(value, str))


def _checked(value: Any, *, is_good: bool) -> Any:
    if not is_good:
        raise ValueError(f"{value!r:.40} has the wrong type")
    return value
