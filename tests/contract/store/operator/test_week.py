"""Ratings of posts, the facts of a week, and the messages of its summary, on every database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import AccountId, ChannelId, Reason
from bot.models.outbox import Unknown
from bot.models.reasons import ReasonCode
from bot.models.week import Reactions
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    attempt,
    charge,
    lane,
    owe,
    row,
    sent,
    story,
    tell,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.week import RatedPost
    from bot.store.engine import Store

ACC, TG = AccountId("acc"), ChannelId("tg")
CHAT = -100123


def reactions(count: int, at: datetime = NOW, message: int = 1, **parts: object) -> Reactions:
    found = Reactions(chats=(str(CHAT), "@TinMoi"), message=message, count=count, at=at)
    return replace(found, **parts)


async def posted(
    store: Store, title: str, message: int = 1, *, chat: str | int = CHAT, at: datetime = NOW
) -> None:
    await owe(store, title, at=at)
    await attempt(store, sent(str(message)), lane(account=ACC), at=at, chat=chat)


async def best(store: Store, *, at: datetime = NOW) -> list[RatedPost]:
    return await store.week.best(at, 10)


@pytest.mark.parametrize("chat", [CHAT, "@tinmoi"])
async def test_a_post_has_the_reactions_that_were_counted_last(
    store: Store, chat: str | int
) -> None:
    await posted(store, "Một", chat=chat)
    assert await store.week.note_reactions(ACC, reactions(3), after(minutes=1))
    assert await store.week.note_reactions(ACC, reactions(2, after(minutes=5)), after(minutes=6))
    (found,) = await best(store)
    assert (found.title, found.channel, found.reactions) == ("Một", TG, 2)
    assert found.url == "https://t.me/c/1"


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_counts_may_come_twice_and_in_any_order(store: Store, order: tuple[int, ...]) -> None:
    await posted(store, "Một")
    counts = [reactions(number + 1, after(minutes=number)) for number in range(3)]
    for number in (*order, *order):
        await store.week.note_reactions(ACC, counts[number], after(hours=1))
    assert [one.reactions for one in await best(store)] == [3]


async def test_only_posts_of_ours_are_rated(store: Store) -> None:
    await posted(store, "Một")
    for other in (
        reactions(9, message=2),
        reactions(9, chats=("-100999",)),
        reactions(9, chats=("1",)),
        reactions(9, at=after(days=3)),
    ):
        assert not await store.week.note_reactions(ACC, other, after(minutes=1))
    assert not await store.week.note_reactions(AccountId("other"), reactions(9), after(minutes=1))
    assert await best(store) == []


async def test_posts_are_rated_for_a_month_and_then_forgotten(store: Store) -> None:
    await posted(store, "Một")
    await store.week.note_reactions(ACC, reactions(3), after(days=29))
    assert len(await best(store)) == 1
    assert not await store.week.note_reactions(ACC, reactions(4), after(days=31))
    assert await best(store) == []


async def test_the_best_come_first_and_none_without_reactions(store: Store) -> None:
    for number, count in enumerate((2, 0, 5, 5), 1):
        at = after(minutes=number)
        await posted(store, f"Tin {number}", number, at=at)
        await store.week.note_reactions(ACC, reactions(count, at, message=number), at)
    assert [one.title for one in await best(store)] == ["Tin 4", "Tin 3", "Tin 1"]
    assert [one.title for one in await store.week.best(NOW, 2)] == ["Tin 4", "Tin 3"]
    assert [one.title for one in await best(store, at=after(minutes=4))] == ["Tin 4"]


async def test_a_retracted_post_is_not_among_the_best(store: Store) -> None:
    await posted(store, "Một")
    await store.week.note_reactions(ACC, reactions(3), NOW)
    await store.desk.retracted((await row(store)).id, NOW)
    assert await best(store) == []


async def test_a_number_beyond_all_is_kept(store: Store) -> None:
    await posted(store, "Một")
    await store.week.note_reactions(ACC, reactions(2**60), NOW)
    assert [one.reactions for one in await best(store)] == [2**53]


async def test_the_record_of_a_week_ends_where_the_next_begins(store: Store) -> None:
    why = Reason(code=ReasonCode.FILTERED, text="AI")
    at = after(days=-7), NOW, after(days=7)
    for number, moment in enumerate(at):
        await tell(store, story(f"bỏ {number}", owed=("x",), passed_over={TG: why}), at=moment)
        await owe(store, f"Tin {number}", at=moment)
        await attempt(
            store, sent(str(number)), lane(account=ACC), at=moment, price=charge(5), chat=CHAT
        )
        rated = reactions(1 + number, moment, message=number)
        await store.week.note_reactions(ACC, rated, moment)
    first = await store.week.record([TG], [ACC], at[0], NOW)
    second = await store.week.record([TG], [ACC], NOW, at[2])
    for found, moment, title in ((first, at[0], "Tin 0"), (second, NOW, "Tin 1")):
        assert [one.at for one in found.sent] == [moment]
        assert found.spent == {ACC: 5}
        assert [one.title for one in found.best] == [title]
    assert (await store.week.record([], [], NOW, at[2])).sent == ()


async def test_what_a_filter_kept_out_counts_in_its_week(store: Store) -> None:
    why = Reason(code=ReasonCode.FILTERED, text="AI")
    for number, days in enumerate((-7, -6, 1)):
        at = after(days=days)
        await tell(store, story(f"bỏ {number}", owed=("x",), passed_over={TG: why}), at=at)
    found = await store.week.record([], [], after(days=-8), NOW)
    assert found.filtered == {TG: 2}
    assert (found.merged, found.best) == (0, ())


async def test_what_waits_for_the_operator_is_in_the_record(store: Store) -> None:
    await owe(store, "Một")
    await attempt(store, Unknown(reason=WHY), lane(account=ACC))
    found = await store.week.record([TG], [], after(days=-1), after(days=1))
    assert (found.unknown, found.failed) == ({TG: 1}, {})


async def test_a_message_of_the_summary_is_claimed_once(store: Store) -> None:
    assert await store.week.claim(NOW, "text", NOW)
    assert not await store.week.claim(NOW, "text", after(days=1))
    assert await store.week.outcomes(NOW) == {"text": "sending"}
    await store.week.end(NOW, "text", "sent")
    assert not await store.week.claim(NOW, "text", after(days=1))
    assert await store.week.claim(NOW, "picture", NOW)
    await store.week.end(NOW, "picture", "failed", "PHOTO_INVALID")
    assert await store.week.outcomes(NOW) == {"text": "sent", "picture": "failed"}
    assert await store.week.claim(after(days=7), "text", after(days=7))


async def test_what_was_certainly_not_sent_may_be_claimed_again(store: Store) -> None:
    assert await store.week.claim(NOW, "text", NOW)
    await store.week.release(NOW, "text")
    assert await store.week.claim(NOW, "text", NOW)


async def test_of_two_machines_one_gets_the_summary(shared: tuple[Store, Store]) -> None:
    claims = [store.week.claim(NOW, "text", NOW) for store in shared * 3]
    assert sorted(await asyncio.gather(*claims)) == [False] * 5 + [True]


async def test_a_new_store_has_no_week_behind_it(store: Store) -> None:
    assert not await store.week.had_begun(NOW)
    await owe(store, "Một")
    assert not await store.week.had_begun(NOW)
    assert await store.week.had_begun(after(seconds=1))
