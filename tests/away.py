"""A database that cannot be written for a while, as if locked, full or without its server."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from bot.errors import StoreError
from bot.store.outbox.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.models.basics import DeliveryId
    from bot.models.outbox import Delivery, Outcome
    from bot.store.db.database import Database
    from bot.store.outbox.journal import Unwritten

LOCKED = StoreError("database is locked by another program for more than 10 seconds")


class Away:
    """Does what `database` does; while there is a `fault`, a writing transaction raises that."""

    def __init__(
        self, database: Database, journal: Path | None = None, *, owner: str | None = None
    ) -> None:
        self._database = database
        self.owner = owner or database.owner
        self.journal = journal or database.journal
        self.fault: StoreError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def write(self, **how: bool) -> Iterator[Any]:
        if self.fault is not None:
            raise self.fault
        with self._database.write(**how) as tx:
            yield tx


def outbox_on(away: Away) -> Outbox:
    return Outbox(cast("Database", away))


class LateOutbox(Outbox):
    """Meets a database that is locked whenever an attempt ends; `ended` are these attempts."""

    def __init__(self, database: Database, journal: Path | None = None) -> None:
        self._away = Away(database, journal)
        super().__init__(cast("Database", self._away))
        self.ended: list[DeliveryId] = []

    async def finish(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        await super().finish(delivery, outcome, now)
        self.ended.append(delivery.id)

    def _write_or_keep(self, every: Sequence[Unwritten]) -> Sequence[None]:
        # On the store's one thread: nothing else meets the fault.
        self._away.fault = LOCKED
        answers = super()._write_or_keep(every)
        self._away.fault = None
        return answers
