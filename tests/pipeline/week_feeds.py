"""Feeds that publish for a week, each in its own way, and what is to become of it all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from bot.models.basics import ChannelId, FeedId, Reason
from bot.models.feeds import FetchedFeed, FetchedPage, FetchFailed, NotModified, Validators
from bot.models.settings import Feed, Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

    from bot.models.feeds import FetchOutcome

START = datetime(2026, 10, 22, tzinfo=UTC)
"""Three days before the clocks of Europe go back."""
WEEK = timedelta(days=7)
EVERY = (timedelta(hours=1), timedelta(hours=2), timedelta(hours=4))
MAX_AGE = timedelta(days=2)
CORRECTED = "(đã sửa)"
MAIN, QUIET, PAID = ChannelId("tin"), ChannelId("tin-ngay"), ChannelId("x-tin")
DAILY, TIMED = ChannelId("diem-tin"), ChannelId("tin-gio")
"""One post of headlines twice a day, and three posts at each of three times."""

_SHOWN = 15
_BURSTS = (START + timedelta(days=1, hours=17), START + timedelta(days=4, hours=15))
_MOVED_AT = START + timedelta(days=3, hours=12)
_STORM_AT = START + timedelta(days=2, hours=9)
_STORM = 30
_STALE = timedelta(days=5)
_TWIN, _OTHER_TWIN, _NEW_IDS, _MOVED, _STORMING, _CORRECTING = 0, 1, 2, 3, 4, 9
_KEEPING_OUT, _PICKING = 6, 8
STORMING, CORRECTING = FeedId(f"f{_STORMING:02}"), FeedId(f"f{_CORRECTING:02}")
_DIACRITICS = ("máy tính", "điện thoại", "mạng lưới", "trí tuệ nhân tạo", "người dùng", "vệ tinh")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One item from the time on at which its feed shows it, in the version that it shows then."""

    story: int
    shown: datetime
    published: datetime
    title: str
    link: str
    guid: str


@dataclass
class Source:
    """A feed and all that it will ever show."""

    feed: Feed
    entries: list[Entry] = field(default_factory=list)
    most: int = _SHOWN
    changes: list[tuple[datetime, Callable[[Entry], Entry]]] = field(default_factory=list)

    def shown_at(self, now: datetime) -> list[Entry]:
        """Return what the feed shows, newest first."""
        shown = [entry for entry in self.entries if entry.shown <= now][-self.most :]
        for since, change in self.changes:
            if since <= now:
                shown = [change(entry) for entry in shown]
        return shown[::-1]

    def passes(self, channel: ChannelId, entry: Entry) -> bool:
        """Tell whether the filters on the way to the channel let the entry pass."""
        return all(
            not any(word in entry.title for word in one.exclude)
            and (not one.include or any(word in entry.title for word in one.include))
            for one in self.feed.filters.get(channel, ())
        )

    def version_at(self, now: datetime) -> str:
        entries = sum(entry.shown <= now for entry in self.entries)
        return f'"{entries}.{sum(since <= now for since, _ in self.changes)}"'


class Web:
    """The servers of all feeds and articles. Implements `ports.Fetcher` and `ports.PageFetcher`."""

    def __init__(self, now: Callable[[], datetime], rng: Random, feeds: int) -> None:
        self._now = now
        self._rng = rng
        self.sources = {source.feed.id: source for source in _sources(rng, feeds)}
        self.seen: dict[tuple[FeedId, int], datetime] = {}

    def kept_out(self) -> list[Entry]:
        """Return the entries that were seen and kept out of a channel."""
        return [
            entry
            for source in self.sources.values()
            for entry in source.entries
            if (source.feed.id, entry.story) in self.seen
            and not all(source.passes(channel, entry) for channel in source.feed.channels)
        ]

    async def fetch(self, feed: Feed, validators: Validators) -> FetchOutcome:
        now, source = self._now(), self.sources[feed.id]
        if self._rng.random() < 0.02:
            return FetchFailed(reason=Reason(code="timeout", text="the server did not answer"))
        version = source.version_at(now)
        if validators.etag == version:
            return NotModified(validators=validators)
        shown = source.shown_at(now)
        for entry in shown:
            self.seen.setdefault((feed.id, entry.story), now)
        body = _rss(feed, shown).encode()
        return FetchedFeed(
            url=feed.url, body=body, content_type="text/xml", validators=Validators(etag=version)
        )

    async def fetch_pages(
        self, feed: Feed, links: Sequence[str]
    ) -> list[FetchedPage | FetchFailed]:
        titles = {entry.link: entry.title for entry in self.sources[feed.id].shown_at(self._now())}
        bodies = (_PAGE.format(escape(titles.get(link, ""))).encode() for link in links)
        both = zip(links, bodies, strict=True)
        return [FetchedPage(url=link, body=body, content_type="text/html") for link, body in both]


_PAGE = """<html><head><title>{0}</title><meta name='description'
content='{0}: câu này đứng trên trang và kể thêm đôi điều mà nguồn tin không nói ra.'></head></html>"""


