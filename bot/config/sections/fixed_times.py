"""Times that a channel names for its posts: whether anything can go out at them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.models.times import DAYS
from bot.wording import marked, told

if TYPE_CHECKING:
    from bot.config.schema.channel_table import ChannelTable
    from bot.config.text.document import Document
    from bot.config.text.positions import Path as KeyPath
    from bot.models.times import Hours, Times, WeekHours

_MONDAY = date(2024, 1, 1)


def check_times(table: ChannelTable, path: KeyPath, document: Document) -> None:
    """Note times that are quiet, and a number of posts for times that there are none of."""
    if table.post_at is None and "per_slot" in table.model_fields_set:
        text = marked('has an effect only with times, such as post_at = ["07:00", "12:00"]')
        document.problem((*path, "per_slot"), text)
    if table.post_at is not None and table.digest is not None:
        text = marked("has no effect beside digest, which has times of its own; keep one of them")
        document.problem((*path, "post_at"), text)
    if table.post_at is not None and (moment := quiet_time(table.post_at, table.quiet_hours)):
        document.problem(
            (*path, "post_at"),
            told("{moment} lies in quiet_hours; change one of them", moment=moment),
        )


def quiet_time(times: Times, quiet: Hours | WeekHours | None) -> str | None:
    """Return the first of `times` that lies in quiet hours, None where none does."""
    if quiet is None:
        return None
    moments = (
        datetime.combine(_MONDAY + timedelta(days=day), time)
        for day, of_day in enumerate(times.of_days)
        for time in of_day
    )
    found = next((one for one in moments if quiet.contains(one)), None)
    return None if found is None else f'"{found:%H:%M}" ({DAYS[found.weekday()]})'
