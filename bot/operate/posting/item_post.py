"""`newsbot post --item`: one known story to one channel now, of any age, before the queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.dedupe.folding import fold_title
from bot.errors import NewsbotError
from bot.operate.posting.at_once import post_at_once
from bot.visible import visible_line
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.models.basics import StoryId
    from bot.models.settings import Feed
    from bot.models.stories import Article
    from bot.models.views import StoryTrace
    from bot.pipeline.route import Route
    from bot.store.engine import Store

_LISTED = 5
_FOUND_MOST = 100


async def find_one(store: Store, text: str) -> StoryTrace:
    """Return the story that `text` means: its link, its id or words of its title.

    One that is called exactly so wins over those that only contain it. Raises NewsbotError where
    there is none, and where there are several.
    """
    found = await store.desk.find_stories(text, _FOUND_MOST)
    exact = [trace for trace in found if _is_named(trace, text.strip())]
    candidates = exact or found
    if not candidates:
        raise NewsbotError(
            told("nothing matches {rest}: no feed has shown such an item so far", rest=repr(text))
        )
    if len(candidates) > 1:
        raise NewsbotError(_ambiguous(text, candidates))
    return candidates[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The story to send, its article, and its feed where that is still configured."""

    story: StoryId
    article: Article
    feed: Feed | None = None


async def send_item(wanted: Wanted, route: Route, store: Store, now: Callable[[], datetime]) -> str:
    """Send a story and return a message for the operator.

    Raises NewsbotError where the channel has it already or may have it, and if it failed.
    """
    return await post_at_once(
        lambda: store.outbox.owe_story(wanted.story, wanted.article, route.channel, now()),
        route,
        store,
        now,
        feed=wanted.feed,
    )


def _is_named(trace: StoryTrace, text: str) -> bool:
    ids = (item.id for item in trace.items)
    links = (trace.link, *(item.link for item in trace.items))
    titles = (trace.title, *(item.title for item in trace.items))
    if text in ids or text in links:
        return True
    folded = fold_title(text)
    return bool(folded) and any(fold_title(title) == folded for title in titles)


def _ambiguous(text: str, found: list[StoryTrace]) -> str:
    lines = [told("{asked} means several items: use the link of one", asked=repr(text))]
    lines += [
        visible_line(f"  {trace.title}: {trace.link or trace.items[0].id}")
        for trace in found[:_LISTED]
    ]
    if len(found) > _LISTED:
        lines.append(f"  and {len(found) - _LISTED} more")
    return "\n".join(lines)
