"""What commands at the desk show, as lines of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.format.limits import plain_text
from bot.models.alerts import Presence
from bot.models.basics import DeliveryState, Platform
from bot.moments import local_time, with_local_times
from bot.operate.state.explain import trace_lines
from bot.operate.state.health import headline_lines
from bot.operate.state.status import COUNTS, status_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.config import Config
    from bot.models.views import DeliveryRow, StoryTrace
    from bot.operate.preview.previews import Preview
    from bot.store.engine import Store

_WAITING = (DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.HELD, DeliveryState.PENDING)
_MOST = 50
_MONEY = ("spent_day", "left_day", "spent_month", "left_month")


async def status_lines(
    config: Config, store: Store, now: datetime, began: datetime | None
) -> list[str]:
    """Return what `newsbot status` says first, the channels, and the feeds that are not well."""
    presence = Presence(running=True, since=began)
    status = await status_json(config, store, now, presence=presence)
    lines = list(headline_lines(status, config.timezone))
    for channel in status["channels"]:
        numbers = ", ".join(f"{name} {channel[name]}" for name in COUNTS if channel[name])
        lines.append(f"{channel['id']}: {channel['state']}{numbers and f', {numbers}'}")
    for feed in status["feeds"]:
        if feed["state"] not in {"ok", "new", "disabled"}:
            why = f" ({feed['reason']['text']})" if feed["reason"] else ""
            lines.append(f"{feed['id']}: {feed['state']}{why}")
    for budget in status["budgets"]:
        money = ", ".join(f"{name.replace('_', ' ')} {budget[name]} USD" for name in _MONEY)
        lines.append(f"{budget['account']}: {money}")
    return lines


async def queue(store: Store) -> list[DeliveryRow]:
    """Return what waits: first what needs a person, then in the order in which it is sent."""
    return [
        row
        for state in _WAITING
        for row in reversed(await store.desk.deliveries(state=state, limit=_MOST))
    ]


def delivery_line(row: DeliveryRow, timezone: ZoneInfo) -> str:
    """Return a row of `newsbot deliveries` in one line."""
    why = f" ({with_local_times(row.reason.text, timezone)})" if row.reason else ""
    return f"{row.id} {row.state} {row.channel}, {local_time(row.due, timezone)}: {row.title}{why}"


def explained(traces: Sequence[StoryTrace], timezone: ZoneInfo) -> str:
    """Return what `newsbot explain` says."""
    return "\n".join(line for trace in traces for line in trace_lines(trace, timezone))


def preview_lines(previews: Sequence[Preview]) -> Iterator[str]:
    """Yield each post with the decision about it, as text."""
    for one in previews:
        why = f" ({one.reason.text})" if one.reason else ""
        text = one.post.text if one.post else ""
        shown = plain_text(text) if one.channel.platform is Platform.TELEGRAM else text
        yield f"{one.channel.id}: {one.decision}{why}\n{shown}"
