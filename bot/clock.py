"""The one place that reads the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SPEED = 0.5  # while the wall clock catches up


def utc_now() -> datetime:
    """Return the current time, aware and in UTC."""
    return datetime.now(UTC)


def seconds_since_boot() -> float:
    """Return the seconds that have passed since some moment, the machine's sleep included.

    CLOCK_MONOTONIC stands still while the machine is suspended (man 2 clock_gettime). Where there
    is no CLOCK_BOOTTIME, as on macOS, it has to do.
    """
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SteadyClock:
    """Tells the time without ever going back, so that no wait becomes longer and no day returns.

    Where the wall clock was set forward, it follows at once. Where that was set back, it goes on
    at half speed until the wall clock has caught up. `since` is a moment that has certainly
    passed, such as the latest that the database remembers.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = utc_now,
        elapsed: Callable[[], float] = seconds_since_boot,
        *,
        since: datetime | None = None,
    ) -> None:
        self._wall = wall
        self._elapsed = elapsed
        start = wall()
        self._anchor = start if since is None else max(start, since)
        self._mark = elapsed()

    def __call__(self) -> datetime:
        """Return the time, aware and in UTC."""
        wall, mark = self._wall(), self._elapsed()
        held = self._anchor + timedelta(seconds=(mark - self._mark) * _SPEED)
        if wall < held:
            return held
        self._anchor, self._mark = wall, mark
        return wall
