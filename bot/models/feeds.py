"""A feed between two polls, the outcome of a poll, and its items: made by `collect`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bot.models.basics import ChannelId, FeedId, Reason, require_utc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from bot.models.pictures import Clip
    from bot.models.subscriptions import Hub


MOVED_AFTER = 3
"""Agreeing answers (301, 308) after which a feed is asked at its new address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The channels that each enabled feed leads to, disabled ones included.

    `known` are all feeds of the configuration.
    """

    leads: Mapping[FeedId, frozenset[ChannelId]]
    known: frozenset[FeedId]

    @property
    def pairs(self) -> frozenset[tuple[FeedId, ChannelId]]:
        """Each feed with each of its channels."""
        return frozenset((feed, one) for feed, every in self.leads.items() for one in every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """They make the next poll conditional (RFC 9110 section 13); kept exactly as received.

    `poll_hash` recognises an unchanged body behind servers without validators, and for which
    address and channels it was asked: others need the whole answer.

    `moved` is where permanent redirects led in the last `agreeing` answers in a row. `is_constant`
    says that ETag and Last-Modified stayed the same while the content changed: they prove nothing.
    """

    etag: str | None = None
    last_modified: str | None = None
    poll_hash: bytes | None = None
    moved: str | None = None
    agreeing: int = 0
    is_constant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFeed:
    """A body arrived. `url` is the final address, `max_age` comes from Cache-Control or Expires.

    `links` are relation and address of the Link headers that name hubs and the feed itself.
    `is_part` says that a hub sent it: mostly what is new, and nothing about the feed's server.
    """

    url: str
    body: bytes = field(repr=False)
    content_type: str = ""
    validators: Validators = field(default_factory=Validators)
    max_age: timedelta | None = None
    links: tuple[tuple[str, str], ...] = ()
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304, or the body is the one seen last time."""

    validators: Validators
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """No feed arrived, for this reason. `retry_after` is the server's wish."""

    reason: Reason
    retry_after: timedelta | None = None


FetchOutcome = FetchedFeed | NotModified | FetchFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPage:
    """An article's page arrived; `url` is the final address."""

    url: str
    body: bytes = field(repr=False)
    content_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that a feed offers: sizes in pixels as the feed states them, and where it stood.

    `alt` are the words that the feed has for it, hostile as all of its text.
    """

    url: str
    width: int | None = None
    height: int | None = None
    source: Literal["media", "thumbnail", "enclosure", "content", "page"] = "content"
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article as its page describes it: hostile plain text, as an item's is.

    `description` is the page's own summary, `text` its first paragraphs, apart by empty lines.
    `headings` and `shown` prove whose page it is: its titles, and the text that is no link.
    """

    description: str = ""
    text: str = ""
    image: Image | None = None
    headings: tuple[str, ...] = ()
    shown: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry as the feed states it: nothing cleaned, so every text is hostile.

    `id` is the feed's id, else the link, else a hash of the content. `title`, `summary` and
    `content` are HTML (a feed's plain text is escaped). `published` falls back to the entry's
    update time.
    """

    id: str
    link: str | None = None
    title: str = ""
    summary: str = ""
    content: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    categories: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    comments: str | None = None
    language: str | None = None
    author: str = ""
    clips: tuple[Clip, ...] = ()

    def __post_init__(self) -> None:
        require_utc(self.published, "published")
        require_utc(self.updated, "updated")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed's items in the feed's order; `warning` names a fault that was no hindrance.

    `ttl`, `skip_hours` (0 to 23, in UTC) and `skip_days` (0 is Monday) are the feed's wishes.
    `frame` is all of the document that its items depend on beside themselves, "" where each may
    depend on the others. `links` are as in FetchedFeed, from the document.
    """

    title: str = ""
    language: str | None = None
    link: str | None = None
    items: tuple[Item, ...] = ()
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    warning: Reason | None = None
    frame: str = ""
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """A feed between two polls; `errors` counts failures in a row.

    `due` is when this poll was to be, `interrupted` when the last one began, if its process died in
    it. `rhythm` is the record of `bot.collect.schedule.rhythm`. At `whole_at` the feed was last
    asked without validators. `is_told` says that a hub tells its news, so that polling is a net
    only; None without a subscription. `is_pinged`: a hub said just now that there is some.
    """

    feed: FeedId
    validators: Validators = field(default_factory=Validators)
    errors: int = 0
    last_success: datetime | None = None
    due: datetime | None = None
    interrupted: datetime | None = None
    rhythm: bytes | None = field(default=None, repr=False)
    whole_at: datetime | None = None
    is_told: bool | None = None
    is_pinged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The outcome of one poll as the store keeps it; `error` None is a success.

    `channels` are those whose first run is done with this poll: empty unless items were read.
    `rhythm` and `whole_at` are as in FeedState; None leaves what is known. So does None as the
    `hub` that the document names.
    `rest` counts the entries that are as they were, and that nothing was decided about.
    `is_part` says that a hub sent a part of the feed: what is known of its whole document stays.
    `is_told` is as in FeedState, from this poll on; None leaves what is known.
    """

    feed: FeedId
    at: datetime
    next_poll: datetime
    validators: Validators
    error: Reason | None = None
    channels: tuple[ChannelId, ...] = ()
    rhythm: bytes | None = field(default=None, repr=False)
    whole_at: datetime | None = None
    hub: Hub | None = None
    rest: int = 0
    is_part: bool = False
    is_told: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """The result of a poll, for one log line: counts of items, new stories and new deliveries.

    Of the deliveries that are `owed`, `held` wait for the operator: the feed brought too many.

    `restyled` stories came under other ids and links than before, as most of the poll did, which
    is told once; `unlike` are titles that came under the id of another story and did not replace
    it. `matched` are the terms of filters that were in its items, by where they stand in the file,
    `slow` those that took too long.
    `left_out` are lines that stand in several items in a row and are therefore no news;
    `unread_pages` tell why pages of articles could not be read; `notes` are sentences about the
    feed's server that the operator should know.
    """

    feed: FeedId
    outcome: Literal["items", "not_modified", "failed"]
    items: int = 0
    new: int = 0
    owed: int = 0
    held: int = 0
    restyled: int = 0
    unlike: tuple[str, ...] = ()
    reason: Reason | None = None
    matched: frozenset[tuple[str, str]] = frozenset()
    slow: frozenset[tuple[str, str]] = frozenset()
    left_out: tuple[str, ...] = ()
    unread_pages: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
