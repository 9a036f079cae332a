"""`newsbot preview`: the posts as they would look, with the decision about each; sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from bot.collect.parse import parse_feed
from bot.dedupe.decide import decide, newest_first
from bot.dedupe.keys import keys_of
from bot.errors import TemplateError
from bot.format.render import render_post
from bot.models import (
    Channel,
    Feed,
    FetchedFeed,
    FetchFailed,
    Item,
    Known,
    ParsedFeed,
    Platform,
    Post,
    Reason,
    Validators,
)
from bot.operate.show import plain
from bot.pipeline import article_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.format.templates import Template
    from bot.models import ChannelId
    from bot.pipeline import Offload
    from bot.ports import Fetcher

Decision = Literal["post", "skip", "error"]
_DUPLICATE = Reason(code="duplicate", text="the same story stands further up in this feed")
_NOT_ROUTED = Reason(code="not_routed", text="this feed does not lead to this channel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One item for one channel; `post` and `item` are None where there is nothing to show."""

    feed: Feed
    channel: Channel
    item: Item | None
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
    """Fetch `feed` and render its newest `limit` items (0: all) for each channel of the stage.

    Every item is rendered, whatever its age; `decision` says what a first run would do with it.
    """
    outcome = await fetcher.fetch(feed, Validators())
    if isinstance(outcome, FetchedFeed):
        parsed = await offload(partial(parse_feed, outcome))
        if isinstance(parsed, ParsedFeed):
            return await offload(partial(_previews, feed, parsed, stage, limit))
        outcome = parsed
    reason = outcome.reason if isinstance(outcome, FetchFailed) else None
    return [_failed(feed, channel, reason) for channel in stage.channels.values()]


def _failed(feed: Feed, channel: Channel, reason: Reason | None) -> Preview:
    return Preview(
        feed=feed, channel=channel, item=None, post=None, decision="error", reason=reason
    )


def _previews(feed: Feed, parsed: ParsedFeed, stage: Stage, limit: int) -> list[Preview]:
    decisions = _decisions(feed, parsed, stage)
    order = newest_first(parsed.items, stage.now)
    return [
        _preview(feed, parsed, index, channel, stage, decisions)
        for index in (order[:limit] if limit else order)
        for channel in stage.channels.values()
    ]


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
    post = None
    try:
        post = render_post(article_of(item, feed, parsed), channel, stage.templates[channel.id])
    except TemplateError as error:
        decision, reason = "error", Reason(code="template", text=str(error))
    return Preview(
        feed=feed, channel=channel, item=item, post=post, decision=decision, reason=reason
    )


def preview_json(preview: Preview) -> dict[str, Any]:
    """Return the documented JSON element (README, "JSON")."""
    post, item = preview.post, preview.item
    return {
        "feed": preview.feed.id,
        "channel": preview.channel.id,
        "platform": preview.channel.platform.value,
        "item": item
        and {
            "id": plain(item.id),
            "link": plain(item.link),
            "title": plain(item.title),
            "published": plain(item.published),
        },
        "text": post.text if post else "",
        "length": post.length if post else 0,
        "limit": post.limit if post else None,
        "buttons": [[_button_json(button) for button in row] for row in post.buttons]
        if post
        else [],
        "image": post.image if post else None,
        "decision": preview.decision,
        "reason": plain(preview.reason),
    }


def _button_json(button: Any) -> dict[str, str]:
    if button.url is not None:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "copy_text": button.copy_text}


def preview_text(preview: Preview) -> str:
    """Return the preview for a terminal: a head line, the post as it is sent, its extras."""
    post = preview.post
    verdict = preview.decision + (f": {preview.reason.text}" if preview.reason else "")
    head = f"── {preview.feed.id} → {preview.channel.id} ── {verdict}"
    if post is None:
        return head
    size = f"{post.length}/{post.limit}" if post.limit else str(post.length)
    lines = [head, post.text, f"   length {size}"]
    if post.image and preview.channel.platform is not Platform.CONSOLE:
        lines.append(f"   image {post.image}")
    lines += [
        f"   [{button.text}] {button.url or button.copy_text}"
        for row in post.buttons
        for button in row
    ]
    return "\n".join(lines)
