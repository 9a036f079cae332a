"""How long newsbot takes to start: `--help`, `check` on one and on 500 feeds, and two looks.

The looks are at an outbox of 100,000 stories.

The limits are for an idle machine, so each time stands beside that of `python -c pass`, the
median of 7 turns in which all commands take part, and the least time of the processor.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks._decided import all_new
from bot.models.basics import ChannelId, FeedId, Key
from bot.models.feeds import Item, Poll, Validators
from bot.models.stories import Article, Story
from bot.store.engine import open_store

TURNS = 7
NOW = datetime.now(UTC)
FEEDS = 500
STORIES = 100_000
LIMITS = {"--help": 0.2, f"check, {FEEDS} feeds": 0.7}
MOST = {"check, 1 feed": 0.35, "status": 0.5, "deliveries": 0.5, "explain": 0.5}
"""Seconds of the processor."""
HEAD = """
[accounts.tg]
platform = "telegram"
token = { file = "token" }
[[channels]]
id = "tin-cong-nghe"
account = "tg"
chat = "@tincongnghe"
"""
FEED = '[[feeds]]\nid = "feed-{0}"\nname = "Báo {0}"\nurl = "https://news-{0}.example/rss.xml"\n'


def write_config(folder: Path, feeds: int) -> Path:
    folder.mkdir()
    token = folder / "token"
    token.write_text("12345:fake", encoding="utf-8")
    token.chmod(0o600)
    path = folder / "newsbot.toml"
    path.write_text(HEAD + "".join(map(FEED.format, range(feeds))), encoding="utf-8")
    return path


async def fill(folder: Path) -> None:
    """Make a database of stories that were told, but for the last."""
    store = open_store(f"sqlite:///{folder}/newsbot.db", create=True)
    channel, feed = ChannelId("tin-cong-nghe"), FeedId("feed-0")
    for start in range(0, STORIES, 1000):
        told = [
            Story(
                items=(Item(id=str(number), title=f"Tin thứ {number}"),),
                keys=(Key(number.to_bytes(16, "big")),),
                owed=(channel,) if number == STORIES - 1 else (),
                article=Article(title=f"Tin thứ {number}"),
            )
            for number in range(start, start + 1000)
        ]
        poll = Poll(feed=feed, at=NOW, next_poll=NOW, validators=Validators())
        await store.feeds.finish_poll(poll, (), all_new(told))
    await store.close()


def timed(arguments: list[str]) -> tuple[float, float]:
    """Return the time on the wall and on the processor, in seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    # `status` ends with 1: no newsbot runs here.
    subprocess.run(
        [sys.executable, *arguments],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        config = str(write_config(Path(folder, "many"), FEEDS))
        one = str(write_config(Path(folder, "one"), 1))
        full = write_config(Path(folder, "full"), 1)
        asyncio.run(fill(full.parent))
        commands = {
            "python -c pass": ["-c", "pass"],
            "--help": ["-m", "bot", "--help"],
            f"check, {FEEDS} feeds": ["-m", "bot", "check", "-c", config],
            "check, 1 feed": ["-m", "bot", "check", "-c", one],
            "status": ["-m", "bot", "status", "-c", str(full)],
            "deliveries": ["-m", "bot", "deliveries", "-c", str(full)],
            "explain": ["-m", "bot", "explain", "Tin thứ 4711", "-c", str(full)],
        }
        for arguments in commands.values():
            timed(arguments)  # byte code is written, files are in memory
        turns = [
            {name: timed(arguments) for name, arguments in commands.items()} for _ in range(TURNS)
        ]
    bare = statistics.median(turn["python -c pass"][0] for turn in turns)
    good = True
    for name in commands:
        wall = statistics.median(turn[name][0] for turn in turns)
        least = min(turn[name][1] for turn in turns)
        limit = LIMITS.get(name)
        kept = (limit is None or wall <= limit) and least <= MOST.get(name, least)
        good &= kept
        limit = limit or MOST.get(name)
        said = f"  limit {limit * 1000:.0f} ms {'kept' if kept else 'NOT KEPT'}" if limit else ""
        print(
            f"{name:18} {wall * 1000:5.0f} ms  {wall / bare:5.1f} × python  "
            f"processor {least * 1000:4.0f} ms{said}"
        )
    return good
