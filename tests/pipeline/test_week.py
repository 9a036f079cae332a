"""A simulated week: many feeds, three channels, and everything that may go wrong on the way.

`-s` shows how old the news was when it was posted.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.models.basics import DeliveryId, DeliveryState
from bot.pipeline.prices import local_starts
from bot.publish.slots import last_time
from bot.runner.work.delivering import AHEAD
from tests.pipeline.simulated import SimulatedLoop
from tests.pipeline.week import (
    BERLIN,
    DIGEST_TIMES,
    EDIT_WINDOW,
    END,
    OUTAGE,
    PER_SLOT,
    POST_TIMES,
    QUIET_HOURS,
    START,
    UNREACHABLE,
    X_BUDGET,
    X_PRICES,
    Week,
    X,
)
from tests.pipeline.week_feeds import (
    CORRECTED,
    CORRECTING,
    DAILY,
    EVERY,
    MAIN,
    MAX_AGE,
    PAID,
    QUIET,
    TIMED,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.basics import ChannelId
    from bot.models.views import DeliveryRow
    from tests.pipeline.week_feeds import Entry
    from tests.pipeline.week_platforms import Message

FEW, MANY = 12, 40
"""Feeds: as few as bring every trouble about, and as in an operator's real list."""
_STORY = re.compile(r"Tin số (\d+):")
_DIGEST = "(digest)"
_POSTED_IN = re.compile(r"posted in delivery (\d+),")
_STALE = timedelta(days=4)
_LOOKING = timedelta(minutes=15)
_TRAVEL = timedelta(seconds=40)
"""A post takes that long where its answer is lost and the post is found later."""


class Told:
    """What came of a week."""

    def __init__(self, week: Week, rows: list[DeliveryRow], spent: dict[datetime, int]) -> None:
        self.week = week
        self.spent = spent
        self.digests = {row.id: row for row in rows if row.feed == _DIGEST}
        self.rows: dict[tuple[ChannelId, int], list[DeliveryRow]] = defaultdict(list)
        for row in rows:
            if row.feed != _DIGEST:
                self.rows[row.channel, stories_in(row.items[0].title)[0]].append(row)
        self.posts = {channel: self._posts(channel) for channel in week.channels}

    def _posts(self, channel: ChannelId) -> dict[int, Message]:
        """Return the posts that tell one story each, by story, in the order of readers."""
        of_digests = {row.remote_id for row in self.digests.values() if row.channel == channel}
        return {
            stories_in(message.text)[0]: message
            for message in self.week.chats[channel].messages.values()
            if str(message.id) not in of_digests
        }

    def expected(self, channel: ChannelId) -> dict[int, Entry]:
        """Return the entries that are to be told in the channel.

        Of those that a feed's first poll shows, that is the newest; what was published long before
        it is shown is no news.
        """
        found = {}
        for id_, source in self.week.web.sources.items():
            if channel in source.feed.channels:
                first = min(at for (feed, _), at in self.week.web.seen.items() if feed == id_)
                at_first = sum(entry.shown <= first for entry in source.entries)
                passing = [source.passes(channel, entry) for entry in source.entries]
                newest = max(place for place in range(at_first) if passing[place])
                found.update(
                    {
                        entry.story: entry
                        for place, entry in enumerate(source.entries)
                        if place >= newest and passing[place]
                    }
                )
        return {n: entry for n, entry in found.items() if entry.shown - entry.published < _STALE}

    def ages(self, channel: ChannelId) -> list[timedelta]:
        """Return how old the news was when it was posted, youngest first."""
        entries = self.expected(channel)
        posts = self.posts[channel].items()
        return sorted(message.made - entries[story].published for story, message in posts)


def stories_in(text: str) -> list[int]:
    return [int(number) for number in _STORY.findall(text)]


async def lived(seed: int, feeds: int, loop: SimulatedLoop, *, approved: bool = False) -> Told:
    week = Week(seed, feeds, loop, approved=approved)
    await week.run()
    rows = await week.store.desk.deliveries(limit=0)
    since = {
        start: (await week.store.desk.spent(X.id, start, start))[0] for start in [*days(), END]
    }
    await week.store.close()
    return Told(week, rows, {one: since[one] - since[other] for one, other in pairwise(since)})


def days() -> list[datetime]:
    """Return the starts of all local days."""
    noons = (START + timedelta(hours=12, days=day) for day in range((END - START).days + 1))
    return [local_starts(noon, BERLIN)[0] for noon in noons]