def _rss(feed: Feed, entries: Sequence[Entry]) -> str:
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.link)}</link>"
        f"<guid isPermaLink='false'>{one.guid}</guid>"
        f"<pubDate>{format_datetime(one.published)}</pubDate>"
        f"<description>Chuyện thứ {one.story} được kể trong đôi ba lời ở đây.</description></item>"
        for one in entries
    )
    return f"<rss version='2.0'><channel><title>Báo {feed.id}</title>{items}</channel></rss>"


def _sources(rng: Random, feeds: int) -> list[Source]:
    numbers = iter(range(1, 100_000))
    sources = [_usual(index, rng, numbers) for index in range(feeds)]
    _tell_the_same(sources[_TWIN], sources[_OTHER_TWIN])
    sources[_NEW_IDS].changes.append((_MOVED_AT, _with_new_id))
    sources[_MOVED].changes.append((_MOVED_AT, _at_new_address))
    _bring_a_storm(sources[_STORMING], numbers)
    _correct_some(sources[_CORRECTING])
    _show_an_old_one(sources[-1], numbers)
    # What the first of the twins keeps out of a channel comes there by the other one.
    for place in (_TWIN, _KEEPING_OUT):
        _filter(sources[place], sources[place].feed.channels, exclude=("vệ tinh", "mạng lưới"))
    _filter(sources[_PICKING], (QUIET,), include=("máy tính", "điện thoại", "vệ tinh"))
    return sources


def _usual(index: int, rng: Random, numbers: Iterator[int]) -> Source:
    channels = [MAIN]
    channels += [QUIET] if index % 2 == 0 else []
    channels += [PAID] if index % 3 == 0 else []
    channels += [DAILY] if index % 4 == 0 else []
    channels += [TIMED] if index % 4 == 1 else []
    feed = Feed(
        id=FeedId(f"f{index:02}"),
        url=f"https://bao-{index}.vn/rss",
        channels=tuple(channels),
        every=EVERY[index % 3],
        every_min=EVERY[index % 3],
        max_age=MAX_AGE,
        fetch_page="always" if index % 10 == 7 else "never",
    )
    source = Source(feed)
    times = [START - timedelta(hours=hours) for hours in (30, 20, 2)]
    times += sorted(START + WEEK * rng.random() for _ in range(7 * rng.randint(1, 3)))
    for burst in _BURSTS if index < 25 else ():
        times += [burst + timedelta(seconds=rng.randrange(600)) for _ in range(rng.randint(2, 4))]
    source.entries = [_entry(feed, next(numbers), at) for at in sorted(times)]
    return source


def _entry(feed: Feed, story: int, at: datetime, published: datetime | None = None) -> Entry:
    at = at.replace(microsecond=0)
    topic = _DIACRITICS[story % len(_DIACRITICS)]
    return Entry(
        story=story,
        shown=at,
        published=published or at,
        title=f"Tin số {story}: chuyện về {topic} trong ngày",
        link=f"{feed.url.removesuffix('/rss')}/tin-{story}.html?utm_source=rss",
        guid=f"id-{story}",
    )


def _tell_the_same(one: Source, other: Source) -> None:
    """Let `other` show the stories of `one` a little later, under its own ids and addresses."""
    other.entries = [
        replace(
            entry,
            shown=entry.shown + timedelta(minutes=7),
            guid=f"{entry.guid}-other",
            link=entry.link.replace("https://", "http://www.").replace("rss", "other&fbclid=x1"),
        )
        for entry in one.entries
    ]
    other.feed = replace(other.feed, channels=(MAIN, PAID))


def _filter(source: Source, channels: Sequence[ChannelId], **terms: tuple[str, ...]) -> None:
    one = Filter(place=f"feeds.{source.feed.id}", **terms)
    source.feed = replace(source.feed, filters=dict.fromkeys(channels, (one,)))


def _with_new_id(entry: Entry) -> Entry:
    return replace(entry, guid=f"new-{entry.guid}") if entry.shown < _MOVED_AT else entry


def _at_new_address(entry: Entry) -> Entry:
    if entry.shown >= _MOVED_AT:
        return entry
    link = entry.link.replace("/tin-", "/2026/moi/").replace(".html", "")
    return replace(_with_new_id(entry), link=link)


def _bring_a_storm(source: Source, numbers: Iterator[int]) -> None:
    storm = [_entry(source.feed, next(numbers), _STORM_AT) for _ in range(_STORM)]
    source.entries = sorted([*source.entries, *storm], key=lambda entry: entry.shown)
    source.most = _STORM + _SHOWN


def _correct_some(source: Source) -> None:
    """Let every other headline change 50 minutes after it was published."""
    for entry in source.entries[3::2]:
        since = entry.shown + timedelta(minutes=50)
        source.changes.append((since, _corrector(entry.story)))


def _corrector(story: int) -> Callable[[Entry], Entry]:
    def change(entry: Entry) -> Entry:
        is_it = entry.story == story and CORRECTED not in entry.title
        return replace(entry, title=f"{entry.title} {CORRECTED}") if is_it else entry

    return change


def _show_an_old_one(source: Source, numbers: Iterator[int]) -> None:
    at = START + timedelta(days=5)
    stale = _entry(source.feed, next(numbers), at, at - _STALE)
    source.entries = sorted([*source.entries, stale], key=lambda entry: entry.shown)
