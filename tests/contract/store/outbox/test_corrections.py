"""Posts whose story changed after it was told: which of them are brought in line, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import ChannelId, DeliveryState, Reason
from bot.models.outbox import Edited, LeftAlone, Pace, TryAgain, Unknown
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    article,
    attempt,
    begun,
    claim,
    item,
    lane,
    owe,
    row,
    sent,
    story,
    tell,
    titles,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.outbox import Correction, Lane
    from bot.store.engine import Store

WINDOW = timedelta(hours=12)
MINUTE = timedelta(minutes=1)
FORUM = (("one", "-77"), ("topic", "-77"), ("other", "-78"))


async def correct(store: Store, title: str = "A!", *, at: datetime, **keys: object) -> None:
    told = {"items": (item("a", title=title),), "article": article(title), "is_corrected": True}
    await tell(store, story("a", **told | keys), at=at)


async def outdated(store: Store, *lanes: object, at: datetime) -> list[Correction]:
    return await store.outbox.claim_corrections(lanes or [lane()], at, within=WINDOW)


async def posted(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, sent("42"))


async def test_a_corrected_story_is_edited_once(store: Store) -> None:
    await posted(store)
    await correct(store, at=after(minutes=1))
    (correction,) = await outdated(store, at=after(minutes=2))
    assert correction.delivery.article.title == "A!"
    assert (correction.remote_id, correction.text, correction.sent_at) == ("42", "tin", NOW)
    await store.outbox.finish_correction(correction, Edited(text="new"))
    only = await row(store)
    assert (only.state, only.text, only.attempts) == (DeliveryState.SENT, "new", 1)
    assert await outdated(store, at=after(minutes=3)) == []
    await correct(store, "A!!", at=after(minutes=4))
    assert len(await outdated(store, at=after(minutes=5))) == 1


async def test_an_edit_goes_to_the_chat_where_the_post_stands(store: Store) -> None:
    """The ids of messages count by chat: in another one the same id is another's post."""
    await owe(store, "a")
    await attempt(store, sent("42"), lane(chat="@test"), chat="@test")
    await correct(store, at=after(minutes=1))
    (correction,) = await outdated(store, lane(chat="@real"), at=after(minutes=2))
    assert (correction.chat, correction.is_left_behind) == ("@test", False)


async def test_an_edit_does_not_follow_a_chat_that_moved(store: Store) -> None:
    group = lane(chat="-500")
    await owe(store, "a")
    await attempt(store, sent("42"), group, chat="-500")
    await owe(store, "b")
    moved = TryAgain(due=after(minutes=1), reason=WHY, chat=-100600)
    await attempt(store, moved, group, at=after(minutes=1), chat="-500")
    await attempt(store, sent("42"), group, at=after(minutes=1), chat=-100600)
    await correct(store, at=after(minutes=2))
    (before,) = await outdated(store, group, at=after(minutes=3))
    assert (before.chat, before.is_left_behind) == ("-500", True)
    await store.outbox.finish_correction(before, LeftAlone(reason=WHY))
    items = (item("b", title="B!"),)
    after_it = story("b", items=items, article=article("B!"), is_corrected=True)
    await tell(store, after_it, at=after(minutes=4))
    (behind,) = await outdated(store, group, at=after(minutes=5))
    assert (behind.chat, behind.is_left_behind) == ("-100600", False)


async def test_an_unchanged_story_is_left_alone(store: Store) -> None:
    await posted(store)
    await correct(store, at=after(minutes=1), is_corrected=False)
    assert await outdated(store, at=after(minutes=2)) == []


async def test_a_post_sent_after_the_correction_needs_none(store: Store) -> None:
    await owe(store, "a")
    await correct(store, at=after(minutes=1))
    await attempt(store, sent(), at=after(minutes=2))
    assert await outdated(store, at=after(minutes=3)) == []


async def test_a_correction_between_claim_and_post_is_not_missed(store: Store) -> None:
    await owe(store, "a")
    (delivery,) = await claim(store)
    await correct(store, at=NOW)
    await store.outbox.finish(delivery, sent(), after(seconds=1))
    assert len(await outdated(store, at=after(minutes=1))) == 1


async def test_a_correction_while_the_outcome_is_unknown_comes_later(store: Store) -> None:
    await owe(store, "a")
    delivery = await begun(store)
    await store.outbox.finish(delivery, Unknown(reason=WHY), NOW)
    await correct(store, at=after(minutes=1))
    assert await outdated(store, at=after(minutes=2)) == []
    await store.outbox.finish(delivery, sent(), after(minutes=3))
    assert len(await outdated(store, at=after(minutes=4))) == 1


@pytest.mark.parametrize(("hours", "count"), [(11, 1), (13, 0)])
async def test_a_correction_counts_within_the_window_alone(
    store: Store, hours: int, count: int
) -> None:
    await posted(store)
    await correct(store, at=after(hours=hours))
    assert len(await outdated(store, at=after(hours=hours, minutes=1))) == count


