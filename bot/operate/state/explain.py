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
from bot.wording import ENGLISH, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from bot.models.basics import Reason
    from bot.models.views import DeliveryRow, ItemRow, RelatedStory, StoryTrace
    from bot.operate.state.plans import Plan
    from bot.wording import Wording

_NOT_SHOWN = frozenset({"story", "feed", "created_at", "items", "title"})
_WAITING = frozenset({"pending", "held"})
_RELATED = {
    (Likeness.SAME, True): marked("merged  with the earlier"),
    (Likeness.SAME, False): marked("merged  into this:"),
    (Likeness.RELATED, True): marked("related to the earlier"),
    (Likeness.RELATED, False): marked("related to the later"),
    (Likeness.APART, True): marked("apart   from the earlier, as you said:"),
    (Likeness.APART, False): marked("apart   from the later, as you said:"),
}


_KEYS = {"id": "id", "link": marked("link"), "title": marked("title")}


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
    trace: StoryTrace,
    timezone: ZoneInfo,
    plan_of: Callable[[DeliveryRow], Plan | None] = unplanned,
    words: Wording = ENGLISH,
) -> Iterator[str]:
    """Yield the trace for people, one line a stage."""
    yield trace.title or trace.link or words.phrase_as("explain", "story {number}", number=trace.id)
    if trace.published is not None:
        at = local_time(trace.published, timezone)
        yield "  " + words.phrase("written {at}, says the feed", at=at)
    yield from _found(trace, timezone, words)
    yield from lead_lines(trace.article, words)
    for one in trace.passed_over:
        why = _why(one.reason, timezone, words)
        yield _stage(words.phrase("skipped"), f"{one.channel}: {why}")
    for row in trace.deliveries:
        told = _delivery(row, timezone, words)
        yield _stage(words.phrase(row.state.value), f"{row.channel}: {told}")
        if plan := plan_of(row):
            yield f"          {in_words(plan, timezone, words)}"
        yield from _rendered(row, words)
    for other in trace.related:
        likeness = words.phrase(_RELATED[other.likeness, other.is_earlier])
        yield f"  {likeness} {other.title} ({other.feed}; {_score(other, words)})"
    if not trace.passed_over and not trace.deliveries:
        yield "  " + words.phrase("no channel: the feed is routed to none")


def _stage(name: str, told: str) -> str:
    return f"  {name:<7} {told}"


def _found(trace: StoryTrace, timezone: ZoneInfo, words: Wording) -> Iterator[str]:
    """Yield where the story was read, and why later items are the same."""
    for place, item in enumerate(trace.items):
        seen = local_time(item.first_seen, timezone)
        where = words.phrase_as(
            "explain", "{at} in {feed}: {link}", at=seen, feed=item.feed, link=_shown(item)
        )
        yield _stage(words.phrase("found"), where)
        if reason := dated_ahead(item.published, item.first_seen):
            yield f"          {_why(reason, timezone, words)}"
        if place:
            found = [words.phrase(_KEYS[key]) for key in matched_by(item, trace.items[:place])]
            keys = ", ".join(found) or words.phrase("similar words")
            yield " " * 10 + words.phrase("the same story by: {keys}", keys=keys)


def _shown(item: ItemRow) -> str:
    return item.link or item.id


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


def _rendered(row: DeliveryRow, words: Wording) -> Iterator[str]:
    """Yield the text as it was sent, or how to see it."""
    if row.text is not None:
        for line in row.text.splitlines():
            yield f"          | {line}"
    elif row.state.value in _WAITING:
        said = words.phrase(
            "not rendered yet: `newsbot preview --channel {channel}` shows how", channel=row.channel
        )
        yield f"          {said}"


def _delivery(row: DeliveryRow, timezone: ZoneInfo, words: Wording) -> str:
    parts = [
        words.phrase_as("explain", "delivery {number}", number=row.id),
        words.phrase_as("explain", "attempts {number}", number=row.attempts),
    ]
    when = words.phrase("due") if row.sent_at is None else words.phrase("sent")
    parts.append(f"{when} {local_time(row.sent_at or row.due, timezone)}")
    if row.remote_id:
        parts.append(words.phrase_as("explain", "as {address}", address=row.url or row.remote_id))
    if row.approved_by is not None:
        parts.append(
            words.phrase_as("explain", "approved by {name}", name=words.stored(row.approved_by))
        )
    if row.cost is not None:
        parts.append(words.phrase_as("explain", "cost {dollars} USD", dollars=dollars(row.cost)))
    if row.reason is not None:
        parts.append(_why(row.reason, timezone, words))
    return ", ".join(parts)


def _score(other: RelatedStory, words: Wording) -> str:
    score = words.phrase_as("explain", "score {score}", score=f"{other.score:.1f}")
    return f"{score}: {other.why}" if other.why else score


def _why(reason: Reason, timezone: ZoneInfo, words: Wording) -> str:
    """Return the reason with its code, which the texts of some name already."""
    text, code = with_local_times(words.stored(reason.text), timezone), f"({reason.code})"
    return text if text.endswith(code) else f"{text} {code}"
