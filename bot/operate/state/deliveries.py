"""`newsbot deliveries`: the outbox, as JSON and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.format.blocks import read_title
from bot.moments import local_time, with_local_times
from bot.operate.json_forms import dollars, plain
from bot.operate.state.plans import in_words, plan_for, plan_json
from bot.operate.tables import print_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from bot.config import Config
    from bot.models.views import DeliveryRow
    from bot.operate.state.plans import Plan

_NEVER_LISTED = frozenset({"attempted_at", "wanted_at", "tells"})
_NOT_LISTED = frozenset({"story", "url", "title"})


def delivery_json(
    row: DeliveryRow, plan: Plan | None, *, without: Collection[str] = _NOT_LISTED
) -> dict[str, Any]:
    """Return the documented JSON element (docs/json.md)."""
    found = plain(row) | {
        "waits_for": plan_json(plan),
        "id": str(row.id),
        "cost": dollars(row.cost),
        "items": [
            {"id": plain(item.id), "link": plain(item.link), "title": plain(read_title(item.title))}
            for item in row.items
        ],
    }
    hidden = _NEVER_LISTED.union(without)
    return {name: value for name, value in found.items() if name not in hidden}


def print_deliveries(rows: Iterable[DeliveryRow], config: Config, now: datetime) -> None:
    """Print the outbox as a table, newest first."""
    print_table(
        ("ID", "STATE", "CHANNEL", "FEED", "WHEN", "TITLE", "REASON"),
        [
            (
                row.id,
                row.state.value,
                row.channel,
                row.feed,
                local_time(row.sent_at or row.due, config.timezone),
                read_title(row.items[0].title) if row.items else row.title,
                _note(row, config, now),
            )
            for row in rows
        ],
        notes=("TITLE", "REASON"),
    )


def _note(row: DeliveryRow, config: Config, now: datetime) -> str:
    plan = plan_for(row, config, now)
    notes = (
        row.reason and with_local_times(row.reason.text, config.timezone),
        plan and in_words(plan, config.timezone),
    )
    return "; ".join(note for note in notes if note)
