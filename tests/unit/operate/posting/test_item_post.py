"""`newsbot post --item`: which story is meant, and when it may be sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import ChatMoved, NewsbotError, OutcomeUnknown, Rejected, Throttled, Unauthorized
from bot.models.basics import DeliveryId, FeedId, Platform, Reason
from bot.models.outbox import Dropped, Failed, Sent, Unknown
from bot.models.pictures import Unfit
from bot.models.posts import Receipt
from bot.models.settings import Feed
from bot.models.stories import Article
from bot.operate.posting.at_once import claimed, store_proof
from bot.operate.posting.item_post import Wanted, find_one, send_item
from bot.operate.posting.retract import retract
from bot.operate.posting.test_post import send_test
from bot.store.engine import open_store
from tests.away import LOCKED, Away, LateOutbox, outbox_on
from tests.pipeline.kit import FakePictures
from tests.unit.operate.posting.kit import Bench

if TYPE_CHECKING:
    from pathlib import Path

    from bot.errors import PublishError
    from bot.models.outbox import Outcome
    from bot.store.engine import Store

WHY = Reason(code="why", text="because")


async def post_item(bench: Bench, text: str) -> str:
    bench.time += timedelta(minutes=1)
    trace = await find_one(bench.store, text)
    article = await bench.store.desk.article(trace.id) or Article(title="đọc lại")
    wanted = Wanted(story=trace.id, article=article)
    return await send_item(wanted, bench.route, bench.store, bench.now)


async def refusal(bench: Bench, text: str) -> str:
    with pytest.raises(NewsbotError) as caught:
        await post_item(bench, text)
    assert caught.value.exit_code == 1
    return str(caught.value)


# --- which story


@pytest.mark.parametrize(
    "text", ["https://example.org/tin 1", "tin 1", "TIN 1", " tin 1 ", "Tín 1"]
)
async def test_an_exact_match_wins(store: Store, text: str) -> None:
    bench = Bench(store)
    await bench.show("tin 1", "tin 10", "tin 11")
    assert (await find_one(store, text)).title == "tin 1"


async def test_several_are_listed(store: Store) -> None:
    bench = Bench(store)
    await bench.show(*(f"bài {n}" for n in range(7)))
    assert (await refusal(bench, "bai")).splitlines() == [
        "'bai' means several items: use the link of one",
        *(f"  bài {n}: https://example.org/bài {n}" for n in (6, 5, 4, 3, 2)),
        "  and 2 more",
    ]
    assert bench.site.sent == []


@pytest.mark.parametrize("text", ["khác", "", "  "])
async def test_nothing_matches(store: Store, text: str) -> None:
    bench = Bench(store)
    await bench.show("bài")
    assert "nothing matches" in await refusal(bench, text)


# --- when it may be sent


async def test_a_queued_delivery_is_sent_at_once_and_once(store: Store) -> None:
    bench = Bench(store)
    await bench.show("first", "second")
    assert await post_item(bench, "second") == "sent to tin: https://t.me/tin/1"
    assert bench.site.sent == ["second"]
    assert await bench.states() == ["pending", "sent"]
    await bench.attempt()
    assert bench.site.sent == ["second", "first"]


async def test_a_sent_delivery_is_refused_with_its_time(store: Store) -> None:
    bench = Bench(store)
    await bench.posted("a")
    said = await refusal(bench, "a")
    assert "channel tin was sent this story on 2026-11-23 09:01 UTC (https://t.me/tin/1)" in said
    assert bench.site.sent == ["a"]


async def test_a_retracted_delivery_may_be_sent_again(store: Store) -> None:
    bench = Bench(store)
    await bench.posted("a")
    assert [one async for one in retract(bench.route, store, bench.now, last=1)]
    assert await post_item(bench, "a") == "sent to tin: https://t.me/tin/2"
    (row,) = await bench.rows()
    assert (row.state, row.remote_id, row.reason) == ("sent", "2", None)


async def test_a_retracted_post_is_no_proof_of_the_next(store: Store) -> None:
    bench = Bench(store)
    await bench.posted("a")
    assert [one async for one in retract(bench.route, store, bench.now, last=1)]
    bench.site.faults.append(Rejected("bad_request", "no"))
    assert "no" in await refusal(bench, "a")
    (row,) = await bench.rows()
    assert (row.state, row.remote_id, row.url, row.sent_at) == ("failed", None, None, None)


@pytest.mark.parametrize("outcome", [Failed(reason=WHY), Dropped(reason=WHY)])
async def test_the_delivery_that_ended_is_used_again(store: Store, outcome: Outcome) -> None:
    bench = Bench(store)
    await bench.show("a")
    number = await bench.attempt(outcome)
    await post_item(bench, "a")
    (row,) = await bench.rows()
    assert (row.id, row.state, row.attempts) == (number, "sent", 2)


async def test_an_unknown_delivery_is_left_to_the_operator(store: Store) -> None:
    bench = Bench(store)
    await bench.show("a")
    await bench.attempt(Unknown(reason=WHY))
    said = await refusal(bench, "a")
    assert "`newsbot retry 1` sends it again, `newsbot drop 1` gives it up" in said
    assert bench.site.sent == []
    await store.desk.drop(DeliveryId(1), bench.time)
    assert await post_item(bench, "a") == "sent to tin: https://t.me/tin/1"


async def test_a_delivery_held_by_a_storm_may_be_sent_alone(store: Store) -> None:
    bench = Bench(store)
    await bench.show("a", "b", held=Reason(code="storm", text="too much"))
    assert await post_item(bench, "a") == "sent to tin: https://t.me/tin/1"
    assert await bench.states() == ["sent", "held"]


async def test_a_paused_channel_refuses(store: Store) -> None:
    bench = Bench(store)
    await bench.show("a")
    await store.desk.pause("channel", "tin", WHY, bench.time)
    said = await refusal(bench, "a")
    assert said == "channel tin is paused (because): `newsbot resume channel:tin`"
    assert await bench.states() == ["held"]
    await store.desk.resume("channel", "tin")
    assert await post_item(bench, "a") == "sent to tin: https://t.me/tin/1"


async def test_a_paused_account_refuses_before_anything_changes(store: Store) -> None:
    bench = Bench(store, platform=Platform.X)
    await bench.show("a")
    await store.desk.pause("account", "x", WHY, bench.time)
    assert "account x is paused" in await refusal(bench, "a")
    (row,) = await bench.rows()
    assert (row.state, row.attempts, row.due) == ("pending", 0, row.created_at)


async def test_an_item_that_was_passed_over_is_read_again(store: Store) -> None:
    bench = Bench(store)
    await bench.show("old", owed=False)
    assert await post_item(bench, "old") == "sent to tin: https://t.me/tin/1"
    assert bench.site.sent == ["đọc lại"]
    assert "was sent this story" in await refusal(bench, "old")


async def test_the_feeds_private_hosts_are_those_of_its_picture(store: Store) -> None:
    bench, pictures = Bench(store), FakePictures(Unfit(reason=WHY))
    bench.route = replace(bench.route, pictures=pictures)
    await bench.show("old", owed=False)
    bench.time += timedelta(minutes=1)
    wanted = Wanted(
        story=(await find_one(store, "old")).id,
        article=Article(title="old", image="http://10.0.0.1/1.jpg"),
        feed=Feed(id=FeedId("vn"), url="http://10.0.0.1/rss", allow_hosts=("10.0.0.1",)),
    )
    await send_item(wanted, bench.route, store, bench.now)
    assert pictures.asked == [("http://10.0.0.1/1.jpg", ("10.0.0.1",))]


async def test_a_story_told_in_a_digest_is_refused(store: Store) -> None:
    bench = Bench(store)
    await bench.show("a", "b")
    digest = await folded(bench)
    await bench.attempt()
    assert (await bench.rows())[-1].id == digest
    assert "was sent this story among others on 2026-11-23" in await refusal(bench, "a")


async def test_a_story_leaves_the_digest_that_waits_and_an_empty_one_goes(store: Store) -> None:
    bench = Bench(store)
    await bench.show("a", "b")
    await folded(bench)
    await post_item(bench, "a")
    assert await bench.states() == ["sent", "dropped", "pending"]
    await store.desk.retry(DeliveryId(2), bench.time)
    assert await bench.states() == ["sent", "pending", "dropped"]


async def test_folded_stories_of_a_retracted_digest_stay_dropped(store: Store) -> None:
    bench = Bench(store)
    await bench.show("a", "b")
    await folded(bench)
    await bench.attempt()
    (one,) = [one async for one in retract(bench.route, store, bench.now, last=1)]
    assert one.post.title == "b; a"
    assert await bench.states() == ["dropped", "dropped", "retracted"]
    assert await bench.claim() == []


# --- what comes of it


async def test_a_refused_picture_is_left_out_at_once(store: Store) -> None:
    bench = Bench(store)
    await bench.show("a")
    for part in ("image", "buttons"):
        bench.site.faults.append(Rejected(f"bad_{part}", "no", part=part))
    assert await post_item(bench, "a") == "sent to tin: https://t.me/tin/1"
    (row,) = await bench.rows()
    assert row.attempts == 3


async def test_a_chat_that_moved_is_followed_at_once(store: Store) -> None:
    bench = Bench(store)
    await bench.show("a", "b")
    bench.site.faults.append(ChatMoved("chat_moved", "new id", chat=-1001))
    await post_item(bench, "a")
    await post_item(bench, "b")
    assert bench.site.chats == [-1001, -1001]


@pytest.mark.parametrize(
    ("fault", "said", "state"),
    [
        (Rejected("bad_request", "no"), "channel tin: no", "failed"),
        (
            Throttled("flood", "slow", wait=timedelta(minutes=9)),
            "channel tin: slow; delivery 1 will be tried again",
            "pending",
        ),
        (
            OutcomeUnknown("no_answer", "broke"),
            "channel tin: broke; delivery 1 may have arrived all the same",
            "unknown",
        ),
        (
            Unauthorized("forbidden", "kicked", scope="channel"),
            "channel tin: kicked; delivery 1 is held",
            "held",
        ),
    ],
)
async def test_the_fault_is_told(store: Store, fault: PublishError, said: str, state: str) -> None:
    bench = Bench(store)
    await bench.show("a")
    bench.site.faults.append(fault)
    assert await refusal(bench, "a") == said
    assert await bench.states() == [state]


async def test_a_flood_wait_holds_for_the_operator_too(store: Store) -> None:
    bench = Bench(store)
    await bench.show("a", "b")
    bench.site.faults.append(Throttled("flood", "slow", wait=timedelta(minutes=9)))
    await refusal(bench, "a")
    assert "channel tin rests until 2026-11-23 09:10:00 UTC" in await refusal(bench, "b")
    assert bench.site.sent == []


async def test_the_budget_holds(store: Store) -> None:
    bench = Bench(store, platform=Platform.X)
    await bench.show("a", "b")
    assert await post_item(bench, "a") == "sent to tin: https://t.me/tin/1, cost 0.015 USD"
    bench.cut_budget()
    said = await refusal(bench, "b")
    assert "the budget of account x is spent" in said
    assert said.endswith("delivery 2 is held")
    assert await bench.spent() == 15_000


async def test_a_channel_that_is_posted_to_is_waited_for(store: Store) -> None:
    bench = Bench(store)
    await bench.show("a", "b")
    await bench.claim()
    trace = await find_one(store, "b")

    async def claim() -> None:
        article = Article(title="b")
        return await store.outbox.owe_story(trace.id, article, bench.channel, bench.time)

    with pytest.raises(NewsbotError, match="channel tin is busy with another post"):
        await claimed(claim, bench.route, patience=1)
    assert await bench.states() == ["pending", "pending"]


async def test_a_test_post_says_where_it_is(store: Store) -> None:
    bench = Bench(store)
    assert await send_test(bench.route, store, bench.now) == "sent to tin: https://t.me/tin/1"
    assert bench.site.sent == ["newsbot: bài đăng thử (09:00:00)"]
    await store.desk.pause("channel", "tin", WHY, bench.time)
    with pytest.raises(NewsbotError, match=r"channel tin is paused .*`newsbot resume channel:tin`"):
        await send_test(bench.route, store, bench.now)
    assert await bench.states() == ["sent"]


@pytest.mark.parametrize(
    ("fault", "said", "state"),
    [
        (
            Throttled("flood", "slow", wait=timedelta(minutes=9)),
            "channel tin: slow; nothing was sent: try again at 2026-11-23 09:09:00 UTC",
            "dropped",
        ),
        (
            Unauthorized("forbidden", "kicked", scope="channel"),
            "channel tin: kicked; nothing was sent: mend that, then try again",
            "dropped",
        ),
        (Rejected("bad_request", "no"), "channel tin: no; nothing was sent", "dropped"),
        (
            OutcomeUnknown("no_answer", "broke"),
            "channel tin: broke; delivery 1 may have arrived all the same",
            "unknown",
        ),
    ],
)
async def test_a_test_post_goes_out_at_once_or_never(
    store: Store, fault: PublishError, said: str, state: str
) -> None:
    bench = Bench(store)
    bench.site.faults.append(fault)
    with pytest.raises(NewsbotError) as caught:
        await send_test(bench.route, store, bench.now)
    assert str(caught.value) == said
    assert await bench.states() == [state]


async def test_a_refused_test_post_names_the_pause_that_it_left(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.db", create=True)
    bench = Bench(store)
    bench.site.faults.append(Unauthorized("no_rights", "make it one", scope="channel"))
    try:
        with pytest.raises(NewsbotError) as caught:
            await send_test(bench.route, store, bench.now)
        assert str(caught.value) == (
            "channel tin: make it one; nothing was sent: mend that, `newsbot resume channel:tin`, "
            "then try again"
        )
        assert await store.desk.resume("channel", "tin")
        assert (await send_test(bench.route, store, bench.now)).startswith("sent to tin")
    finally:
        await store.close()


async def test_a_test_post_follows_a_chat_and_leaves_refused_parts_out(store: Store) -> None:
    bench = Bench(store)
    bench.site.faults.append(ChatMoved("chat_moved", "new id", chat=-1001))
    bench.site.faults.append(Rejected("bad_buttons", "no", part="buttons"))
    await send_test(bench.route, store, bench.now)
    assert bench.site.chats == [-1001]
    assert await bench.states() == ["dropped", "dropped", "sent"]


async def test_a_test_post_that_is_interrupted_is_not_sent_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(store, platform=Platform.X, link="budget")

    async def spent(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(store.outbox, "spent", spent)
    with pytest.raises(asyncio.CancelledError):
        await send_test(bench.route, store, bench.now)
    assert await bench.states() == ["dropped"]


async def test_a_pause_that_comes_in_between_is_named(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(store, platform=Platform.X, link="budget")
    await bench.show("a")

    async def spent(*_: object) -> tuple[int, int]:
        await store.desk.pause("account", "x", WHY, bench.time)
        return 0, 0

    monkeypatch.setattr(store.outbox, "spent", spent)
    assert await refusal(bench, "a") == (
        "channel tin: not sent: account x is paused (because): `newsbot resume account:x`"
    )
    assert await bench.states() == ["held"]


async def folded(bench: Bench) -> DeliveryId:
    """Let what waits be posted in a digest, as after an outage; return the digest."""
    bench.backlog(newest=0, most=0)
    bench.time += timedelta(minutes=2)
    assert await bench.claim() == []
    bench.time += timedelta(minutes=2)
    digest = (await bench.rows())[-1]
    assert digest.state == "pending"
    return digest.id


# --- a database that is locked when the proof arrives


async def test_proof_that_comes_while_the_database_is_locked_is_stored_at_the_next_try(
    store: Store,
) -> None:
    store.outbox = LateOutbox(store.database)
    bench = Bench(store)
    await bench.show("a")
    assert await post_item(bench, "a") == "sent to tin: https://t.me/tin/1"
    assert await bench.states() == ["sent"]


async def test_a_post_that_is_out_and_not_stored_is_told_so(store: Store, tmp_path: Path) -> None:
    away = Away(store.database, tmp_path / "news.db")
    store.outbox = outbox_on(away)
    bench = Bench(store)
    await bench.show("a")
    (delivery,) = await bench.claim()
    away.fault = LOCKED
    await store.outbox.finish(delivery, Sent(receipt=Receipt(remote_id="1")), bench.time)
    with pytest.raises(NewsbotError) as refused:
        await store_proof(store, "sent to tin: 1", tries=1)
    said = str(refused.value)
    assert said.startswith("sent to tin: 1; but that is not stored: database is locked")
    assert "a file beside the database holds the proof" in said
