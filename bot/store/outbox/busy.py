"""Which lanes need no look because they were seen a moment ago to have to wait."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.outbox import Lane

_REMEMBERED = timedelta(seconds=2)
"""What an operator does in another process takes effect within five."""
_MOST = 10_000
"""Lanes that are remembered: one with fixed times is another one after each of them."""


class BusyLanes:
    """Lanes that were found not to be free yet, and until when: remembered for two seconds.

    Hundreds of lanes with a queue each wait for their pace, and each round would ask the outbox
    about all of them again. What the operator or a search for a lost post does to such a lane is
    seen when that time is over.
    """

    def __init__(self) -> None:
        self._until: dict[Lane, datetime] = {}

    def is_busy(self, lane: Lane, start: datetime) -> bool:
        """Tell whether the lane is known not to be free at `start`."""
        return self._until.get(lane, start) > start

    def note(self, lane: Lane, free_at: datetime, now: datetime) -> None:
        if len(self._until) >= _MOST:
            self._until.clear()
        self._until[lane] = min(free_at, now + _REMEMBERED)
