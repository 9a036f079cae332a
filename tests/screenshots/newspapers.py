"""Newspapers of the pictures: what each prints in seven days, behind the ports of the collector."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from itertools import product
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from bot.models.basics import Reason
from bot.models.feeds import FetchedFeed, FetchFailed, NotModified, Validators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.models.basics import FeedId
    from bot.models.feeds import FetchedPage, FetchOutcome
    from bot.models.settings import Feed

FOLDER = Path(__file__).parent
DAYS = 7
SILENT = "do-choi-so"
"""The feed whose server answers 404 at last."""
_GONE = timedelta(minutes=45)
_SHOWN = 15
_WAKING = (6, 22)  # o'clock, in which newspapers print
_SHARED = 0.12
"""How often another newspaper tells a story, too."""


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A story of one newspaper; `picture` names one of `illustrations`."""

    at: datetime
    title: str
    lead: str
    picture: str | None = None


class Newspapers:
    """Implements `ports.Fetcher` and `ports.PageFetcher` over all feeds; `end` is the last moment."""

    def __init__(
        self, feeds: Mapping[FeedId, Feed], end: datetime, now: Callable[[], datetime]
    ) -> None:
        self._now = now
        self._gone_at = end - _GONE
        self._printed = printed(feeds, end)

    async def fetch(self, feed: Feed, validators: Validators) -> FetchOutcome:
        now = self._now()
        if feed.id == SILENT and self._now() > self._gone_at:
            return FetchFailed(reason=Reason(code="http_404", text="the server answered 404"))
        out = [one for one in self._printed[feed.id] if one.at <= now]
        known = Validators(etag=f'"{len(out)}"')
        if validators.etag == known.etag:
            return NotModified(validators=known)
        body = document(feed, out[-_SHOWN:]).encode()
        return FetchedFeed(url=feed.url, body=body, content_type="text/xml", validators=known)

    async def fetch_pages(self, _: Feed, links: Sequence[str]) -> list[FetchedPage | FetchFailed]:
        gone = FetchFailed(reason=Reason(code="http_404", text="the server answered 404"))
        return [gone for _ in links]


def document(feed: Feed, stories: Sequence[Printed], pictures: str = "") -> str:
    """Return the feed with `stories`, whose pictures are below the address `pictures`."""
    base = feed.url.rpartition("/")[0]
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{base}/{number}.html</link>"
        f"<guid isPermaLink='false'>{feed.id}-{one.at.timestamp():.0f}</guid>"
        f"<pubDate>{format_datetime(one.at)}</pubDate><description>{escape(one.lead)}</description>"
        f"{_enclosed(one.picture, pictures or base)}</item>"
        for number, one in ((f"{one.at:%d%H%M%S}", one) for one in reversed(stories))
    )
    return f"<rss version='2.0'><channel><title>{feed.name}</title>{items}</channel></rss>"


def _enclosed(picture: str | None, base: str) -> str:
    if picture is None:
        return ""
    return f"<enclosure url='{base}/{picture}.jpg' type='image/jpeg' length='90000'/>"


def printed(feeds: Mapping[FeedId, Feed], end: datetime) -> dict[FeedId, list[Printed]]:
    """Return what each newspaper prints, the newest last."""
    with (FOLDER / "news.toml").open("rb") as file:
        told = tomllib.load(file)
    found = {id_: list(_earlier(feed, told["earlier"], end)) for id_, feed in feeds.items()}
    for one in told["stories"]:
        at = end - timedelta(minutes=one["ago"])
        parts = {key: one.get(key) for key in ("title", "lead", "picture")}
        found[one["feed"]].append(Printed(at=at, **parts))
    return {id_: sorted(stories, key=lambda one: one.at) for id_, stories in found.items()}


def _earlier(feed: Feed, told: Mapping[str, Any], end: datetime) -> Iterator[Printed]:
    """Yield the stories of the days before, more or fewer on each, and some of them shared."""
    language = "en" if feed.language == "en" else "vi"
    words = told[language]
    headlines = [" ".join(parts) for parts in product(words["who"], words["does"], words["what"])]
    Random(language).shuffle(headlines)
    chance = Random(feed.id)
    place = chance.randrange(len(headlines))
    for day in range(DAYS):
        for _ in range(chance.randint(2, 9)):
            hour = chance.uniform(*_WAKING) - 7  # of Vietnam
            at = (end - timedelta(days=DAYS - day)).replace(hour=0, minute=0, second=0)
            title = headlines[0 if chance.random() < _SHARED else place % len(headlines)]
            place += 1
            at += timedelta(hours=hour)
            if at < end - timedelta(hours=3):
                yield Printed(at=at, title=title, lead=f"{title}.")
