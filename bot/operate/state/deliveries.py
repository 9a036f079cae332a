"""`newsbot deliveries`: the outbox, as JSON and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.format.blocks import read_title
from bot.operate.json_forms import dollars, plain
from bot.operate.tables import local_time, print_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from zoneinfo import ZoneInfo

    from bot.models.views import DeliveryRow

_NOT_LISTED = frozenset({"story", "url", "title"})


def delivery_json(row: DeliveryRow, *, without: Collection[str] = _NOT_LISTED) -> dict[str, Any]:
    """Return the documented JSON element (README, "JSON")."""
    found = plain(row) | {
        "id": str(row.id),
        "cost": dollars(row.cost),
        "items": [
            {"id": plain(item.id), "link": plain(item.link), "title": plain(read_title(item.title))}
            for item in row.items
        ],
    }
    return {name: value for name, value in found.items() if name not in without}


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
                read_title(row.items[0].title) if row.items else row.title,
                row.reason.text if row.reason else "",
            )
            for row in rows
        ],
        notes=("TITLE", "REASON"),
    )
