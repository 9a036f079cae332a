"""A database whose clock was ahead is told of, and set right without changing anything else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.models.basics import DeliveryState, Reason
from bot.models.outbox import TryAgain
from bot.models.reasons import ReasonCode
from bot.store.operator.wrong_clock import times_of
from bot.store.tables.columns import UtcTime
from bot.store.tables.schema import charges, deliveries, feeds, metadata, stories
from tests.contract.store_kit import (
    NOW,
    after,
    attempt,
    charge,
    claim,
    lane,
    owe,
    paced,
    post,
    sent,
    story,
    tell,
)

if TYPE_CHECKING:
    from bot.store.engine import Store

YEAR = timedelta(days=365)
HOURLY = paced(timedelta(0), (timedelta(hours=1), 1))


ON_SQLITE = pytest.mark.parametrize("store", ["memory", "file"], indirect=True)
ON_A_SERVER = pytest.mark.parametrize("store", ["postgresql"], indirect=True)


async def a_year_ahead(store: Store) -> None:
    """What a run leaves behind whose clock was a year ahead; an hour later, it is set right."""
    await tell(store, story("before", owed=()), at=NOW)
    await owe(store, "told", "waits", at=NOW + YEAR)
    await attempt(store, sent(), HOURLY, at=NOW + YEAR, price=charge(5))


@ON_SQLITE
async def test_it_is_known_how_far_a_clock_was_ahead(store: Store) -> None:
    assert await store.desk.ahead_of_clock(["f"], NOW) == timedelta(0)
    await tell(store, story("before", owed=()), at=NOW)
    assert await store.desk.ahead_of_clock(["f"], after(minutes=1)) == timedelta(0)
    await a_year_ahead(store)
    assert await store.desk.ahead_of_clock(["f"], after(hours=1)) == YEAR - timedelta(hours=1)
    condition = await store.alerts.condition(["f"], [], after(hours=1))
    assert condition.ahead == YEAR - timedelta(hours=1)


@ON_SQLITE
async def test_a_clock_that_was_ahead_is_undone(store: Store) -> None:
    now = after(hours=1)
    await a_year_ahead(store)
    assert await claim(store, HOURLY, at=now) == []
    assert await store.rewind(["f"], now) > 0
    assert await store.desk.ahead_of_clock(["f"], now) == timedelta(0)
    assert await claim(store, HOURLY, at=now + timedelta(minutes=59)) == [], "the pace is kept"
    (waits,) = await claim(store, HOURLY, at=now + timedelta(minutes=61))
    assert waits.article.title == "waits"
    assert await store.desk.spent("acc", now - timedelta(days=1), now - timedelta(days=1)) == (5, 5)
    (feed,) = await store.desk.feed_status(["f"])
    assert (feed.last_success, feed.next_poll) == (now, now + timedelta(minutes=15))
    assert await store.faults(now) == []
    assert await store.rewind(["f"], now) == 0


@ON_SQLITE
async def test_what_was_before_and_what_feeds_say_stays(store: Store) -> None:
    now = after(hours=1)
    await a_year_ahead(store)
    await owe(store, "dated ahead", channel="other", at=NOW + YEAR)
    (one,) = await claim(store, lane("other"), at=NOW + YEAR)
    date = NOW + YEAR + timedelta(hours=9)
    ahead = Reason(code=ReasonCode.FUTURE_DATE, text="dated ahead")
    await store.outbox.begin(one.id, post("other"), NOW + YEAR)
    await store.outbox.finish(one, TryAgain(due=date, reason=ahead), NOW + YEAR)
    await store.rewind(["f"], now)

    def read() -> tuple[object, ...]:
        with store.database.read() as tx:
            first = tx.execute(select(stories.c.first_seen).where(stories.c.title == "before"))
            due = tx.execute(select(deliveries.c.due).where(deliveries.c.channel == "other"))
            paid = tx.execute(select(charges.c.at)).scalar()
            attempted = select(deliveries.c.attempted_at).where(
                deliveries.c.state == DeliveryState.SENT
            )
            return first.scalar(), due.scalar(), paid == tx.execute(attempted).scalar()

    assert await store.database.run(read) == (NOW, date, True)


def test_every_time_of_our_clock_is_brought_back() -> None:
    """A new column is, unless it holds what a feed claims."""
    left = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, UtcTime) and column not in set(times_of(table))
    }
    assert left == {"stories.published", "story_items.published"}
    assert feeds.c.next_poll in set(times_of(feeds))


@ON_A_SERVER
async def test_on_a_server_its_own_clock_counts(store: Store) -> None:
    await tell(store, story("a"), at=NOW - 3 * YEAR)
    assert await store.desk.ahead_of_clock(["f"], NOW - 30 * YEAR) == timedelta(0)