async def test_left_alone_is_not_asked_again(store: Store) -> None:
    await posted(store)
    await correct(store, at=after(minutes=1))
    (correction,) = await outdated(store, at=after(minutes=2))
    await store.outbox.finish_correction(correction, LeftAlone(reason=WHY))
    assert await outdated(store, at=after(minutes=3)) == []
    assert (await row(store)).text == "tin"


async def fail(store: Store, again: TryAgain, *lanes: object, at: datetime) -> Correction:
    (correction,) = await outdated(store, *lanes, at=at)
    await store.outbox.finish_correction(correction, again)
    return correction


async def test_a_failed_edit_comes_again_when_it_is_due(store: Store) -> None:
    await posted(store)
    await correct(store, at=after(minutes=1))
    await fail(store, TryAgain(due=after(minutes=9), reason=WHY), at=after(minutes=2))
    assert await outdated(store, at=after(minutes=8)) == []
    (correction,) = await outdated(store, at=after(minutes=9))
    assert correction.tries == 2


async def test_a_failed_edit_keeps_neither_posts_nor_other_edits_waiting(store: Store) -> None:
    await posted(store)
    await owe(store, "b")
    await attempt(store, sent("43"), at=after(seconds=1))
    await correct(store, at=after(minutes=1))
    await fail(store, TryAgain(due=after(hours=1), reason=WHY), at=after(minutes=2))
    await tell(
        store,
        story("b", items=(item("b", title="B!"),), article=article("B!"), is_corrected=True),
        at=after(minutes=2),
    )
    (other,) = await outdated(store, at=after(minutes=3))
    await store.outbox.finish_correction(other, Edited(text="new"))
    assert other.remote_id == "43"
    await owe(store, "c")
    assert await titles(store, at=after(minutes=3)) == ["c"]


@pytest.mark.parametrize("scope", ["channel", "account"])
async def test_a_flood_wait_of_an_edit_silences_whom_it_is_about(store: Store, scope: str) -> None:
    one, other = lane("tg", "acc"), lane("tg2", "acc")
    await owe(store, "a")
    await attempt(store, sent("42"), one)
    await correct(store, at=after(minutes=1))
    until = after(minutes=9)
    again = TryAgain(due=until, reason=WHY, **{f"{scope}_until": until})  # type: ignore[arg-type]
    await fail(store, again, one, at=after(minutes=2))
    await owe(store, "b")
    await owe(store, "c", channel="tg2")
    free = [] if scope == "account" else ["c"]
    assert await titles(store, one, other, at=after(minutes=8)) == free


async def test_a_flood_wait_of_an_edit_silences_all_channels_of_the_chat(store: Store) -> None:
    """Telegram counts by chat; the topics of a forum are channels of their own here."""
    one, topic, other = (lane(name, "tg", chat=chat) for name, chat in FORUM)
    await owe(store, "a", channel="one")
    await attempt(store, sent("42"), one, chat="-77")
    await correct(store, at=after(minutes=1))
    until = after(minutes=9)
    again = TryAgain(due=until, reason=WHY, channel_until=until)
    await fail(store, again, one, at=after(minutes=2))
    await owe(store, "b", channel="topic")
    await owe(store, "c", channel="other")
    assert await titles(store, one, topic, other, at=after(minutes=8)) == ["c"]
    assert await titles(store, one, topic, at=until) == ["b"]


async def test_an_edit_is_tried_ten_times_whatever_becomes_of_it(store: Store) -> None:
    await posted(store)
    await correct(store, at=after(minutes=1))
    tries = []
    for minute in range(2, 60):
        for correction in await outdated(store, at=after(minutes=minute)):
            tries.append(correction.tries)
            again = TryAgain(due=after(minutes=minute), reason=WHY)
            await store.outbox.finish_correction(correction, again)
    assert tries == list(range(1, 11))


async def test_an_edit_whose_process_dies_is_tried_ten_times_too(store: Store) -> None:
    await posted(store)
    await correct(store, at=after(minutes=1))
    tries = 0
    for minute in range(2, 60):
        tries += len(await outdated(store, at=after(minutes=minute)))
        await claim(store, at=after(minutes=minute, seconds=59))
        await claim(store, at=after(minutes=minute + 1))  # ends the lease
    assert tries == 10


async def test_a_correction_that_needs_no_edit_is_no_try(store: Store) -> None:
    await posted(store)
    for minute in range(30):
        await correct(store, f"A {minute}", at=after(minutes=minute))
        (correction,) = await outdated(store, at=after(minutes=minute))
        assert correction.tries == 1
        await store.outbox.finish_correction(correction, LeftAlone())


async def test_the_operators_windows_do_not_hold_edits_back(store: Store) -> None:
    await posted(store)
    await correct(store, at=after(seconds=5))
    full = lane(pace=Pace(gap=MINUTE, windows=((timedelta(hours=9), 1),)))
    assert await outdated(store, full, at=after(seconds=59)) == []
    assert len(await outdated(store, full, at=after(seconds=60))) == 1


