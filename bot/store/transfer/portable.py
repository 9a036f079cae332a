"""The whole content as plain records, for `newsbot state export` and `import`.

A record is {"table": name, "row": {column: value}} (`records.py`). Subscriptions stay behind: hubs
send to the old address.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.errors import NewsbotError
from bot.store.db.worker import in_worker
from bot.store.migrations import SCRIPTS
from bot.store.outbox.leases import INTERRUPTED, interrupt
from bot.store.stories.polls import forget_polls
from bot.store.tables.schema import REVISION, metadata
from bot.store.tables.subscriptions import subscriptions
from bot.store.transfer.copying import insert_rows, read_numbers, write_numbers
from bot.store.transfer.records import batches, plain_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, MetaData, Table

    from bot.store.db.database import Database


def _portable() -> list[Table]:
    return [table for table in metadata.sorted_tables if table is not subscriptions]


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
                for row in plain_rows(tx, table):
                    count += 1
                    write({"table": table.name, "row": row})
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
            for table, columns, rows in batches(read(), tables, tx.dialect):
                insert_rows(tx, table, columns, rows)
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
        with tables_of(self.database, SCRIPTS, schema, check) as old:
            yield old


def _refuse_content(tx: Connection, name: str) -> None:
    for table in metadata.sorted_tables:
        if tx.execute(select(table).limit(1)).first() is not None:
            raise NewsbotError(
                f"database {name} is not empty: import into a new one, nothing was changed"
            )
