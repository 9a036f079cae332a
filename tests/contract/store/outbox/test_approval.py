"""Approval in the outbox: what wants it is held on every way into the queue, and decided once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import AccountId, ChannelId, DeliveryId, DeliveryState, FeedId
from bot.models.desk import Place, Ruling, Seen
from bot.models.outbox import DigestPlan, Lane, Pace, Slot, Stopped
from tests.contract.store_kit import NOW, WHY, after, owe, row, rows, states

if TYPE_CHECKING:
    from bot.store.engine import Store

S = DeliveryState
SEEN = Seen(version=0, edits=0)
TG = AccountId("tg")
ONE = DeliveryId(1)
DAY = timedelta(days=1)


def asking(*, otherwise: frozenset[FeedId] = frozenset(), asks: bool = True) -> Lane:
    gap = Pace(gap=after() - NOW)
    return Lane(channel=ChannelId("tg"), account=TG, pace=gap, asks=asks, asks_otherwise=otherwise)


async def ask(store: Store, lane: Lane | None = None) -> list[DeliveryId]:
    claimed = await store.outbox.claim_due_deliveries([lane or asking()], NOW, limit=9)
    return [one.id for one in claimed]


async def show(store: Store) -> None:
    for card in await store.cards.open():
        await store.cards.note_message(card, chat="-1", message=7, shown="ask 0", now=NOW)


async def test_a_lane_that_asks_holds_and_an_approval_lets_go(store: Store) -> None:
    await owe(store, "a")
    assert await ask(store) == []
    (held,) = await rows(store)
    assert held.state is S.HELD
    assert held.reason is not None
    assert held.reason.code == "approval"
    (card,) = await store.cards.open()
    assert (card.waits, card.message, card.delivery.id) == (True, None, held.id)
    assert await store.cards.approve(held.id, SEEN, "An", NOW) is Ruling.DONE
    assert await store.cards.approve(held.id, SEEN, "Bình", NOW) is Ruling.OVER
    assert await store.cards.skip(held.id, "quá muộn") is Ruling.OVER
    assert await ask(store) == [held.id]
    (row_,) = await rows(store)
    assert row_.approved_by == "An"


async def test_feeds_that_are_trusted_are_not_asked_about_and_the_reverse(store: Store) -> None:
    await owe(store, "a")
    trusted = frozenset({FeedId("f")})
    assert len(await ask(store, asking(otherwise=trusted))) == 1
    await store.outbox.recover(NOW)
    assert await ask(store, asking(asks=False, otherwise=trusted)) == []
    assert await states(store) == [S.HELD]


async def test_what_the_operator_asked_for_is_not_asked_about(store: Store) -> None:
    await owe(store, "a")
    await ask(store)
    (held,) = await rows(store)
    await store.desk.retry(held.id, NOW)
    assert await ask(store) == [held.id]


async def test_another_text_than_was_seen_is_not_approved(store: Store) -> None:
    await owe(store, "a")
    await ask(store)
    await show(store)
    (held,) = await rows(store)
    assert await store.cards.approve(held.id, Seen(version=9, edits=0), "An", NOW) is Ruling.CHANGED
    assert await store.cards.write_by_hand(held.id, "Của tôi", 5) is Ruling.DONE
    assert await store.cards.write_by_hand(held.id, "Của tôi", 5) is Ruling.DONE
    assert await store.cards.write_by_hand(held.id, "Cũ hơn", 4) is Ruling.DONE
    assert await store.cards.approve(held.id, SEEN, "An", NOW) is Ruling.CHANGED
    seen = Seen(version=0, edits=1)
    assert await store.cards.approve(held.id, seen, "An", NOW) is Ruling.DONE
    (claimed,) = await store.outbox.claim_due_deliveries([asking()], NOW, limit=9)
    assert claimed.hand_text == "Của tôi"


async def test_what_needs_no_approval_any_more_is_let_go(store: Store) -> None:
    await owe(store, "a")
    await ask(store)
    assert await store.cards.excuse([asking()]) == 0
    assert await store.cards.excuse([asking(asks=False)]) == 1
    assert await states(store) == [S.PENDING]


async def test_a_pause_of_the_channel_leaves_the_desk_alone(store: Store) -> None:
    await owe(store, "a")
    await ask(store)
    assert (await row(store)).state is S.HELD
    await store.desk.resume("channel", "tg")
    assert await states(store) == [S.HELD]
    assert await store.outbox.next_due([asking()], NOW) is None


async def test_each_update_is_handled_once_and_given_up_after_three_tries(store: Store) -> None:
    book = store.updates
    assert await book.take_turn(TG, NOW) == 0
    assert [await book.begin(TG, 5, NOW) for _ in range(4)] == [True, True, True, False]
    assert await book.begin(TG, 6, NOW)
    await book.end(TG, 6, NOW)
    assert not await book.begin(TG, 6, NOW)
    assert await book.take_turn(TG, NOW) == 7


async def test_chats_that_were_seen_are_kept_for_a_day_and_longer(store: Store) -> None:
    place = Place(id=-5, type="supergroup", title="Nhóm", username=None)
    await store.updates.note_places(TG, [place], NOW)
    assert await store.updates.places(TG) == [place]
    await store.updates.note_places(TG, [], after(days=3))
    assert await store.updates.places(TG) == []


async def test_one_process_reads_at_a_time(shared: tuple[Store, Store]) -> None:
    first, second = shared
    assert await first.updates.take_turn(TG, NOW) == 0
    assert await first.updates.is_read(TG, NOW)
    if not first.database.is_shared:
        # A file has one service: the lease is that of a process which is gone.
        assert await second.updates.take_turn(TG, NOW) == 0
        return
    assert await second.updates.take_turn(TG, NOW) is None
    await first.updates.leave(TG)
    assert await second.updates.take_turn(TG, NOW) == 0
    assert await first.updates.take_turn(TG, after(seconds=59)) is None
    assert await first.updates.take_turn(TG, after(seconds=61)) == 0
    # The second wakes, and ends what it had begun.
    await first.updates.end(TG, 8, after(seconds=62))
    await second.updates.end(TG, 4, after(seconds=63))
    assert await first.updates.take_turn(TG, after(seconds=64)) == 9


@pytest.mark.parametrize("deed", ["put_aside", "skip"])
async def test_nothing_is_done_to_what_does_not_wait(store: Store, deed: str) -> None:
    await owe(store, "a")
    argument = NOW if deed == "put_aside" else "why"
    assert await getattr(store.cards, deed)(ONE, argument) is Ruling.OVER


async def test_of_a_channel_that_asks_the_whole_digest_is_asked_about(store: Store) -> None:
    slot = Slot(begin=after(minutes=-1), end=after(hours=9), most=10)
    lane = replace(asking(), digests=(DigestPlan(feeds=None, slot=slot),))
    early = replace(lane, digests=(DigestPlan(feeds=None, slot=replace(slot, begin=NOW - DAY)),))
    await owe(store, "a", at=after(minutes=-5))
    await owe(store, "b", at=after(minutes=-4))
    assert await ask(store, early) == []
    assert await states(store) == [S.PENDING, S.PENDING]
    assert await ask(store, lane) == []
    assert await ask(store, lane) == []
    (card,) = await store.cards.open()
    assert [one.title for one in card.delivery.article.headlines] == ["b", "a"]
    assert await store.cards.skip(card.delivery.id, "skipped at the desk by An") is Ruling.DONE
    told = {one.reason.code for one in await rows(store) if one.reason}
    assert told == {"skipped"}
    assert set(await states(store)) == {S.DROPPED}


async def test_a_probe_of_a_pause_asks_first_too(store: Store) -> None:
    await owe(store, "a", "b")
    (claimed,) = await store.outbox.claim_due_deliveries([asking(asks=False)], NOW, limit=9)
    stopped = Stopped(scope="channel", reason=WHY, probe_after=(timedelta(minutes=5),))
    await store.outbox.finish(claimed, stopped, NOW)
    assert await ask(store, asking(asks=False)) == []
    later = after(minutes=6)
    for _ in range(2):
        assert await store.outbox.claim_due_deliveries([asking()], later, limit=9) == []
    assert claimed.id in {card.delivery.id for card in await store.cards.open()}
