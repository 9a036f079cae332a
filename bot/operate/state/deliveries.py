"""`newsbot deliveries`: the outbox, as JSON and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.operate.json_forms import dollars, plain
from bot.operate.tables import local_time, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from bot.models.views import DeliveryRow


def delivery_json(row: DeliveryRow) -> dict[str, Any]:
    """Return the documented JSON element (README, "JSON")."""
    return {
        "id": str(row.id),
        "channel": row.channel,
        "feed": row.feed,
        "state": row.state.value,
        "reason": plain(row.reason),
        "attempts": row.attempts,
        "due": plain(row.due),
        "created_at": plain(row.created_at),
        "sent_at": plain(row.sent_at),
        "remote_id": row.remote_id,
        "cost": dollars(row.cost),
        "text": plain(row.text),
        "items": [
            {"id": plain(item.id), "link": plain(item.link), "title": plain(item.title)}
            for item in row.items
        ],
    }


def print_deliveries(rows: Iterable[DeliveryRow], timezone: ZoneInfo) -> None:
    """Print the outbox as a table, newest first."""
    print_table(
        ("ID", "STATE", "CHANNEL", "FEED", "WHEN", "TITLE", "REASON"),
        [
            (
                row.id,
                row.state.value,
                row.channel,
                row.feed,
                local_time(row.sent_at or row.due, timezone),
                row.items[0].title if row.items else row.title,
                row.reason.text if row.reason else "",
            )
            for row in rows
        ],
    )
