"""What commands at the desk show, as lines of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.format.limits import plain_text
from bot.models.alerts import Presence
from bot.models.basics import DeliveryState, Platform
from bot.moments import local_time, with_local_times
from bot.operate.state.explain import trace_lines
from bot.operate.state.health import headline_lines
from bot.operate.state.status import COUNTS, status_json
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.config import Config
    from bot.models.views import DeliveryRow, StoryTrace
    from bot.operate.preview.previews import Preview
    from bot.store.engine import Store
    from bot.wording import Wording

_WAITING = (DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.HELD, DeliveryState.PENDING)
_MOST = 50
_MONEY = {
    "spent_day": marked("spent day"),
    "left_day": marked("left day"),
    "spent_month": marked("spent month"),
    "left_month": marked("left month"),
}
_COUNTED = {name: name for name in COUNTS} | {"sent_24h": marked("sent in 24 hours")}


_DECIDED = {"post": marked("passes"), "skip": marked("kept out"), "error": marked("fails")}


async def status_lines(
    config: Config, store: Store, now: datetime, began: datetime | None, words: Wording
) -> list[str]:
    """Return what `newsbot status` says first, the channels, and the feeds that are not well."""
    presence = Presence(running=True, since=began)
    status = await status_json(config, store, now, presence=presence)
    lines = list(headline_lines(status, config.timezone, words))
    for channel in status["channels"]:
        numbers = ", ".join(
            f"{words.phrase(_COUNTED[name])} {channel[name]}" for name in COUNTS if channel[name]
        )
        state = words.phrase(f"{channel['state']}")
        lines.append(f"{channel['id']}: {state}{numbers and f', {numbers}'}")
    for feed in status["feeds"]:
        if feed["state"] not in {"ok", "new", "disabled"}:
            why = f" ({words.stored(feed['reason']['text'])})" if feed["reason"] else ""
            lines.append(f"{feed['id']}: {words.phrase(_state(feed))}{why}")
    for budget in status["budgets"]:
        money = ", ".join(
            f"{words.phrase(said)} {budget[name]} USD" for name, said in _MONEY.items()
        )
        lines.append(f"{budget['account']}: {money}")
    return lines


def _state(one: dict[str, Any]) -> str:
    return str(one["state"])


async def queue(store: Store) -> list[DeliveryRow]:
    """Return what waits: first what needs a person, then in the order in which it is sent."""
    return [
        row
        for state in _WAITING
        for row in reversed(await store.desk.deliveries(state=state, limit=_MOST))
    ]


def delivery_line(row: DeliveryRow, timezone: ZoneInfo, words: Wording) -> str:
    """Return a row of `newsbot deliveries` in one line."""
    why = f" ({with_local_times(words.stored(row.reason.text), timezone)})" if row.reason else ""
    state, due = words.phrase(row.state), local_time(row.due, timezone)
    return f"{row.id} {state} {row.channel}, {due}: {row.title}{why}"


def explained(traces: Sequence[StoryTrace], timezone: ZoneInfo, words: Wording) -> str:
    """Return what `newsbot explain` says."""
    return "\n".join(line for one in traces for line in trace_lines(one, timezone, words=words))


def preview_lines(previews: Sequence[Preview], words: Wording) -> Iterator[str]:
    """Yield each post with the decision about it, as text."""
    for one in previews:
        why = f" ({words.stored(one.reason.text)})" if one.reason else ""
        text = one.post.text if one.post else ""
        shown = plain_text(text) if one.channel.platform is Platform.TELEGRAM else text
        yield f"{one.channel.id}: {words.phrase(_DECIDED[one.decision])}{why}\n{shown}"
