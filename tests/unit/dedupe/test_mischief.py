"""Ten thousand polls of feeds that do to their entries what feeds do: nothing lost, nothing twice."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from bot.models.basics import ChannelId, FeedId
from bot.models.settings import Feed as Settings
from tests.unit.dedupe.memory import Memory
from tests.unit.dedupe.mischief import DATES, Event, Feed

NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
FEED = Settings(
    id=FeedId("f"), url="https://a.vn/rss", channels=(ChannelId("tin"),), first_run=99, max_age=None
)


class Readers:
    """What readers were told: by story, which event its post tells now."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.told: Counter[int] = Counter()
        self.posts: dict[int, Event] = {}
        self.seen: set[int] = set()
        self.overwritten = 0

    def read(self, feed: Feed) -> None:
        entries = feed.poll()
        truth = {id(item): event for item, event in entries}
        self.seen |= {event.number for _, event in entries}
        stories = self.memory.poll([item for item, _ in entries], FEED, feed.now)
        for story in stories:
            event = truth[id(story.items[0])]
            if story.owed:
                self.told[event.number] += 1
                self.posts[self.memory.ids[id(story.items[0])]] = event
            elif story.is_corrected and story.known is not None:
                told = self.posts.get(story.known)
                self.overwritten += told is not None and told.number != event.number


def faults(seed: int, polls: int, dates: str) -> tuple[int, int, int]:
    """Return how many events were lost, told twice and overwritten."""
    feed, readers = Feed(chance=random.Random(seed), now=NOW, dates=dates), Readers()
    for _ in range(polls):
        readers.read(feed)
    lost = len(readers.seen - readers.told.keys())
    twice = sum(count - 1 for count in readers.told.values())
    return lost, twice, readers.overwritten


@pytest.mark.parametrize("dates", DATES)
@pytest.mark.parametrize("seed", [0, 7, 11, 33])
def test_nothing_is_lost_told_twice_or_overwritten(seed: int, dates: str) -> None:
    assert faults(seed, 40, dates) == (0, 0, 0)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_ten_thousand_polls_lose_double_and_overwrite_nothing() -> None:
    kinds = tuple(DATES)
    found = {seed: faults(seed, 50, kinds[seed % len(kinds)]) for seed in range(1000, 1200)}
    assert {seed: one for seed, one in found.items() if any(one)} == {}