@pytest.mark.long
@pytest.mark.parametrize(
    ("seed", "feeds"),
    [(1, FEW), *(pytest.param(seed, MANY, marks=pytest.mark.soak) for seed in (1, 2, 3))],
)
def test_a_week_breaks_no_rule_loses_nothing_and_doubles_nothing(seed: int, feeds: int) -> None:
    loop = SimulatedLoop(START)
    with capture_logs():  # writing them down would take a fifth of the time
        told = loop.run(lived(seed, feeds, loop))
    report(told)
    for check in (
        everything_happened,
        no_rule_was_broken,
        money_is_exact,
        order_is_kept,
        nothing_is_told_twice,
        nothing_is_lost,
        queues_are_bounded,
        nights_are_quiet,
        digests_come_at_their_times,
        posts_come_at_their_times,
        corrections_are_shown,
        news_is_fresh,
    ):
        check(told)


@pytest.mark.soak
def test_a_week_with_a_person_who_answers_late() -> None:
    loop = SimulatedLoop(START)
    with capture_logs():
        told = loop.run(lived(1, FEW, loop, approved=True))
    report(told)
    assert told.week.skipped
    assert len(told.posts[QUIET]) > 100
    for check in (
        no_rule_was_broken,
        money_is_exact,
        nothing_is_told_twice,
        nothing_is_lost,
        nights_are_quiet,
        only_what_was_approved_is_posted,
    ):
        check(told)


def only_what_was_approved_is_posted(told: Told) -> None:
    rows = [row for (of, _), (row,) in told.rows.items() if of == QUIET]
    sent = [row for row in rows if row.state is DeliveryState.SENT]
    assert {row.approved_by for row in sent} == {"An"}
    skipped = [row for row in rows if row.reason and row.reason.code == "skipped"]
    assert skipped
    assert all(row.state is DeliveryState.DROPPED for row in skipped)


def report(told: Told) -> None:
    for channel, posts in told.posts.items():
        ages = told.ages(channel) or [timedelta(0)]
        dropped = Counter(
            row.reason.code
            for (of, _), (row,) in told.rows.items()
            if of == channel and row.state is DeliveryState.DROPPED and row.reason
        )
        print(  # noqa: T201 - figures for who asks with -s
            f"{channel:9} {len(posts)} posts; age median {median(ages)}, "
            f"p95 {ages[len(ages) * 95 // 100]}, most {ages[-1]}; not posted: {dict(dropped)}"
        )


def everything_happened(told: Told) -> None:
    """The week is worth something only if its troubles took place."""
    week = told.week
    assert week.interrupted
    assert week.released
    assert week.quiet.floods == 1
    assert week.main.refused
    assert all(week.chats[channel].lost for channel in (MAIN, QUIET, PAID))
    assert week.bot_account.lost_but_done
    assert week.x.lost_but_done
    assert week.x.rests
    assert told.digests
    assert week.web.kept_out()
    assert sum(spent > X_BUDGET.per_day - X_PRICES.post for spent in told.spent.values()) >= 2
    assert any(at in UNREACHABLE for at in week.main.asked)


def no_rule_was_broken(told: Told) -> None:
    assert told.week.bot_account.broken == []
    assert told.week.x.broken == []
    assert told.week.crashes == 0
    # Nor is a chat that refuses, or a platform that is down, asked again and again.
    assert len(told.week.main.refused) <= 3
    for chat in (told.week.main, told.week.quiet):
        assert sum(at in UNREACHABLE for at in chat.asked) <= 20


def money_is_exact(told: Told) -> None:
    billed = dict.fromkeys(days(), 0)
    for asked, price in told.week.x.bill:
        billed[local_starts(asked, BERLIN)[0]] += price
    assert told.spent == billed
    assert max(billed.values()) <= X_BUDGET.per_day
    months: Counter[datetime] = Counter()
    for day, price in billed.items():
        months[local_starts(day, BERLIN)[1]] += price
    assert len(months) == 2
    assert max(months.values()) <= X_BUDGET.per_month
    posts = (row for rows in told.rows.values() for row in rows if row.channel == PAID)
    digests = (row for row in told.digests.values() if row.channel == PAID)
    assert sum(row.cost or 0 for row in (*posts, *digests)) == sum(billed.values())


def order_is_kept(told: Told) -> None:
    for channel, posts in told.posts.items():
        last: dict[str, int] = defaultdict(int)
        for story, message in posts.items():
            (row,) = told.rows[channel, story]
            # A feed waits a quarter of an hour for what may have been sent, no longer.
            lost = told.week.chats[channel].lost
            doubts = [at for at, text in lost if stories_in(text) == [story]]
            if any(message.asked - at > _LOOKING for at in doubts):
                continue
            shown = [entry.story for entry in told.week.web.sources[row.feed].entries]
            place = shown.index(story)
            assert place >= last[row.feed], f"story {story} of {row.feed} in {channel}"
            last[row.feed] = place


