"""Who goes first in a lane, and at which times: priority, urgency and fixed times."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import NewsbotError, UsageError
from bot.models.basics import DeliveryId, FeedId
from bot.models.outbox import Failed, Pace, Slot, TryAgain
from tests.contract.store_kit import NOW, WHY, after, attempt, claim, lane, owe, sent, titles

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.outbox import Lane, Outcome
    from bot.store.engine import Store

FLASH = frozenset({FeedId("flash")})
HOUR = timedelta(hours=1)


def slot(begin: datetime = NOW, *, most: int = 2, hours: float = 5) -> Slot:
    return Slot(begin=begin, end=begin + hours * HOUR, most=most)


async def told(store: Store, one: Lane, *times: datetime) -> list[str]:
    """Post whatever may go at each of `times`."""
    found = []
    for number, at in enumerate(times):
        for delivery in await claim(store, one, at=at):
            found.append(delivery.article.title)
            await store.outbox.finish(delivery, sent(f"{at:%d%H%M%S}{number}"), at)
    return found


async def posted(store: Store, one: Lane, *times: datetime) -> list[str]:
    """Attempt and prove whatever may go at each of `times`."""
    found = []
    for number, at in enumerate(times):
        if await store.outbox.next_due([one], at) == at:
            delivery = await attempt(store, sent(f"{at:%d%H%M%S}{number}"), one, at=at)
            found.append(delivery.article.title)
    return found


async def test_high_priority_goes_before_what_waits(store: Store) -> None:
    await owe(store, "a", "b", at=after(hours=-1))
    await owe(store, "eilmeldung", feed="flash")
    one = lane(high=FLASH, high_pace=Pace(gap=timedelta(0)))
    assert await titles(store, one) == ["eilmeldung"]


async def test_high_priority_does_not_wait_for_the_gap(store: Store) -> None:
    calm = Pace(gap=timedelta(0), windows=((HOUR, 1),))
    one = lane(pace=calm, high=FLASH, high_pace=Pace(gap=timedelta(0)))
    await owe(store, "a", "b")
    assert await posted(store, one, NOW, after(minutes=1)) == ["a"]
    await owe(store, "eilmeldung", feed="flash", at=after(minutes=2))
    assert await posted(store, one, after(minutes=3), after(minutes=4)) == ["eilmeldung"]
    assert await store.outbox.next_due([one], after(minutes=5)) == after(minutes=63)


async def test_high_priority_keeps_to_the_other_limits(store: Store) -> None:
    few = Pace(gap=timedelta(seconds=3), windows=((HOUR, 1),))
    one = lane(pace=few, high=FLASH, high_pace=few)
    await owe(store, "a")
    assert await posted(store, one, NOW) == ["a"]
    await owe(store, "eilmeldung", feed="flash", at=after(minutes=2))
    assert await titles(store, one, at=after(minutes=59)) == []
    assert await titles(store, one, at=after(minutes=60)) == ["eilmeldung"]


async def test_what_the_operator_moved_goes_first_the_last_one_moved_before_all(
    store: Store,
) -> None:
    await owe(store, "a", "b", "c")
    await owe(store, "d", feed="g")
    await owe(store, "eilmeldung", feed="flash")
    one = lane(high=FLASH, high_pace=Pace(gap=timedelta(0)))
    for moved, minute in ((3, 1), (4, 2)):
        await store.desk.advance(DeliveryId(moved), after(minutes=minute))
    moments = [after(minutes=n) for n in range(3, 8)]
    assert await told(store, one, *moments) == ["eilmeldung", "d", "c", "a", "b"]


async def test_what_was_moved_keeps_to_the_rules_of_its_channel(store: Store) -> None:
    await owe(store, "a", "b", at=after(hours=-2))
    await store.desk.advance(DeliveryId(2), after(hours=-1))
    assert await titles(store, lane(is_quiet=True), at=after(minutes=-9)) == []
    calm = lane(pace=Pace(gap=HOUR))
    assert await posted(store, calm, NOW, after(minutes=1)) == ["b"]
    assert await store.outbox.next_due([calm], after(minutes=2)) == after(hours=1)
    assert not await claim(store, lane(asks=True), at=after(hours=1))
    assert [card.title for card in await store.cards.open()] == ["a"]


async def test_what_was_moved_and_put_off_stays_first_and_nothing_waits_for_it(
    store: Store,
) -> None:
    await owe(store, "a", "b", "c")
    await store.desk.advance(DeliveryId(3), NOW)
    await attempt(store, TryAgain(due=after(minutes=9), reason=WHY, without=frozenset()), at=NOW)
    assert await told(store, lane(), after(minutes=1)) == ["a"]
    assert await told(store, lane(), after(minutes=10), after(minutes=11)) == ["c", "b"]


@pytest.mark.parametrize("outcome", [sent(), Failed(reason=WHY)])
async def test_only_what_waits_is_moved(store: Store, outcome: Outcome) -> None:
    await owe(store, "a", "b")
    await attempt(store, outcome)
    await claim(store)
    for number in (1, 2):
        with pytest.raises(NewsbotError, match=f"delivery {number} (was|does|is being)"):
            await store.desk.advance(DeliveryId(number), NOW)
    with pytest.raises(UsageError, match="there is no delivery 9"):
        await store.desk.advance(DeliveryId(9), NOW)


async def test_in_quiet_hours_only_what_is_urgent_goes(store: Store) -> None:
    await owe(store, "a")
    await owe(store, "high", feed="high")
    await owe(store, "eilmeldung", feed="flash")
    both = FLASH | {FeedId("high")}
    one = lane(is_quiet=True, high=both, high_pace=Pace(gap=timedelta(0)), urgent=FLASH)
    assert await told(store, one, NOW, after(minutes=1)) == ["eilmeldung"]
    assert await titles(store, lane(high=both), at=after(minutes=2)) == ["high"]


async def test_a_slot_posts_the_oldest_that_wait_and_no_more(store: Store) -> None:
    await owe(store, "a", "b", "c", at=after(hours=-2))
    moments = [after(minutes=n) for n in range(5)]
    assert await posted(store, lane(slot=slot()), *moments) == ["a", "b"]
    assert await store.outbox.next_due([lane(slot=slot())], after(minutes=9)) == after(hours=5)
    later = lane(slot=slot(after(hours=5)))
    assert await posted(store, later, after(hours=5), after(hours=6)) == ["c"]


async def test_what_comes_after_the_time_waits_for_the_next(store: Store) -> None:
    await owe(store, "a", at=NOW)
    assert await titles(store, lane(slot=slot()), at=after(minutes=1)) == []
    assert await store.outbox.next_due([lane(slot=slot())], after(minutes=1)) == after(hours=5)
    assert await titles(store, lane(slot=slot(after(hours=5))), at=after(hours=5)) == ["a"]


async def test_what_is_urgent_goes_between_the_times_and_is_not_counted_out(store: Store) -> None:
    await owe(store, "a", "b", "c", at=after(hours=-2))
    one = lane(slot=slot(), high=FLASH, high_pace=Pace(gap=timedelta(0)), urgent=FLASH)
    assert await posted(store, one, *(after(minutes=n) for n in range(3))) == ["a", "b"]
    await owe(store, "eilmeldung", feed="flash", at=after(minutes=10))
    assert await posted(store, one, after(minutes=11), after(minutes=12)) == ["eilmeldung"]


async def test_a_post_that_failed_at_its_time_is_tried_again_before_the_next(store: Store) -> None:
    await owe(store, "a", at=after(hours=-1))
    one = lane(slot=slot())
    await attempt(store, TryAgain(due=after(minutes=15), reason=WHY), one)
    assert await titles(store, one, at=after(minutes=14)) == []
    assert await store.outbox.next_due([one], after(minutes=14)) == after(minutes=15)
    assert await titles(store, one, at=after(minutes=15)) == ["a"]


async def test_a_time_that_was_missed_is_made_up_for(store: Store) -> None:
    await owe(store, "a", at=after(hours=-1))
    assert await titles(store, lane(slot=slot()), at=after(hours=3)) == ["a"]
