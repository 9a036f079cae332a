"""Moving house: everything out of one database and into another."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import NewsbotError, StoreError
from bot.models.basics import FeedId, Key
from bot.models.feeds import Validators
from bot.models.nodes import Node
from bot.models.outbox import Failed, Pace, Stopped, TryAgain, Unknown
from bot.store.engine import open_store
from bot.store.transfer.records import BadRecord
from tests.contract.store_kit import (
    DAY_START,
    MONTH_START,
    NOW,
    WHY,
    after,
    article,
    attempt,
    begun,
    charge,
    claim,
    item,
    key,
    lane,
    owe,
    poll,
    row,
    rows,
    sent,
    settle,
    states,
    story,
    tell,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.store.engine import Store
    from tests.kept import KeptStores
    from tests.standins.postgres import PostgresServer

Record = dict[str, Any]
MOVED = after(hours=2)
PAID = lane("x", "acc", account_pace=Pace(gap=timedelta(minutes=1)))


@pytest.fixture
async def new(kept_stores: KeptStores) -> Store:
    return await kept_stores.emptied(part="new")


async def live(store: Store) -> None:
    """Bring something of everything into the store."""
    validators = Validators(etag='W/"é"', last_modified="Mon", poll_hash=bytes(range(32)))
    await store.feeds.finish_poll(poll("g", validators=validators, channels=("tg", "x")))
    await store.feeds.finish_poll(poll("broken", error=WHY))
    await tell(store, story("old", owed=(), passed_over={"tg": WHY}))
    hostile = item("\ud800", title="\0 “Tin” \U0001f4f1 \udfff", link=None)
    await tell(store, story("hostile", items=(hostile,), article=article("\ud83d \0 ắ")))
    outcomes = (sent("42"), Unknown(reason=WHY), Failed(reason=WHY))
    for number, outcome in enumerate(outcomes):
        await owe(store, f"paid {number}", channel="x")
        at = after(minutes=number + 1)
        await attempt(store, outcome, PAID, at=at, price=charge(7))
    await owe(store, "later", channel="slow")
    again = TryAgain(due=after(hours=1), reason=WHY, channel_until=after(hours=1))
    await attempt(store, again, lane("slow"))
    await owe(store, "stopped", channel="dead")
    ladder = (timedelta(minutes=5),)
    await attempt(store, Stopped(scope="channel", reason=WHY, probe_after=ladder), lane("dead"))
    await store.desk.pause("feed", "paused", WHY, NOW)


async def exported(store: Store) -> list[Record]:
    records: list[Record] = []
    count = await store.portable.export(records.append)
    assert count == len(records) - 1
    return records


async def moved(here: Store, there: Store) -> None:
    head, *records = await exported(here)
    assert await there.portable.restore(head["numbers"], lambda: iter(records), MOVED) == len(
        records
    )


async def test_everything_arrives(store: Store, new: Store) -> None:
    await live(store)
    await moved(store, new)
    assert await exported(new) == await exported(store)
    assert await rows(new) == await rows(store)
    for each in (store, new):
        assert await each.desk.spent("acc", DAY_START, MONTH_START) == (14, 14)
    feeds = [FeedId(name) for name in ("f", "g", "broken", "paused")]
    assert await new.desk.feed_status(feeds) == await store.desk.feed_status(feeds)
    lanes = [lane("slow"), lane("dead"), PAID]
    assert await new.outbox.next_due(lanes, NOW) == await store.outbox.next_due(lanes, NOW)


async def test_records_of_one_table_may_name_their_columns_in_any_order(
    store: Store, new: Store
) -> None:
    await live(store)
    head, *records = await exported(store)
    for record in records[::2]:
        record["row"] = dict(reversed(record["row"].items()))
    await new.portable.restore(head["numbers"], lambda: iter(records), MOVED)
    assert await rows(new) == await rows(store)


async def test_what_is_long_gone_is_known_in_the_other_database(store: Store, new: Store) -> None:
    """Of a feed that has another id since, too."""
    own = story("gone", keys=(Key(key("gone").hash, "old"), key("shared")), owed=())
    await tell(store, own, feed="old")
    await store.thin(after(days=40), timedelta(days=30))
    await store.desk.adopt(FeedId("old"), FeedId("young"), after(days=40))
    await moved(store, new)
    mine = [Key(key("gone").hash, "young"), key("shared")]
    assert (await new.stories.known_keys(FeedId("young"), mine)).settled == set(mine)


async def test_a_state_goes_back_into_any_database(store: Store, new: Store) -> None:
    await live(new)
    await moved(new, store)
    assert await exported(store) == await exported(new)
    assert [one.items[0].title for one in await rows(store)][1:] == [
        "paid 0",
        "paid 1",
        "paid 2",
        "later",
        "stopped",
    ]


async def test_a_story_that_was_posted_is_not_posted_again(store: Store, new: Store) -> None:
    await owe(store, "a")
    await attempt(store, sent())
    await moved(store, new)
    await owe(new, "a", "b", at=after(hours=1))
    assert [one.items[0].title for one in await claim_all(new)] == ["b"]


async def claim_all(store: Store) -> list[Any]:
    await claim(store, at=after(hours=1))
    return [one for one in await rows(store) if one.state.value == "pending"]


async def test_numbers_go_on(store: Store, new: Store) -> None:
    await owe(store, "a", "b")
    for _ in range(2):
        await attempt(store, Failed(reason=WHY))
    last = (await rows(store))[-1].id
    assert await store.housekeeping(after(days=50), timedelta(days=1)) == 2
    await moved(store, new)
    await moved(new, back := open_store(":memory:", create=True))
    for each in (store, new, back):
        await owe(each, "c", at=after(days=60))
        assert (await row(each)).id == last + 1
    await back.close()


async def test_a_post_that_was_being_sent_may_be_out(store: Store, new: Store) -> None:
    for channel in ("claimed", "sending"):
        await owe(store, channel, channel=channel)
    await claim(store, lane("claimed"))
    await begun(store, lane("sending"))
    await moved(store, new)
    pending, unknown = await rows(new)
    assert (pending.state.value, pending.reason) == ("pending", None)
    assert (unknown.state.value, unknown.reason and unknown.reason.code) == (
        "unknown",
        "interrupted",
    )
    assert len(await claim(new, lane("claimed"), at=NOW)) == 1
    assert [one.value for one in await states(store)] == ["pending", "sending"]


async def test_an_interrupted_post_is_looked_for_where_it_arrives(store: Store, new: Store) -> None:
    await owe(store, "a", "b")
    await begun(store, chat=-7)
    await moved(store, new)
    assert await claim(new, at=MOVED) == [], "the next one waits for it"
    assert await new.outbox.next_due([lane()], MOVED) == MOVED
    sought = await settle(new, Unknown(reason=WHY), at=MOVED)
    assert (sought.unknown_since, sought.attempted_at, sought.searches) == (MOVED, NOW, 0)
    assert (sought.text, sought.chat) == ("tin", "-7")


async def test_a_look_in_flight_is_made_again_where_it_arrives(store: Store, new: Store) -> None:
    await owe(store, "a")
    await attempt(store, Unknown(reason=WHY, search_at=after(minutes=1)))
    (here,) = await store.outbox.claim_searches([lane()], after(minutes=1), limit=9)
    await moved(store, new)
    (there,) = await new.outbox.claim_searches([lane()], MOVED, limit=9)
    assert (there.unknown_since, there.searches) == (here.unknown_since, here.searches) == (NOW, 0)


async def test_a_look_that_waits_for_the_operator_still_does(store: Store, new: Store) -> None:
    await owe(store, "a")
    await attempt(store, Unknown(reason=WHY))
    await moved(store, new)
    assert await new.outbox.claim_searches([lane()], after(days=1), limit=9) == []


async def test_a_row_without_the_columns_of_looks_is_looked_for(store: Store, new: Store) -> None:
    """An older newsbot exported it while it was being sent."""
    await owe(store, "a")
    await begun(store)
    head, *records = await exported(store)
    for record in records:
        if record["table"] == "deliveries":
            for name in ("search_at", "unknown_since", "searches"):
                del record["row"][name]
    await new.portable.restore(head["numbers"], lambda: iter(records), MOVED)
    assert (await settle(new, Unknown(reason=WHY), at=MOVED)).searches == 0


async def test_a_state_goes_only_into_an_empty_database(store: Store, new: Store) -> None:
    await live(store)
    await owe(new, "mine")
    with pytest.raises(NewsbotError, match="is not empty: import into a new one"):
        await moved(store, new)
    assert (await row(new)).items[0].title == "mine"


class Interrupted(Exception):
    pass


async def test_a_poll_under_way_in_the_old_place_has_not_failed_in_the_new_one(
    store: Store, new: Store
) -> None:
    await store.feeds.claim_due_feeds([FeedId("f")], NOW, limit=9)
    await moved(store, new)
    (state,) = await new.feeds.claim_due_feeds([FeedId("f")], MOVED, limit=9)
    assert (state.interrupted, state.errors) == (None, 0)


async def test_an_interrupted_import_leaves_nothing(store: Store, new: Store) -> None:
    await live(new)
    head, *records = await exported(new)

    def read() -> Iterator[Record]:
        yield from records[:-1]
        raise Interrupted

    with pytest.raises(Interrupted):
        await store.portable.restore(head["numbers"], read, MOVED)
    assert await exported(store) == await exported(open_store(":memory:", create=True))
    await moved(new, store)


FEED: Record = {"id": "f", "next_poll": "2026-11-23T09:00:00Z", "errors": 0}


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"table": "feeds"},
        {"table": "none", "row": {}},
        {"table": ["feeds"], "row": {}},
        {"table": "feeds", "row": 7},
        {"table": "feeds", "row": FEED | {"colour": "red"}},
        {"table": "feeds", "row": FEED | {"id": 7}},
        {"table": "feeds", "row": FEED | {"id": None}},
        {"table": "feeds", "row": FEED | {"errors": "0"}},
        {"table": "feeds", "row": FEED | {"errors": 2**63}},
        {"table": "feeds", "row": FEED | {"errors": True}},
        {"table": "feeds", "row": FEED | {"next_poll": "soon"}},
        {"table": "feeds", "row": FEED | {"next_poll": 5}},
        {"table": "feeds", "row": FEED | {"poll_hash": "xyz"}},
        {"table": "feeds", "row": {"id": "f"}},
        {"table": "deliveries", "row": {"id": 1, "state": "gone"}},
        {
            "table": "passed_over",
            "row": {
                "story": 9,
                "channel": "c",
                "feed": "f",
                "code": "c",
                "text": "t",
                "at": FEED["next_poll"],
            },
        },
    ],
    ids=range(17),
)
async def test_a_bad_record_leaves_nothing(store: Store, record: Record) -> None:
    good = {"table": "feeds", "row": FEED | {"id": "good"}}
    with pytest.raises((BadRecord, StoreError)) as caught:
        await store.portable.restore(
            {"stories": 0, "deliveries": 0}, lambda: iter([good, record]), NOW
        )
    assert "\n" not in str(caught.value)
    assert len(await exported(store)) == 1


async def test_the_export_is_one_moments_view(shared: tuple[Store, Store]) -> None:
    here, service = shared
    await owe(here, "a")
    records: list[Record] = []

    def write(record: Record) -> None:
        if not records:
            asyncio.run(owe(service, "b"))
        records.append(record)

    await here.portable.export(write)
    titles = [one["row"]["title"] for one in records if one.get("table") == "stories"]
    assert titles == ["a"]
    assert len(await rows(service)) == 2


async def test_a_database_that_nodes_used_takes_an_old_state_and_its_queue_goes_on(
    postgres: PostgresServer,
) -> None:
    store = open_store(postgres.url(postgres.new_database()), create=True)
    await store.queue.prepare()
    node = Node(
        id="a1",
        host="may-1",
        version="1",
        roles=("poll",),
        config="",
        running=0,
        **dict.fromkeys(("config_at", "saved_at", "seen_at"), NOW),
    )
    await store.nodes.sign(node)
    await store.portable.restore({}, lambda: iter(()), NOW, schema="0010")
    assert await store.nodes.all() == [node]
    await store.queue.prepare()
    assert await store.queue.state() is not None
    await store.close()
