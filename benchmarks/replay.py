"""Which stories of two outlets the service would merge: dated items of real feeds, in their order.

Reads `../shared/corpus`: the items of 255 feeds, and the titles that Ars Technica and NPR showed
since February 2025 (`SINCE=2024-03-01` for all). They are polled as if live, hour by hour, through
`collect_feed` and a store; the pairs are printed to be read. What was learned before: the labelled
headlines and the items without a date.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import os
from calendar import timegm
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import feedparser
from sqlalchemy import select

from benchmarks.same_story import FEEDS, HEADLINES, MANIFEST, headlines
from bot.dedupe.events.common import counts_of
from bot.models.basics import ChannelId, FeedId, Reason
from bot.models.feeds import FetchedFeed, FetchFailed, Validators
from bot.models.settings import Feed
from bot.pipeline.collect import collect_feed
from bot.pipeline.judging import CollectPorts
from bot.store.engine import open_store
from bot.store.events.words import learn
from bot.store.tables.events import relations
from bot.store.tables.records import article_from_json
from bot.store.tables.schema import stories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    from bot.models.feeds import FetchedPage, FetchOutcome
    from bot.models.stories import Article
    from bot.store.engine import Store

    _Result = TypeVar("_Result")

HISTORY = FEEDS.parent / "history"
CHANNEL = ChannelId("all")
WINDOW = timedelta(hours=48)
LETTERS = 3000
SINCE = datetime.fromisoformat(os.environ.get("SINCE", "2025-02-01")).replace(tzinfo=UTC)


class Entry(NamedTuple):
    """One item, and when its feed showed it first."""

    at: datetime
    outlet: str
    language: str
    title: str
    link: str
    lead: str = ""


class Given:
    """Answers each poll with the entries that are its turn; no page is to be had."""

    def __init__(self) -> None:
        self.body = b""

    async def fetch(self, feed: Feed, _: Validators) -> FetchOutcome:
        kept = Validators(poll_hash=hashlib.sha256(self.body).digest()[:16])
        return FetchedFeed(url=feed.url, body=self.body, validators=kept)

    async def fetch_pages(self, _: Feed, links: Sequence[str]) -> list[FetchedPage | FetchFailed]:
        return [FetchFailed(reason=Reason(code="none", text="not kept")) for _ in links]


def main() -> bool:
    """Print what would be merged; return False where the items are not there."""
    if not MANIFEST.exists():
        print(f"skipped: {MANIFEST} is not there")
        return True
    dated, undated = captured()
    for name, entries in (("feeds", dated), ("histories", [*history()])):
        asyncio.run(replay(name, entries, undated))
    return True


def captured() -> tuple[list[Entry], list[Entry]]:
    """Return the items of the captured feeds, those with a date and those without."""
    with MANIFEST.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith("feeds/")]
    dated: list[Entry] = []
    undated: list[Entry] = []
    for row in rows:
        language = (row["language"] or row["language_guess"])[:2].lower()
        parsed = feedparser.parse((FEEDS.parent / row["file"]).read_bytes(), sanitize_html=False)
        for entry in parsed.entries:
            told = entry.get("published_parsed") or entry.get("updated_parsed")
            at = datetime.fromtimestamp(timegm(told), UTC) if told and told[0] > 1 else datetime.min  # noqa: DTZ901
            one = Entry(
                at=at,
                outlet=row["site"],
                language=language,
                title=entry.get("title") or "",
                link=entry.get("link") or f"https://{row['site']}/{len(dated)}",
                lead=(entry.get("summary") or "")[:LETTERS],
            )
            (dated if told and told[0] > 1 else undated).append(one)
    return dated, undated


def history() -> Iterable[Entry]:
    """Yield what two feeds showed."""
    for outlet in ("arstechnica", "npr"):
        with (HISTORY / f"{outlet}_items.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                at = datetime.fromisoformat(row["first_seen_utc"])
                link = row["guid"] if row["link"] == "=" else row["link"]
                if at >= SINCE:
                    yield Entry(at, f"{outlet}.example", "en", row["title_first"], link)


async def replay(name: str, entries: Sequence[Entry], before: Sequence[Entry]) -> None:
    """Poll `entries` hour by hour, and print the pairs that were merged."""
    store = open_store("sqlite://", create=True)
    await teach(store, before)
    polls: defaultdict[tuple[datetime, str, str], list[Entry]] = defaultdict(list)
    for one in entries:
        hour = one.at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        polls[hour, one.outlet, one.language].append(one)
    new, given = 0, Given()
    ports = CollectPorts(
        fetcher=given,
        feeds=store.feeds,
        stories=store.stories,
        pages=given,
        offload=at_once,
        events=store.events,
    )
    for (hour, outlet, language), found in sorted(polls.items()):
        given.body = document(outlet, language, found)
        feed = feed_of(outlet, language)
        (state,) = await store.feeds.claim_due_feeds([feed.id], hour, limit=1, force=True)
        report = await collect_feed(feed, state, hour, ports)
        assert report.outcome == "items", report
        new += report.new
    print(f"{name}: {len(entries)} items, {len(entries) - new} known by link or title")
    await show(store)
    await store.close()


def feed_of(outlet: str, language: str) -> Feed:
    return Feed(
        id=FeedId(f"{outlet}-{language}"),
        url=f"https://{outlet}/rss",
        channels=(CHANNEL,),
        stated_language=language or "en",
        same_story=WINDOW,
        first_run=1000,
        max_age=None,
        storm=0,
        fetch_page="never",
    )


def document(outlet: str, language: str, entries: Iterable[Entry]) -> bytes:
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.link)}</link>"
        f"<pubDate>{format_datetime(one.at)}</pubDate>"
        f"<description>{escape(one.lead)}</description></item>"
        for one in entries
    )
    head = f"<title>{escape(outlet)}</title><language>{escape(language)}</language>"
    return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


async def at_once(work: Callable[[], _Result]) -> _Result:
    return work()


async def teach(store: Store, before: Sequence[Entry]) -> None:
    """Let the store have read the headlines and the items `before`."""
    texts = [("en", one.title, one.lead) for one in headlines()] if HEADLINES.exists() else []
    texts += [(one.language, one.title, one.lead) for one in before]

    def work() -> None:
        by_language: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for language, title, lead in texts:
            by_language[language].append((title, lead))
        with store.database.write() as tx:
            for language, known in by_language.items():
                learn(tx, language, [counts_of(title, lead) for title, lead in known])

    await store.database.run(work)


async def show(store: Store) -> None:
    """Print the pairs of stories that have an event in common, or may."""

    def work() -> list[tuple[str, float, Article, Article]]:
        with store.database.read() as tx:
            rows = tx.execute(select(relations).order_by(relations.c.story)).all()
            articles = {
                row.id: article_from_json(row.article)
                for row in tx.execute(select(stories.c.id, stories.c.article))
                if row.article is not None
            }
        return [
            (row.likeness, row.score, articles[row.other], articles[row.story])
            for row in rows
            if row.other in articles and row.story in articles
        ]

    found = await store.database.run(work)
    merged = [pair for pair in found if pair[0] == "same"]
    print(f"{len(merged)} merged, {len(found) - len(merged)} related")
    for likeness, score, one, other in found:
        print(f"  {likeness} {score:.1f} {one.source}: {one.title}")
        print(f"{'':{len(likeness) + 7}}{other.source}: {other.title}")


if __name__ == "__main__":
    main()
