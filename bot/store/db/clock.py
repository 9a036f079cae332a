"""The clock that all machines on one database agree on."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.clock import seconds_since_boot, utc_now
from bot.store.db.worker import in_worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.store.db.database import Database


class StoreClock:
    """Tells the time: `local`'s, unless other machines use the database, too; then the database's.

    Between two readings of the database's clock the machine's steady clock counts on, so that
    setting this machine's time ends no lease.
    """

    def __init__(
        self,
        database: Database,
        local: Callable[[], datetime],
        elapsed: Callable[[], float] = seconds_since_boot,
    ) -> None:
        self.database = database
        self._local = local
        self._elapsed = elapsed
        self._read: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        if self._read is None:
            return self._local()
        then, mark = self._read
        return then + timedelta(seconds=self._elapsed() - mark)

    @property
    def wall(self) -> Callable[[], datetime]:
        """The time that people read: this machine's, or the one of all on a shared database.

        A machine with a wrong clock would take news for old, forget stories and post at night.
        """
        return self if self.database.is_shared else utc_now

    @in_worker
    def read(self) -> None:
        """Read the database's clock again: the machines drift apart. Raises StoreError."""
        if not self.database.is_shared:
            return
        with self.database.read() as tx:
            before = self._elapsed()
            then: datetime = tx.execute(select(func.clock_timestamp())).scalar_one()
            self._read = then.astimezone(UTC), (before + self._elapsed()) / 2
