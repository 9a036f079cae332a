"""The feeds whose news is pushed, and those of which it should be: for `newsbot status`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.collect.addresses import public_url
from bot.moments import local_time, with_local_times
from bot.operate.json_forms import plain
from bot.operate.say import say
from bot.operate.tables import print_table
from bot.wording import marked

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.models.subscriptions import SubscriptionStatus


def hub_json(row: SubscriptionStatus | None, now: datetime) -> dict[str, Any] | None:
    """Return the subscription of a feed at its hub, None where there is none."""
    if row is None:
        return None
    is_subscribed = row.expires is not None and row.expires > now
    return {
        "url": public_url(row.hub),
        "until": plain(row.expires) if is_subscribed else None,
        "last_push": plain(row.pushed_at),
        "tells_all": row.is_trusted,
        "reason": plain(row.reason),
    }


def print_hubs(status: dict[str, Any], timezone: ZoneInfo) -> None:
    """Print a line for each feed that names a hub."""
    rows = [
        (
            feed["id"],
            feed["hub"]["url"],
            _when(feed["hub"]["until"], timezone) or marked("not subscribed"),
            _when(feed["hub"]["last_push"], timezone),
            feed["hub"]["reason"] and with_local_times(feed["hub"]["reason"]["text"], timezone),
        )
        for feed in status["feeds"]
        if feed["hub"]
    ]
    if rows:
        say()
        columns = ("PUSHED FEED", "HUB", "SUBSCRIBED UNTIL", "LAST PUSH", "REASON")
        print_table(columns, rows, notes=("REASON",))


def _when(moment: str | None, timezone: ZoneInfo) -> str:
    return local_time(datetime.fromisoformat(moment), timezone) if moment else ""
