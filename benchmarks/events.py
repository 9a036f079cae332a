"""What another outlet's report costs: finding it among the recent stories, and the whole decision.

`STORIES=20000 python -m benchmarks events` has as many recent stories as the limits speak of; fewer
are made by default.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._decided import all_new
from bot.dedupe.events.common import shipped
from bot.dedupe.events.find import telling_words
from bot.models.basics import ChannelId, FeedId, Key
from bot.models.events import Heard
from bot.models.feeds import Item, Poll, Validators
from bot.models.stories import Article, Story
from bot.store.engine import open_store
from bot.store.events.recent import _similar, words_of
from bot.store.events.words import common_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.dedupe.events.common import Common
    from bot.store.engine import Store

STORIES = int(os.environ.get("STORIES", "4000"))
POLL, ASKED = 100, 150
NOW = datetime(2026, 5, 22, tzinfo=UTC)
WINDOW = timedelta(hours=48)
CHANNEL, OTHER = ChannelId("tin"), FeedId("other")
LANGUAGE = "en"
MOST_SEARCH, MOST_DECISION, MOST_START, MOST_MIB = 2.0, 8.0, 2000.0, 25.0
"""Milliseconds of CPU, which other programs do not disturb, and MiB."""
PAGE = 4096 / 2**20
GROUP = 7
"""So many stories name the same, so that there is as much to compare as there may be."""


def articles(count: int) -> list[Article]:
    """Return reports of thirty words: common ones as often as they are, and names."""
    chosen = random.Random(1)
    common = shipped(LANGUAGE)
    words, weights = list(common), list(common.values())
    names = [f"{a}{b}{c}" for a in ("Ka", "Lo", "Mi", "Zu") for b in words[:60] for c in "nrs"]
    names = [name.title() for name in names if name.isalpha()]
    found: list[Article] = []
    shared: list[str] = []
    for number in range(count):
        if number % GROUP == 0:
            shared = chosen.choices(names, k=5)
        said = chosen.choices(words, weights, k=28) + shared
        chosen.shuffle(said)
        lead = f"{' '.join(said[10:])} for {number} dollars."
        found.append(Article(title=" ".join(said[:10]), language=LANGUAGE, paragraphs=(lead,)))
    return found


def story(number: int, article: Article, telling: tuple[str, ...]) -> Story:
    heard = Heard(language=LANGUAGE, telling=telling, compared_to=0)  # type: ignore[arg-type]
    return Story(
        items=(Item(id=str(number), title=article.title),),
        keys=(Key(number.to_bytes(16)),),
        owed=(CHANNEL,),
        article=article,
        heard=heard,
    )


async def fill(store: Store, told: Sequence[Article]) -> None:
    """Let `told` be the recent stories of one feed."""
    for start in range(0, len(told), POLL):
        part = told[start : start + POLL]
        common = await ask(store, part)
        news = [
            story(start + place, one, telling_words(words_of(one), common))
            for place, one in enumerate(part)
        ]
        poll = Poll(feed=FeedId("f"), at=NOW, next_poll=NOW, validators=Validators())
        await store.feeds.finish_poll(poll, (), all_new(news))


async def ask(store: Store, part: Sequence[Article]) -> Common:
    def work() -> Common:
        with store.database.read() as tx:
            return common_words(tx, LANGUAGE, set().union(*map(words_of, part)))

    return await store.database.run(work)


async def search(store: Store, article: Article) -> float:
    """Return the milliseconds in which the few stories with its telling words are found."""

    def work() -> float:
        with store.database.read() as tx:
            common = common_words(tx, LANGUAGE, words_of(article))
            telling = telling_words(words_of(article), common)
            return timed(lambda: _similar(tx, LANGUAGE, telling, common))

    return await store.database.run(work)


def timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


async def measure(file: Path) -> bool:
    told = articles(STORIES)
    store = open_store(f"sqlite:///{file}", create=True)
    await fill(store, told)
    await store.close()
    began, memory = time.process_time(), in_use()
    store = open_store(f"sqlite:///{file}", create=False)
    await store.events.hear(OTHER, told[:1], NOW, WINDOW)
    start = 1000 * (time.process_time() - began)
    searches, decisions = [], []
    for one in told[:: max(1, STORIES // ASKED)]:
        searches.append(await search(store, one))
        began = time.process_time()
        [heard] = await store.events.hear(OTHER, [one], NOW, WINDOW)
        decisions.append(1000 * (time.process_time() - began))
        assert heard.relations
    await store.close()
    found, decided = statistics.median(searches), statistics.median(decisions)
    more = in_use() - memory
    print(
        f"{STORIES} recent stories: search {found:.2f} ms, decision {decided:.2f} ms (medians; "
        f"slowest {max(searches):.1f} and {max(decisions):.1f}), first after the start "
        f"{start:.0f} ms, {more:.1f} MiB more"
    )
    return (
        found <= MOST_SEARCH
        and decided <= MOST_DECISION
        and start <= MOST_START
        and more <= MOST_MIB
    )


def in_use() -> float:
    """Return the memory of this process, in MiB; 0 where the system does not tell."""
    file = Path("/proc/self/statm")
    return int(file.read_text().split()[1]) * PAGE if file.exists() else 0.0


def main() -> bool:
    """Print the figures; return whether the limits were kept."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder) / "news.db"))
