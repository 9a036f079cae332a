"""Feed -> previews: each item as each channel would show it, with the decision about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from bot.collect.parse import parse_feed
from bot.dedupe.decide import decide, newest_first
from bot.dedupe.keys import keys_of
from bot.errors import TemplateError
from bot.format.render import render_post
from bot.models import (
    Article,
    Channel,
    Feed,
    FetchedFeed,
    FetchFailed,
    Item,
    Known,
    ParsedFeed,
    Post,
    Reason,
    Validators,
)
from bot.pipeline import article_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.format.templates import Template
    from bot.models import ChannelId
    from bot.pipeline import Offload
    from bot.ports import Fetcher

Read = ParsedFeed | Reason
"""What reading a feed came to: its items, or why there are none."""

Decision = Literal["post", "skip", "error"]
_DUPLICATE = Reason(code="duplicate", text="the same story stands further up in this feed")
_NO_BODY = Reason(code="no_body", text="the server sent no feed")
_NOT_ROUTED = Reason(code="not_routed", text="this feed does not lead to this channel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One item for one channel; `item`, `article` and `post` are None where there is none."""

    feed: Feed
    channel: Channel
    item: Item | None
    article: Article | None
    post: Post | None
    decision: Decision
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where previews are shown: the channels with their templates."""

    channels: Mapping[ChannelId, Channel]
    templates: Mapping[ChannelId, Template]
    now: datetime


async def preview_feed(
    feed: Feed, stage: Stage, *, limit: int, fetcher: Fetcher, offload: Offload
) -> list[Preview]:
    """Fetch `feed` and render its newest `limit` items (0: all) for each channel of the stage."""
    read = await read_feed(feed, fetcher=fetcher, offload=offload)
    return await offload(partial(render_previews, feed, read, stage, limit=limit))


async def read_feed(feed: Feed, *, fetcher: Fetcher, offload: Offload) -> Read:
    """Fetch `feed` and return what it holds, or why it cannot be read."""
    outcome = await fetcher.fetch(feed, Validators())
    if not isinstance(outcome, FetchedFeed):
        return outcome.reason if isinstance(outcome, FetchFailed) else _NO_BODY
    parsed = await offload(partial(parse_feed, outcome))
    return parsed if isinstance(parsed, ParsedFeed) else parsed.reason


def render_previews(feed: Feed, read: Read, stage: Stage, *, limit: int) -> list[Preview]:
    """Render the newest `limit` items (0: all) for each channel of the stage.

    Every item is rendered, whatever its age; `decision` says what a first run would do with it.
    A feed that could not be read is one preview without an item for each channel.
    """
    if isinstance(read, Reason):
        return [_failed(feed, channel, read) for channel in stage.channels.values()]
    decisions = _decisions(feed, read, stage)
    order = newest_first(read.items, stage.now)
    return [
        _preview(feed, read, index, channel, stage, decisions)
        for index in (order[:limit] if limit else order)
        for channel in stage.channels.values()
    ]


def _failed(feed: Feed, channel: Channel, reason: Reason) -> Preview:
    return Preview(
        feed=feed,
        channel=channel,
        item=None,
        article=None,
        post=None,
        decision="error",
        reason=reason,
    )


def _decisions(
    feed: Feed, parsed: ParsedFeed, stage: Stage
) -> dict[tuple[int, ChannelId], Reason | None]:
    """Return why each item (by its place in the feed) is skipped, None where it is posted."""
    routed = replace(feed, channels=tuple(id_ for id_ in feed.channels if id_ in stage.channels))
    keys = keys_of(feed.id, parsed.items)
    stories = decide(parsed.items, keys, Known(), feed=routed, now=stage.now)
    places = {id(item): place for place, item in enumerate(parsed.items)}
    found: dict[tuple[int, ChannelId], Reason | None] = {}
    for story in stories:
        for nth, item in enumerate(story.items):
            for channel in routed.channels:
                reason = story.passed_over.get(channel)
                found[places[id(item)], channel] = _DUPLICATE if nth else reason
    return found


def _preview(
    feed: Feed,
    parsed: ParsedFeed,
    index: int,
    channel: Channel,
    stage: Stage,
    decisions: Mapping[tuple[int, ChannelId], Reason | None],
) -> Preview:
    item = parsed.items[index]
    reason = decisions.get((index, channel.id), _NOT_ROUTED)
    decision: Decision = "skip" if reason else "post"
    article = article_of(item, feed, parsed)
    post = None
    try:
        post = render_post(article, channel, stage.templates[channel.id])
    except TemplateError as error:
        decision, reason = "error", Reason(code="template", text=str(error))
    return Preview(
        feed=feed,
        channel=channel,
        item=item,
        article=article,
        post=post,
        decision=decision,
        reason=reason,
    )
