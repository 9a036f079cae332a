"""Times of the week as an operator writes them: hours of rest, and moments for posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, time

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As `date.weekday()` counts them."""
_SATURDAY = 5


def is_weekend(day: int) -> bool:
    """Tell whether the day, counted from Monday as 0, is a Saturday or a Sunday."""
    return day >= _SATURDAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A daily span of local time; `start` after `end` means over midnight."""

    start: time
    end: time

    def contains(self, local: datetime) -> bool:
        """Tell whether the local time lies in the span (start included, end not)."""
        moment = local.time()
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekHours:
    """Hours that differ on weekends; None is none. Each moment goes by its own day."""

    weekdays: Hours | None = None
    weekend: Hours | None = None

    def contains(self, local: datetime) -> bool:
        """Tell whether the local time lies in the hours of its day."""
        hours = self.weekend if is_weekend(local.weekday()) else self.weekdays
        return hours is not None and hours.contains(local)

    def __str__(self) -> str:
        return f"weekdays {self.weekdays or 'none'}, weekend {self.weekend or 'none'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Moments of a week: the local times of each day, Monday first; at least one."""

    of_days: tuple[tuple[time, ...], ...]

    def __post_init__(self) -> None:
        if len(self.of_days) != len(DAYS) or not any(self.of_days):
            raise ValueError(f"not the times of a week: {self.of_days!r}")

    @property
    def longest_wait(self) -> timedelta:
        """The longest time from one of the times to the next."""
        moments = sorted(
            timedelta(days=day, hours=time.hour, minutes=time.minute)
            for day, of_day in enumerate(self.of_days)
            for time in of_day
        )
        following = [*moments[1:], moments[0] + timedelta(weeks=1)]
        return max(later - one for one, later in zip(moments, following, strict=True))

    def __str__(self) -> str:
        by_times: dict[tuple[time, ...], list[str]] = {}
        for day, times in zip(DAYS, self.of_days, strict=True):
            by_times.setdefault(times, []).append(day)
        every = (
            f"{' '.join(days) if len(by_times) > 1 else 'daily'}"
            f" {' '.join(f'{one:%H:%M}' for one in times)}"
            for times, days in by_times.items()
            if times
        )
        return ", ".join(every)
