"""Sums of an hour, of which plots are drawn, and the age of news in a few steps."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Figure = Literal["posts", "delay", "spent", "polls", "failed_polls", "cpu", "memory"]
"""Posts by channel, posts by delay (a step of `STEPS`), micro-dollars by account, polls and those
that failed, and by machine milliseconds of CPU and bytes of memory."""
COUNTED: tuple[Figure, ...] = ("polls", "failed_polls", "cpu")
"""Each process adds its own; all else is what it is."""

HOUR = timedelta(hours=1)
_MINUTE, _HOUR = 60, 3_600
STEPS = (
    *(10, 20, 30, 45, 60, 90),
    *(one * _MINUTE for one in (2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 90)),
    *(one * _HOUR for one in (2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 168)),
)
"""Seconds from publication to post at which a delay is counted: what is longer, at the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """The sum of a figure in a slot: so many slots after the first. Of memory it is the most."""

    slot: int
    figure: Figure
    subject: str
    value: int


def hour_of(moment: datetime) -> int:
    """Return the hours from 1970 to `moment`."""
    return int(moment.timestamp() // _HOUR)


def moment_of(hour: int) -> datetime:
    """Return when an hour began."""
    return datetime.fromtimestamp(hour * _HOUR, UTC)


def step_of(delay: timedelta) -> int:
    """Return the step at which `delay` is counted."""
    return STEPS[min(bisect_left(STEPS, delay.total_seconds()), len(STEPS) - 1)]


def share_of(counts: Mapping[int, int], share: float) -> timedelta | None:
    """Return the delay that `share` of the posts do not exceed, None without a post.

    Within a step the posts count as spread evenly.
    """
    wanted = sum(counts.values()) * share
    so_far = 0.0
    for before, step in pairwise((0, *STEPS)):
        count = counts.get(step, 0)
        if count and so_far + count >= wanted:
            return timedelta(seconds=before + (step - before) * (wanted - so_far) / count)
        so_far += count
    return None
