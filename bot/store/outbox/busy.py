"""Which lanes need no look because they were seen a moment ago to have to wait."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.basics import ChannelId
    from bot.models.outbox import Lane

_REMEMBERED = timedelta(seconds=2)
"""What an operator does in another process takes effect within five."""


class BusyLanes:
    """Lanes that were found not to be free yet, and until when: remembered for two seconds.

    Hundreds of lanes with a queue each wait for their pace, and each round would ask the outbox
    about all of them again. What the operator or a search for a lost post does to such a lane is
    seen when that time is over. Of a channel only the latest lane is known: others have another
    pace, or were its lane in an earlier slot.
    """

    def __init__(self) -> None:
        self._known: dict[ChannelId, tuple[Lane, datetime, datetime]] = {}

    def is_busy(self, lane: Lane, start: datetime) -> bool:
        """Tell whether the lane is known not to be free at `start`.

        Nothing is known before the moment of the look: a database's clock may be set back.
        """
        known = self._known.get(lane.channel)
        return known is not None and known[0] == lane and known[1] <= start < known[2]

    def note(self, lane: Lane, free_at: datetime, now: datetime) -> None:
        self._known[lane.channel] = lane, now, min(free_at, now + _REMEMBERED)
