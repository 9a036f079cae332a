"""Feed -> previews: each item as each channel would show it, with the decision about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from bot.collect.discover.naming import feed_or_page
from bot.config.credentials import feed_secrets
from bot.dedupe.decide import dated_ahead, decide, newest_first
from bot.dedupe.keys import keys_of
from bot.dedupe.shares import Circumstances
from bot.errors import TemplateError, TooCostly
from bot.format.article import left_out_by_operator
from bot.format.render import render_post
from bot.log.redaction import Veil
from bot.models.basics import Reason
from bot.models.feeds import FetchedFeed, FetchFailed, Item, Page, ParsedFeed, Validators
from bot.models.reasons import ReasonCode
from bot.operate.preview.behind import Behind, parts_from_page, price_of, without_picture
from bot.operate.preview.digests import in_digests
from bot.operate.preview.looked_at import judged
from bot.operate.preview.remembered import FIRST_RUN, LONG_KNOWN, Decision, Remembered, Verdict
from bot.pipeline.articles import MOST_PAGES, Drafts
from bot.pipeline.merging import merged
from bot.pipeline.screening import Screening
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.format.repeats import Repeats
    from bot.format.templates import Template
    from bot.models.basics import AccountId, ChannelId
    from bot.models.posts import Post
    from bot.models.profiles import Profile
    from bot.models.settings import Account, Channel, Feed
    from bot.models.stories import Article, Story
    from bot.operate.preview.looked_at import Looks
    from bot.pipeline.articles import Offload
    from bot.ports import Fetcher

Read = ParsedFeed | Reason
"""A feed that was read, or the reason why it could not be."""

Pages = Mapping[str, Page]
"""The pages of articles by their address; an empty Page where one could not be read."""

NO_PAGES: Pages = MappingProxyType({})
_REPEATED = Reason(
    code=ReasonCode.SAME_STORY, text=marked("the same story stands further up in this feed")
)
_NO_BODY = Reason(code="no_body", text=marked("the server sent no feed"))
_POSTED: Verdict = ("post", None)
_NOT_ROUTED = Reason(code="not_routed", text=marked("this feed is not routed to this channel"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One item for one channel; `item`, `article` and `post` are None where there is none.

    `profile` is the name above its posts, None where it was never learned.
    """

    feed: Feed
    channel: Channel
    decision: Decision
    reason: Reason | None = None
    item: Item | None = None
    article: Article | None = None
    post: Post | None = None
    profile: Profile | None = None
    behind: Behind = field(default_factory=Behind)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The pieces of the item that the feed's `remove` and `cut_after` took out."""
        return left_out_by_operator(self.item, self.feed) if self.item else ()


class _Document(NamedTuple):
    """A feed as a poll reads it."""

    parsed: ParsedFeed
    repeats: Repeats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where previews are shown: the channels with their templates, and the accounts for prices.

    `looks` are what pictures, films and recordings showed that were looked at.
    """

    channels: Mapping[ChannelId, Channel]
    templates: Mapping[ChannelId, Template]
    now: datetime
    accounts: Mapping[AccountId, Account] = field(default_factory=dict)
    looks: Looks = field(default_factory=dict)


async def read_feed(feed: Feed, *, fetcher: Fetcher, offload: Offload) -> Read:
    """Fetch `feed` and return its content, or why it cannot be read."""
    outcome = await fetcher.fetch(feed, Validators())
    if not isinstance(outcome, FetchedFeed):
        return outcome.reason if isinstance(outcome, FetchFailed) else _NO_BODY
    try:
        parsed = await offload(partial(feed_or_page, outcome, feed.stated_language))
    except TooCostly as error:
        return Reason(code="too_costly", text=told("reading the feed was ended: {why}", why=error))
    return parsed if isinstance(parsed, ParsedFeed) else parsed.reason


def wanted_pages(feed: Feed, read: Read, now: datetime, *, limit: int) -> list[str]:
    """Return the addresses of the pages that the newest `limit` items (0: all) take text from.

    As many as one poll of the service reads at most.
    """
    if isinstance(read, Reason) or feed.fetch_page == "never":
        return []
    drafts = Drafts([read.items[index] for index in _newest(read, now, limit)], feed, read)
    links = (drafts.articles[place].link for place in drafts.wanting)
    return [link for link in links if link][:MOST_PAGES]


def render_previews(
    feed: Feed,
    read: Read,
    stage: Stage,
    *,
    limit: int,
    pages: Pages = NO_PAGES,
    remembered: Remembered = FIRST_RUN,
) -> list[Preview]:
    """Render the newest `limit` items (0: all) for each channel of the stage.

    Every item is rendered, at any age; `decision` is the service's at its next poll, as far as the
    database `remembered` the feed. `pages` by their address add the same texts and pictures as in
    the service. A feed that could not be read is one preview without an item for each channel. The
    feed's own secrets are hidden.
    """
    found = _previews(feed, read, stage, remembered, limit=limit, pages=pages)
    found = in_digests(found, stage.now)
    return list(_without(feed_secrets(feed), found))


def _without(secrets: Sequence[str], previews: Sequence[Preview]) -> Iterator[Preview]:
    """Yield the previews without the feed's own secrets, which its server may repeat anywhere."""
    veil = Veil(secrets)
    for one in previews:
        shown = (one.reason, one.item, one.article, one.post)
        reason, item, article, post = veil.hide_in(shown) if secrets else shown
        yield replace(one, reason=reason, item=item, article=article, post=post)


