"""How late news is found, beside fixed intervals with the same number of requests.

    python -m benchmarks delay            # all feeds of the shared corpus, one minute or two
    NEWSBOT_DELAY_EVERY=3600 python -m benchmarks delay

Replays the publication times of real feeds (corpus/history: two news sites over a year, and the
dated items of 248 feeds) through `learn` and `next_poll`. The rhythm is learned only from what the
replayed polls have brought: nothing is trained on the future. A fixed interval is given exactly as
many requests as the replay took, so that its median delay is half of it. Gaps of more than two
days are cut to their last two days: there is nothing to find in them. The delay of a small feed's
item is a matter of luck: it is taken again from PHASES other moments some intervals before, with
what was known then.

Prints the ratio of the delays (1.0 is a fixed interval) for the median, the mean and the 95th
percentile. The limit is that of the total. Single feeds above NO_FEED_ABOVE are listed; decision
0034 says why there are some. A feed with less than MANY items says more about chance than about
polling, and is part of the total only.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import fmean, median
from zlib import crc32

from bot.collect.schedule.due import next_poll, with_plan
from bot.collect.schedule.rhythm import Rhythm, learn
from bot.models.basics import FeedId
from bot.models.feeds import NotModified, Validators
from bot.models.settings import Feed

HISTORY = Path(__file__).parents[2] / "shared" / "corpus" / "history"
MANY, FEW = 15, 8
PHASES = 40
AT_MOST, NO_FEED_ABOVE = 0.6, 1.05
_NOTHING = NotModified(validators=Validators())
_GAP = timedelta(days=2)
_BEFORE = 8  # intervals, after which the moment of the first poll does not matter
_LONG = 1000  # items from which one replay is enough


@dataclass
class Replay:
    """The delays that one feed's items had, in seconds, and the requests that it took."""

    delays: list[float] = field(default_factory=list)
    polls: int = 0
    seconds: float = 0.0
    items: int = 0

    @property
    def interval(self) -> float:
        """The fixed interval with as many requests, in seconds."""
        return self.seconds / self.polls


def times_of(folder: Path) -> dict[str, list[datetime]]:
    """Return the different publication times of each feed, in order."""
    found: defaultdict[str, set[datetime]] = defaultdict(set)
    for path in [*sorted(folder.glob("*_items.csv")), folder / "item_times.csv"]:
        for row in _rows(path):
            if row["published_utc"]:
                name = row.get("file", path.stem.removesuffix("_items"))
                found[name].add(_moment(row["published_utc"]))
    return {name: sorted(times) for name, times in found.items()}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def replay(feed: Feed, times: list[datetime], random: Random, phases: int) -> Replay:
    """Poll `feed` as the service would until it has found all of `times`."""
    into = Replay(items=len(times))
    rhythm, at = Rhythm(), 0
    since = started = times[0] - random.random() * feed.every
    while at < len(times):
        if times[at] - since > _GAP:
            into.seconds += (since - started).total_seconds()
            since = started = times[at] - _GAP * (1 - random.random() / 10)
        now = next_poll(feed, _NOTHING, errors=0, now=since, rhythm=rhythm)
        into.polls += 1
        found = at
        while found < len(times) and times[found] <= now:
            into.delays.append((now - times[found]).total_seconds())
            into.delays += _other_luck(feed, rhythm, times[found], random, phases)
            found += 1
        if found > at:
            rhythm = learn(rhythm, times[at:found], since=since, now=now)
            rhythm = with_plan(rhythm, feed)
        at, since = found, now
    into.seconds += (since - started).total_seconds()
    return into


def _other_luck(
    feed: Feed, rhythm: Rhythm, time: datetime, random: Random, phases: int
) -> list[float]:
    """Return the delays of the item of `time`, had the polls before it begun otherwise."""
    late = []
    for _ in range(phases):
        now = time - _BEFORE * feed.every - random.random() * feed.every
        while now < time:
            now = next_poll(feed, _NOTHING, errors=0, now=now, rhythm=rhythm)
        late.append((now - time).total_seconds())
    return late


def measure(times: dict[str, list[datetime]], every: timedelta) -> dict[str, Replay]:
    """Return the replay of each feed with at least FEW times."""
    found = {}
    for name, moments in times.items():
        if len(moments) < FEW:
            continue
        feed = Feed(id=FeedId(name), url="https://example.org/", every=every, every_min=every / 3)
        phases = 0 if len(moments) >= _LONG else PHASES
        found[name] = replay(feed, moments, Random(crc32(name.encode())), phases)
    return found


def ratios(replay_: Replay) -> tuple[float, float, float]:
    """Return median, mean and 95th percentile, relative to a fixed interval's."""
    late, fixed = sorted(replay_.delays), replay_.interval
    last = late[min(int(len(late) * 0.95), len(late) - 1)]
    return median(late) / (fixed / 2), fmean(late) / (fixed / 2), last / (fixed * 0.95)


def together(found: dict[str, Replay]) -> Replay:
    """Return all items of all feeds in one, each delay in units of its own fixed interval."""
    sum_ = Replay(polls=1, seconds=1.0)
    for one in found.values():
        times = (PHASES + 1) * one.items // len(one.delays)
        sum_.delays += [delay / one.interval for delay in one.delays] * times
    return sum_


def main() -> bool:
    """Print the table; return whether the limits were kept."""
    if not HISTORY.is_dir():
        print(f"skipped: there is no corpus at {HISTORY}")
        return True
    every = timedelta(seconds=float(os.environ.get("NEWSBOT_DELAY_EVERY", "900")))
    found = measure(times_of(HISTORY), every)
    print(f"{'':28}  items  median    mean    95 %  interval / every")
    for name in ("arstechnica", "npr"):
        _print(name, found[name], every)
    all_ = together(found)
    total = ratios(all_)
    print(f"all {len(found)} feeds together{'':17}{total[0]:8.2f}{total[1]:8.2f}{total[2]:8.2f}")
    judged = {name: one for name, one in found.items() if one.items >= MANY}
    late = sorted((ratios(one)[0], name) for name, one in judged.items())
    above = [name for ratio, name in late if ratio > NO_FEED_ABOVE]
    print(f"feeds with {MANY} items or more: {len(judged)}, above {NO_FEED_ABOVE}: {len(above)}")
    for name in above:
        _print(name, found[name], every)
    return total[0] <= AT_MOST


def _print(name: str, one: Replay, every: timedelta) -> None:
    numbers = "".join(f"{ratio:8.2f}" for ratio in ratios(one))
    print(f"{name:28}{one.items:7}{numbers}{one.interval / every.total_seconds():8.2f}")