def nothing_is_told_twice(told: Told) -> None:
    for channel, chat in told.week.chats.items():
        counts = Counter(n for one in chat.messages.values() for n in stories_in(one.text))
        assert [story for story, count in counts.items() if count > 1] == [], channel


def nothing_is_lost(told: Told) -> None:
    for channel in told.week.channels:
        expected = told.expected(channel)
        assert expected.keys() == {story for of, story in told.rows if of == channel}
        for story in expected:
            (row,) = told.rows[channel, story]
            assert row.state in {DeliveryState.SENT, DeliveryState.DROPPED}, row
            assert (row.state is DeliveryState.SENT) == (story in told.posts[channel]), row
            if row.state is DeliveryState.DROPPED:
                assert_left_out_by_a_rule(told, row)


def assert_left_out_by_a_rule(told: Told, row: DeliveryRow) -> None:
    assert row.reason is not None
    rules = {"digest", "backlog", "too_old"} | ({"skipped"} if told.week.skipped else set())
    assert row.reason.code in rules, row
    found = _POSTED_IN.search(row.reason.text)
    if found is not None:
        digest = told.digests[DeliveryId(int(found[1]))]
        assert (digest.channel, digest.state) == (row.channel, DeliveryState.SENT), digest
        assert row.items[0] in digest.items


def queues_are_bounded(told: Told) -> None:
    """What a storm brought waits for the operator beside the queue."""
    for channel, waiting in told.week.queues.items():
        assert max(waiting) <= told.week.most_waiting(channel) + told.week.released, channel


def nights_are_quiet(told: Told) -> None:
    asked = told.week.quiet.asked
    # A lane that is free before the next tick is claimed a moment ahead.
    at_night = [at for at in asked if _is_night(at) and _is_night(at - AHEAD)]
    assert at_night == []
    # When the clocks go back, the night lasts eight hours, not seven.
    evening, morning = START.replace(day=24, hour=21), START.replace(day=25, hour=5)
    assert max(at for at in asked if at < morning) < evening + AHEAD
    assert min(at for at in asked if at > evening + AHEAD) < morning + timedelta(minutes=10)


def digests_come_at_their_times(told: Told) -> None:
    """One post at most for each time, soon after it or after an outage, with related headlines."""
    messages = list(told.week.daily.messages.values())
    assert told.posts[DAILY] == {}, "none has a post of its own"
    assert len(messages) >= 8
    slots = [last_time(DIGEST_TIMES, one.asked + AHEAD, BERLIN) for one in messages]
    assert len(set(slots)) == len(slots)
    on_time = [
        one.asked - slot < timedelta(minutes=5) for one, slot in zip(messages, slots, strict=True)
    ]
    assert sum(on_time) >= len(messages) - 2
    assert any(len(stories_in(one.text)) > 1 for one in messages)


def posts_come_at_their_times(told: Told) -> None:
    posts = told.posts[TIMED].values()
    slots = Counter(last_time(POST_TIMES, one.asked + AHEAD, BERLIN) for one in posts)
    assert max(slots.values()) == PER_SLOT
    assert len(slots) >= 10


def _is_night(moment: datetime) -> bool:
    return QUIET_HOURS.contains(moment.astimezone(BERLIN))


def corrections_are_shown(told: Told) -> None:
    posts = told.posts[MAIN]
    entries = told.week.web.sources[CORRECTING].entries[3::2]
    posted = [posts[entry.story] for entry in entries if entry.story in posts]
    assert [one for one in posted if CORRECTED not in one.text] == []
    assert any(one.edits for one in posted)
    assert all(at - one.made < EDIT_WINDOW for one in posts.values() for at in one.edits)


def news_is_fresh(told: Told) -> None:
    """Bounds of a post's age, from what a story may have to wait for.

    The open channel: in the middle half of the longest interval between two polls, since a burst
    goes at 20 a minute; one in twenty may meet an interval, a failed poll and the outage besides.
    The one with quiet hours: the night, too, and days of `max_per_day` on the days after a burst.
    On X the budget lets some 8 posts a day go: stories wait for the next day, and older ones are
    posted in a digest. Nothing is ever posted that is older than `max_age`.
    """
    bounds = {
        MAIN: (EVERY[-1] / 2, 2 * EVERY[-1] + (OUTAGE.end - OUTAGE.start)),
        QUIET: (timedelta(hours=12), MAX_AGE),
        PAID: (timedelta(hours=24), MAX_AGE),
    }
    for channel, (middle, late) in bounds.items():
        ages = told.ages(channel)
        assert median(ages) <= middle, channel
        assert ages[len(ages) * 95 // 100] <= late, channel
        assert ages[-1] <= MAX_AGE + _TRAVEL, channel
