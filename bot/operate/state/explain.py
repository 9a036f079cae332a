"""`newsbot explain`: the way of an item, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.dedupe.decide import dated_ahead
from bot.dedupe.folding import fold_title
from bot.dedupe.urls import canonical_link
from bot.format.blocks import read_title
from bot.models.events import Likeness
from bot.moments import local_time, with_local_times
from bot.operate.json_forms import dollars, plain
from bot.operate.state.deliveries import delivery_json
from bot.operate.state.leads import lead_json, lead_lines
from bot.operate.state.plans import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from bot.models.basics import Reason
    from bot.models.views import DeliveryRow, ItemRow, RelatedStory, StoryTrace
    from bot.operate.state.plans import Plan

_NOT_SHOWN = frozenset({"story", "feed", "created_at", "items", "title"})
_WAITING = frozenset({"pending", "held"})
_RELATED = {
    (Likeness.SAME, True): "merged  with the earlier",
    (Likeness.SAME, False): "merged  into this:",
    (Likeness.RELATED, True): "related to the earlier",
    (Likeness.RELATED, False): "related to the later",
    (Likeness.APART, True): "apart   from the earlier, as you said:",
    (Likeness.APART, False): "apart   from the later, as you said:",
}


def unplanned(_: DeliveryRow) -> Plan | None:
    """Plan nothing: for deliveries whose channels have no times."""
    return None


def trace_json(
    trace: StoryTrace, plan_of: Callable[[DeliveryRow], Plan | None] = unplanned
) -> dict[str, Any]:
    """Return the documented JSON element (docs/json.md)."""
    return {
        "story": str(trace.id),
        "title": plain(trace.title),
        "link": plain(trace.link),
        "published": plain(trace.published),
        "first_seen": plain(trace.first_seen),
        "items": [
            {
                **plain(item),
                "title": plain(read_title(item.title)),
                "matched_by": matched_by(item, trace.items[:place]),
                "reason": plain(dated_ahead(item.published, item.first_seen)),
            }
            for place, item in enumerate(trace.items)
        ],
        "lead": lead_json(trace.article),
        "passed_over": [plain(one) for one in trace.passed_over],
        "deliveries": [
            delivery_json(row, plan_of(row), without=_NOT_SHOWN) for row in trace.deliveries
        ],
        "related": [plain(one) for one in trace.related],
    }


def trace_lines(
    trace: StoryTrace, timezone: ZoneInfo, plan_of: Callable[[DeliveryRow], Plan | None] = unplanned
) -> Iterator[str]:
    """Yield the trace for people, one line a stage."""
    yield trace.title or trace.link or f"story {trace.id}"
    if trace.published is not None:
        yield f"  written {local_time(trace.published, timezone)}, says the feed"
    for place, item in enumerate(trace.items):
        seen = local_time(item.first_seen, timezone)
        yield f"  found   {seen} in {item.feed}: {item.link or item.id}"
        if reason := dated_ahead(item.published, item.first_seen):
            yield f"          {_why(reason, timezone)}"
        if place:
            keys = ", ".join(matched_by(item, trace.items[:place])) or "similar words"
            yield f"          the same story by: {keys}"
    yield from lead_lines(trace.article)
    for one in trace.passed_over:
        yield f"  skipped {one.channel}: {_why(one.reason, timezone)}"
    for row in trace.deliveries:
        yield f"  {row.state.value:<7} {row.channel}: {_delivery(row, timezone)}"
        if plan := plan_of(row):
            yield f"          {in_words(plan, timezone)}"
        yield from _rendered(row)
    for other in trace.related:
        said = _RELATED[other.likeness, other.is_earlier]
        yield f"  {said} {other.title} ({other.feed}; {_score(other)})"
    if not trace.passed_over and not trace.deliveries:
        yield "  no channel: the feed is routed to none"


def matched_by(item: ItemRow, earlier: Sequence[ItemRow]) -> list[str]:
    """Return the identities that `item` shares with one of `earlier`: why it is the same story.

    Empty for the first, and for one that was recognised by similar words alone.
    """
    shared = {
        "id": any(item.id == one.id and item.feed == one.feed for one in earlier),
        "link": any(_link(item) == _link(one) for one in earlier) and bool(_link(item)),
        "title": any(fold_title(item.title) == fold_title(one.title) for one in earlier)
        and bool(fold_title(item.title)),
    }
    return [name for name, is_shared in shared.items() if is_shared]


def _link(item: ItemRow) -> str:
    return canonical_link(item.link) if item.link else ""


def _rendered(row: DeliveryRow) -> Iterator[str]:
    """Yield the text as it was sent, or how to see it."""
    if row.text is not None:
        for line in row.text.splitlines():
            yield f"          | {line}"
    elif row.state.value in _WAITING:
        yield f"          not rendered yet: `newsbot preview --channel {row.channel}` shows how"


def _delivery(row: DeliveryRow, timezone: ZoneInfo) -> str:
    parts = [f"delivery {row.id}", f"attempts {row.attempts}"]
    when = "due" if row.sent_at is None else "sent"
    parts.append(f"{when} {local_time(row.sent_at or row.due, timezone)}")
    if row.remote_id:
        parts.append(f"as {row.url or row.remote_id}")
    if row.approved_by is not None:
        parts.append(f"approved by {row.approved_by}")
    if row.cost is not None:
        parts.append(f"cost {dollars(row.cost)} USD")
    if row.reason is not None:
        parts.append(_why(row.reason, timezone))
    return ", ".join(parts)


def _score(other: RelatedStory) -> str:
    return f"score {other.score:.1f}: {other.why}" if other.why else f"score {other.score:.1f}"


def _why(reason: Reason, timezone: ZoneInfo) -> str:
    """Return the reason with its code, which the texts of some name already."""
    text, code = with_local_times(reason.text, timezone), f"({reason.code})"
    return text if text.endswith(code) else f"{text} {code}"
