"""Items that tell one piece of news, and the knowledge of them: made by `dedupe`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from bot.models.basics import ChannelId, FeedId, Key, Reason, StoryId, require_utc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.models.events import Heard, Outlet
    from bot.models.feeds import Item
    from bot.models.pictures import Clip, FurtherPicture

TextSource = Literal["summary", "content", "page", "completed"]
"""Where a paragraph stood; "completed" is the feed's, with the end that the feed had cut off."""
ArticlePart = Literal["image", "paragraphs", "following", "body"]
"""The parts that an article may have from its page; "following" is what follows a short lead."""
MOST_VARIANTS: Final = 20
"""Entries of one feed that a story is remembered by: a feed that invents a new id for its items at
each poll must not fill the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One story of a digest; `feed` is the one that brought it."""

    title: str
    link: str | None = None
    feed: FeedId | None = None
    source: str = ""
    image: str | None = None


class Passage(NamedTuple):
    """A piece of an article's text; one of kind "item" belongs to a list."""

    kind: Literal["text", "heading", "item", "code"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The material of a post: clean text only, no markup, in Unicode NFC.

    `paragraphs` are the lead's candidates in reading order, `origins` say where each stood, none in
    articles that were stored before. `link` has no tracking parameters; `source` is the feed's
    name; `image` is the best picture offered, `pictures` are the further ones of the story, `clip`
    is its film or recording. One with `headlines` is a digest: it tells those, newest first.
    `also_at` are other outlets that report the same event. `body` is the text of the article
    itself, only where a post of its feed may show it.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    origins: tuple[TextSource, ...] = ()
    link: str | None = None
    source: str = ""
    published: datetime | None = None
    categories: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    image: str | None = None
    comments: str | None = None
    language: str = "vi"
    headlines: tuple[Headline, ...] = ()
    also_at: tuple[Outlet, ...] = ()
    author: str = ""
    body: tuple[Passage, ...] = ()
    pictures: tuple[FurtherPicture, ...] = ()
    clip: Clip | None = None

    def __post_init__(self) -> None:
        require_utc(self.published, "published")

    @property
    def testimony(self) -> tuple[str, ...]:
        """The paragraphs of the source that comes first: what the article is recognised by.

        Those that another source adds to a short lead make it no other story.
        """
        first = next((origin for origin in self.origins if origin != "completed"), None)
        told = zip(self.paragraphs, self.origins, strict=False)
        own = tuple(text for text, origin in told if origin in {first, "completed"})
        return own or self.paragraphs

    def with_following(self, other: Article) -> Article:
        """Return the article followed by what `other`, its earlier version, has from its page."""
        told = zip(other.paragraphs, other.origins, strict=False)
        following = [(text, origin) for text, origin in told if origin == "page"]
        return replace(
            self,
            paragraphs=(*self.paragraphs, *(text for text, _ in following)),
            origins=(*self.origins, *(origin for _, origin in following)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An entry as the polled feed showed it before.

    `id` is the hash of its id, `sketch` that of its text (`dedupe/similar.py`), None where it says
    too little.
    """

    id: bytes
    link: str | None
    title: str
    published: datetime | None = None
    sketch: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStory:
    """A story in the store, as far as deciding needs it.

    `settled` are the channels that have it in their queue or were posted to, whichever feed
    brought it, and those that the polled feed passed over. `seen` are the entries that it showed
    for the story, `contents` their fingerprints.
    """

    id: StoryId
    feed: FeedId
    title: str
    link: str | None
    published: datetime | None
    first_seen: datetime
    settled: frozenset[ChannelId] = frozenset()
    contents: frozenset[bytes] = frozenset()
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The store's knowledge about a poll's keys.

    `settled` are keys of stories that left their feeds long ago: nothing else is kept of them.
    `void` keys identify no story, as several claim them.
    `recent` are the feed's latest stories, there where keys alone do not tell all.
    `introduced` are the channels that this feed was polled for before; others get a first run.
    `is_storming`: the feed's news is held back until the operator releases it; `held` counts it.
    `is_restyled`: the poll before had changed its ids and links, too.
    """

    stories: Mapping[Key, KnownStory] = field(default_factory=dict)
    settled: frozenset[Key] = frozenset()
    void: frozenset[Key] = frozenset()
    recent: tuple[KnownStory, ...] = ()
    introduced: frozenset[ChannelId] = frozenset()
    is_storming: bool = False
    held: int = 0
    is_restyled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One piece of news: its items, all their keys, and what each channel gets.

    `known` is the stored story that the keys belong to, None for a new one. `owed` channels get
    a delivery; `passed_over` channels get none, for the reason given. `article` is present where
    something is owed, and where `is_corrected`: the feed changed what it says of it. Of a known
    story the stored article knows better what `article` `lacks`. What is owed waits for the
    operator where `held` says why.

    `void` keys are claimed by several stories and identify none from now on. `due` is when to
    post what the feed dates ahead. `is_restyled`: neither id nor link recognised it. `unlike` is a
    title that came under the ids of this story, and is too different to be its correction.
    `heard` is what other outlets' stories are compared with; `merged` are the channels that have
    one of the same event, whose post there names this outlet if it `shows_outlet`.
    `contents` are the items' fingerprints and sketches, where deciding knew them.
    """

    items: tuple[Item, ...]
    keys: tuple[Key, ...]
    known: StoryId | None = None
    owed: tuple[ChannelId, ...] = ()
    passed_over: Mapping[ChannelId, Reason] = field(default_factory=dict)
    article: Article | None = None
    lacks: frozenset[ArticlePart] = frozenset()
    is_corrected: bool = False
    held: Reason | None = None
    void: tuple[Key, ...] = ()
    due: datetime | None = None
    is_restyled: bool = False
    unlike: str | None = None
    heard: Heard | None = None
    merged: Mapping[ChannelId, Reason] = field(default_factory=dict)
    shows_outlet: bool = False
    contents: tuple[tuple[bytes, bytes | None], ...] = ()
