"""`newsbot explain`: what became of an item, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.operate.show import dollars, local, plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from bot.models import DeliveryRow, StoryTrace


def trace_json(trace: StoryTrace) -> dict[str, Any]:
    """Return the documented JSON element (README, "JSON")."""
    return {
        "story": str(trace.id),
        "title": plain(trace.title),
        "link": plain(trace.link),
        "first_seen": plain(trace.first_seen),
        "items": [plain(item) for item in trace.items],
        "passed_over": [plain(one) for one in trace.passed_over],
        "deliveries": [
            {
                "id": str(row.id),
                "channel": row.channel,
                "state": row.state.value,
                "reason": plain(row.reason),
                "attempts": row.attempts,
                "due": plain(row.due),
                "sent_at": plain(row.sent_at),
                "remote_id": row.remote_id,
                "url": row.url,
                "cost": dollars(row.cost),
                "text": plain(row.text),
            }
            for row in trace.deliveries
        ],
    }


def trace_lines(trace: StoryTrace, timezone: ZoneInfo) -> Iterator[str]:
    """Yield the trace for people, one line a stage."""
    yield trace.title or trace.link or f"story {trace.id}"
    for item in trace.items:
        yield f"  found   {local(item.first_seen, timezone)} in {item.feed}: {item.link or item.id}"
    for one in trace.passed_over:
        yield f"  skipped {one.channel}: {one.reason.text} ({one.reason.code})"
    for row in trace.deliveries:
        yield f"  {row.state.value:<7} {row.channel}: {_delivery(row, timezone)}"
    if not trace.passed_over and not trace.deliveries:
        yield "  no channel: the feed leads to none"


def _delivery(row: DeliveryRow, timezone: ZoneInfo) -> str:
    parts = [f"delivery {row.id}", f"attempts {row.attempts}"]
    if row.sent_at is not None:
        parts.append(f"sent {local(row.sent_at, timezone)}")
    else:
        parts.append(f"due {local(row.due, timezone)}")
    if row.remote_id:
        parts.append(f"as {row.url or row.remote_id}")
    if row.cost is not None:
        parts.append(f"cost {dollars(row.cost)} USD")
    if row.reason is not None:
        parts.append(f"{row.reason.text} ({row.reason.code})")
    return ", ".join(parts)