async def test_a_lane_that_is_free_soon_is_edited_then(store: Store) -> None:
    await posted(store)
    await owe(store, "b", feed="g")
    paced = lane(pace=Pace(gap=MINUTE))
    await correct(store, at=after(seconds=5))
    soon = timedelta(seconds=1)
    (correction,) = await store.outbox.claim_corrections(
        [paced], after(seconds=59), within=WINDOW, ahead=soon
    )
    assert correction.delivery.start == after(seconds=60)
    await store.outbox.finish_correction(correction, Edited(text="new"))
    assert await titles(store, paced, at=after(seconds=119)) == []
    assert await titles(store, paced, at=after(seconds=120)) == ["b"]


async def test_a_correction_never_shown_is_reported_once_when_the_window_ends(store: Store) -> None:
    await posted(store)
    await correct(store, at=after(hours=1))
    windows = {ChannelId("tg"): WINDOW, ChannelId("other"): timedelta(minutes=1)}
    assert await store.outbox.end_corrections(windows, after(hours=11)) == []
    (never,) = await store.outbox.end_corrections(windows, after(hours=12))
    assert (never.channel, never.title) == ("tg", "A!")
    assert await store.outbox.end_corrections(windows, after(hours=13)) == []


async def test_corrections_after_the_window_or_shown_ones_are_not_reported(store: Store) -> None:
    await posted(store)
    await correct(store, at=after(hours=1))
    (correction,) = await outdated(store, at=after(hours=1))
    await store.outbox.finish_correction(correction, Edited(text="new"))
    windows = {ChannelId("tg"): WINDOW}
    assert await store.outbox.end_corrections(windows, after(hours=12)) == []
    await correct(store, "A!!", at=after(hours=13))
    assert await store.outbox.end_corrections(windows, after(hours=14)) == []
    assert await store.outbox.end_corrections({}, after(hours=14)) == []


async def test_an_edit_keeps_to_the_pace(store: Store) -> None:
    await posted(store)
    await owe(store, "b", feed="g")
    paced = lane(pace=Pace(gap=MINUTE))
    await correct(store, at=after(seconds=5))
    assert await outdated(store, paced, at=after(seconds=59)) == []
    (correction,) = await outdated(store, paced, at=after(seconds=60))
    await store.outbox.finish_correction(correction, Edited(text="new"))
    assert await titles(store, paced, at=after(seconds=119)) == []
    assert await titles(store, paced, at=after(seconds=120)) == ["b"]


async def test_paused_and_quiet_channels_are_not_edited(store: Store) -> None:
    await posted(store)
    await correct(store, at=after(minutes=1))
    assert await outdated(store, lane(is_quiet=True), at=after(minutes=2)) == []
    await store.desk.pause("channel", "tg", Reason(code="operator", text="stop"), NOW)
    assert await outdated(store, at=after(minutes=2)) == []
    await store.desk.resume("channel", "tg")
    assert len(await outdated(store, at=after(minutes=2))) == 1


async def test_a_text_that_changes_with_each_poll_is_not_followed_for_ever(store: Store) -> None:
    await posted(store)
    edits = 0
    for number in range(30):
        await correct(store, f"A {number}", at=after(minutes=number))
        for correction in await outdated(store, at=after(minutes=number)):
            await store.outbox.finish_correction(correction, Edited(text=f"{number}"))
            edits += 1
    assert edits == 10


async def test_a_lost_edit_is_made_again(store: Store) -> None:
    await posted(store)
    await correct(store, at=after(minutes=1))
    await outdated(store, at=after(minutes=2))
    await claim(store, at=after(minutes=4))  # ends the lease
    assert len(await outdated(store, at=after(minutes=4))) == 1


async def next_edit(store: Store, *lanes: Lane, at: datetime) -> datetime | None:
    return await store.outbox.next_correction(lanes or [lane()], at, within=WINDOW)


async def test_the_next_edit_waits_for_the_lane_and_for_its_own_time(store: Store) -> None:
    await posted(store)
    assert await next_edit(store, at=after(minutes=1)) is None
    await correct(store, at=after(minutes=1))
    assert await next_edit(store, at=after(minutes=2)) == after(minutes=2)
    slow = lane(pace=Pace(gap=timedelta(minutes=5)))
    assert await next_edit(store, slow, at=after(minutes=2)) == after(minutes=5)
    assert await next_edit(store, lane("other"), at=after(minutes=2)) is None
    (correction,) = await outdated(store, at=after(minutes=6))
    again = TryAgain(due=after(minutes=9), reason=WHY)
    await store.outbox.finish_correction(correction, again)
    assert await next_edit(store, at=after(minutes=7)) == after(minutes=9)


async def test_no_edit_comes_next_in_quiet_hours_in_a_pause_or_after_the_window(
    store: Store,
) -> None:
    await posted(store)
    await correct(store, at=after(minutes=1))
    assert await next_edit(store, lane(is_quiet=True), at=after(minutes=2)) is None
    assert await next_edit(store, at=after(hours=12)) is None
    await store.desk.pause("channel", "tg", WHY, after(minutes=1))
    assert await next_edit(store, at=after(minutes=2)) is None
