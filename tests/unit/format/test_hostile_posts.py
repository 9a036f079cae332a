"""Hostile documents through parse, decide and render: nothing breaks, speaks or costs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.collect.parse import parse_feed
from bot.models.basics import ChannelId, FeedId
from bot.models.feeds import FetchedFeed, ParsedFeed
from bot.models.settings import Feed
from bot.pipeline.articles import article_of
from tests.counters import commands_of, links_of, mentions_of, without_addresses, x_weight
from tests.hostile import document, documents
from tests.standins.telegram_html import parse_html, utf16
from tests.unit.dedupe.memory import Memory

if TYPE_CHECKING:
    from bot.models.posts import Post
    from tests.hostile import Document
    from tests.unit.format.conftest import Desk

NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
FEED = Feed(
    id=FeedId("f"), url="https://feed.example.org/rss.xml", channels=(ChannelId("tin"),),
    first_run=99, max_age=None,
)  # fmt: skip
SLOWEST = 2.0
"""Seconds of CPU that one document may take; the usual one takes a hundredth."""
WAYS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("telegram", {}),
    ("telegram", {"image": "never", "without": frozenset({"markup", "buttons"})}),
    ("x", {}),
    ("x", {"link": "never"}),
    ("console", {}),
)


@dataclass
class Findings:
    """What was wrong, with the seed of the document that showed it."""

    wrong: list[tuple[str, str, str]] = field(default_factory=list)
    posts: int = 0
    feeds: int = 0
    spoke: int = 0
    """Documents whose text, as it is, would mention, command or link."""
    slowest: float = 0.0

    def read(self, source: Document, desk: Desk) -> None:
        start = time.thread_time()
        fetched = FetchedFeed(url=source.url, body=source.body, content_type=source.content_type)
        parsed = parse_feed(fetched)
        if isinstance(parsed, ParsedFeed):
            self.feeds += 1
            for post in _posts(parsed, desk, self):
                self.posts += 1
                self.wrong += [(source.seed, fault, post.text) for fault in faults(post)]
        self.slowest = max(self.slowest, time.thread_time() - start)


def _posts(parsed: ParsedFeed, desk: Desk, findings: Findings) -> list[Post]:
    stories = Memory().poll(parsed.items, FEED, NOW)
    articles = [article_of(story.items[0], FEED, parsed) for story in stories]
    texts = "\n".join((each.title + "\n" + "\n".join(each.paragraphs)) for each in articles)
    findings.spoke += bool(mentions_of(texts) or commands_of(texts) or links_of(texts))
    return [
        desk.post(article, platform, **options)
        for article in articles
        for platform, options in WAYS
    ]


def faults(post: Post) -> list[str]:
    """Return what the platform would take wrongly in `post`, by counting that is not the bot's."""
    post.text.encode()
    if post.platform == "telegram":
        return _telegram_faults(post)
    return _x_faults(post) if post.platform == "x" else []


def _telegram_faults(post: Post) -> list[str]:
    text, _ = parse_html(post.text)
    spoken = without_addresses(text.replace(post.link or " ", " "))
    checks = {
        "over the limit": utf16(text) > (1024 if post.image else 4096),
        "counted wrongly": utf16(text) != post.length,
        "mention": mentions_of(spoken),
        "command": commands_of(spoken),
    }
    return [fault for fault, is_found in checks.items() if is_found]


def _x_faults(post: Post) -> list[str]:
    own = post.link or ""
    spoken = post.text.replace(own, "", 1) if own else post.text
    checks = {
        "over the limit": x_weight(post.text, post.link) > 280,
        "counted too low": x_weight(post.text, post.link) > post.length,
        "a link besides its own": links_of(spoken),
        "a link that is not billed": links_of(post.text) and not post.has_link,
        "mention": mentions_of(spoken),
        "mention in the picture's text": mentions_of(post.alt),
    }
    return [fault for fault, is_found in checks.items() if is_found]


def _findings(seed: int, count: int, desk: Desk) -> Findings:
    findings = Findings()
    for source in documents(seed, count):
        findings.read(source, desk)
    return findings


def test_a_thousand_hostile_documents_neither_speak_nor_cost(desk: Desk) -> None:
    findings = _findings(1, 1_000, desk)
    assert findings.wrong == []
    assert findings.slowest < SLOWEST
    # The documents are hostile indeed, and most of them are read.
    assert findings.feeds > 800
    assert findings.spoke > 500
    assert findings.posts > 4_000


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_thirty_thousand_hostile_documents_neither_speak_nor_cost(desk: Desk) -> None:
    findings = _findings(2, 30_000, desk)
    assert findings.wrong == []
    assert findings.slowest < SLOWEST


def test_a_document_is_the_same_for_the_same_seed() -> None:
    first, *others = documents(7, 3)
    assert first == document("7-0")
    assert len({each.body for each in (first, *others)}) == 3