def _previews(
    feed: Feed, read: Read, stage: Stage, remembered: Remembered, *, limit: int, pages: Pages
) -> list[Preview]:
    if isinstance(read, Reason):
        return [
            Preview(feed=feed, channel=channel, decision="error", reason=read)
            for channel in stage.channels.values()
        ]
    places = _newest(read, stage.now, limit)
    drafts = Drafts([read.items[place] for place in places], feed, read)
    of_feed = list(drafts.articles)
    for wanting in drafts.wanting:
        if page := pages.get(drafts.articles[wanting].link or ""):
            drafts.add(wanting, page)
    decisions = _decisions(feed, read, stage, remembered, drafts)
    told = zip(places, drafts.items, drafts.articles, of_feed, strict=True)
    return [
        _preview(
            Preview(
                feed=feed,
                channel=channel,
                decision=decision,
                reason=reason,
                item=item,
                profile=remembered.profiles.get(channel.place),
            ),
            article,
            stage,
            parts_from_page(before, article),
        )
        for place, item, article, before in told
        for id_, channel in stage.channels.items()
        for decision, reason in [decisions.get((place, id_), ("skip", _NOT_ROUTED))]
    ]


def _newest(parsed: ParsedFeed, now: datetime, limit: int) -> Sequence[int]:
    order = newest_first(parsed.items, now)
    return order[:limit] if limit else order


def _decisions(
    feed: Feed, parsed: ParsedFeed, stage: Stage, remembered: Remembered, drafts: Drafts
) -> dict[tuple[int, ChannelId], Verdict]:
    """Return the decision about each item, by its place in the feed, in each channel."""
    routed = replace(feed, channels=tuple(id_ for id_ in feed.channels if id_ in stage.channels))
    keys = keys_of(feed.id, parsed.items)
    written = dict(zip(drafts.items, drafts.articles, strict=True))
    screening = Screening(routed, _Document(parsed, drafts.repeats), written, {})
    given = Circumstances(late=remembered.late, refuse=screening.ask)
    stories = decide(parsed.items, keys, remembered.known, feed=routed, now=stage.now, given=given)
    places = {id(item): place for place, item in enumerate(parsed.items)}
    # Items that are in no story left their feed long ago, and came back.
    found: dict[tuple[int, ChannelId], Verdict] = {
        (place, channel): ("skip", LONG_KNOWN)
        for place in range(len(parsed.items))
        for channel in routed.channels
    }
    for decided in stories:
        heard = remembered.heard.get(places[id(decided.items[0])])
        screened = screening.screened(decided)
        story = merged(screened, heard) if heard else screened
        for nth, item in enumerate(story.items):
            for channel in routed.channels:
                verdict = _verdict(story, item, channel, stage.now, remembered)
                if verdict == _POSTED:
                    verdict = ("post", screening.why_included(story, channel))
                found[places[id(item)], channel] = ("skip", _REPEATED) if nth else verdict
    return found


def _verdict(
    story: Story, item: Item, channel: ChannelId, now: datetime, remembered: Remembered
) -> Verdict:
    if channel in story.passed_over:
        return "skip", story.passed_over[channel]
    if channel in story.merged:
        return "skip", story.merged[channel]
    if channel not in story.owed:
        return remembered.fate(story.known, channel)
    reason = story.held or remembered.blocked.get(channel)
    return ("skip", reason) if reason is not None else ("post", dated_ahead(item.published, now))


def _preview(
    decided: Preview, article: Article, stage: Stage, from_page: tuple[str, ...]
) -> Preview:
    """Add the post, drawn without what was looked at and cannot be shown."""
    channel = decided.channel
    shows = judged(article, channel, stage.looks)
    template = stage.templates[channel.id]
    try:
        post = render_post(shows.article, channel, template, without=shows.without)
    except TemplateError as error:
        reason = Reason(code=ReasonCode.TEMPLATE, text=str(error))
        return replace(decided, article=article, decision="error", reason=reason)
    account = stage.accounts.get(channel.account) if channel.account else None
    images = decided.item.images if decided.item else ()
    behind = Behind(
        price=price_of(post, account),
        no_picture=without_picture(post, article, channel, images, shows.no_picture),
        no_clip=shows.no_clip.text if shows.no_clip else "",
        from_page=from_page,
    )
    return replace(decided, article=shows.article, post=post, behind=behind)
