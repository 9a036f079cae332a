"""How often a feed is polled, and why: for `newsbot status`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.collect.addresses import public_url
from bot.collect.schedule.due import with_plan
from bot.collect.schedule.plan import plan_of
from bot.collect.schedule.rhythm import HOURS, unpack
from bot.operate.spans import span
from bot.wording import marked, told, told_count

if TYPE_CHECKING:
    from datetime import tzinfo

    from bot.collect.schedule.rhythm import Rhythm
    from bot.models.settings import Feed
    from bot.models.views import FeedStatus

_DOUBLES: Final = marked("the wait doubles, up to a day")
_MONDAY: Final = datetime(2024, 1, 1, tzinfo=UTC)


def polling_json(feed: Feed, row: FeedStatus, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """Return the interval in seconds at this time of the week, and a sentence about it.

    None as the interval says that the feed is not polled.
    """
    if not feed.enabled or row.paused:
        return {"every": None, "why": marked("it is not polled")}
    if row.errors:
        why = told("it failed {number} times in a row: {why}", number=row.errors, why=_DOUBLES)
        if row.errors == 1:
            why = told("it failed once: {why}", why=_DOUBLES)
        wait = max((row.next_poll - now).total_seconds(), 0.0) if row.next_poll else 0.0
        return {"every": round(wait), "why": why}
    rhythm = unpack(row.rhythm)
    usual = feed.every.total_seconds()
    if feed.is_local or not rhythm.days:
        why = (
            marked("as configured")
            if feed.is_local
            else marked("as configured: no rhythm of it is known yet")
        )
        return {"every": round(usual), "why": why + _wishes(rhythm)}
    plan = plan_of(with_plan(rhythm, feed))
    return {
        "every": round(usual / plan.density(now.timestamp())),
        "why": _learned(rhythm, plan.hours, usual, zone) + _wishes(rhythm),
    }


def _learned(rhythm: Rhythm, hours: tuple[float, ...], usual: float, zone: tzinfo) -> str:
    busy, calm = (choose(range(HOURS), key=hours.__getitem__) for choose in (max, min))
    days = max(round(rhythm.days), 1)
    known = told(
        "learned from its news of {what}", what=told_count("{count} day", "{count} days", days)
    )
    if hours[busy] < 1.1 * hours[calm]:
        return told("{why}, which came at any time", why=known)
    often, rarely = span(usual / hours[busy]), span(usual / hours[calm])
    return told(
        "{why}: every {span} when most of it comes ({busy}), every {also} when least does ({calm})",
        why=known,
        span=often,
        busy=_hour(busy, zone),
        also=rarely,
        calm=_hour(calm, zone),
    )


def _hour(hour: int, zone: tzinfo) -> str:
    return f"{(_MONDAY + timedelta(hours=hour)).astimezone(zone):%a %H:00}"


def _wishes(rhythm: Rhythm) -> str:
    found = [told("not before {span}", span=span(rhythm.ttl * 60))] if rhythm.ttl else []
    found += [marked("not in the hours that it skips")] if rhythm.skip_hours else []
    found += [marked("not on the days that it skips")] if rhythm.skip_days else []
    return told("; as the feed asks: {why}", why=", ".join(found)) if found else ""


def moved_json(row: FeedStatus) -> str | None:
    """Return the address at which a feed is asked that moved for good; None for all others."""
    return None if row.moved is None else public_url(row.moved)
