"""Several machines on one PostgreSQL: what a file, which has one newsbot, never sees."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bot.errors import DatabaseMissing, StoreError
from bot.models.basics import DeliveryState, FeedId
from bot.models.outbox import Begun, TryAgain
from bot.operate.browser.index import PAGES
from bot.store.db.faults import OtherTables
from bot.store.db.lock import instance_lock
from bot.store.engine import open_store
from bot.store.outbox.attempts import read_attempt
from bot.store.outbox.own_lanes import own_lanes
from bot.store.tables.schema import REVISION, WORKS_FROM
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    attempt,
    begun,
    charge,
    claim,
    key,
    lane,
    new_only,
    owe,
    poll,
    post,
    row,
    rows,
    sent,
    states,
    story,
)
from tests.unit.operate.browser.kit import TOKEN, newsroom, visiting

if TYPE_CHECKING:
    from pathlib import Path

    from bot.models.stories import Known, Story
    from bot.store.engine import Store
    from tests.kept import KeptStores
    from tests.standins.postgres import PostgresServer

S = DeliveryState
THEIRS = (
    "INSERT INTO stories (id, feed, title, first_seen, last_seen) VALUES (7, 'g', 'theirs', 0, 0)"
)


@pytest.fixture
async def machines(kept_stores: KeptStores, server_url: str) -> tuple[Store, ...]:
    return await kept_stores.shared(server_url, 2)


@pytest.fixture
def url(server_url: str, machines: tuple[Store, Store]) -> str:
    return server_url


def alien(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection that keeps to none of newsbot's locks."""
    return psycopg.connect(url, autocommit=True)


async def test_recovering_takes_nothing_from_a_machine_that_lives(
    machines: tuple[Store, Store],
) -> None:
    living, starting = machines
    for channel in ("claimed", "sending"):
        await owe(living, channel, channel=channel)
    (claimed,) = await claim(living, lane("claimed"))
    sending = await begun(living, lane("sending"))
    assert len(await living.feeds.claim_due_feeds(["f"], NOW, limit=1, force=True)) == 1

    assert await starting.outbox.recover(after(seconds=59)) == []
    assert await states(starting) == [S.PENDING, S.SENDING]
    assert await claim(starting, lane("claimed"), at=after(seconds=59)) == []
    late = after(seconds=59)
    assert await starting.feeds.claim_due_feeds(["f"], late, limit=1, force=True) == []
    assert await living.outbox.begin(claimed.id, post("claimed"), NOW) is Begun.YES
    await living.outbox.finish(sending, sent(), NOW)
    assert (await rows(living))[1].state is S.SENT


async def test_recovering_takes_its_own_back_and_what_ran_out(
    machines: tuple[Store, Store],
) -> None:
    killed, stopping = machines
    await owe(killed, "a", channel="one")
    await owe(killed, "b", channel="two")
    theirs = await begun(killed, lane("one"))
    mine = await begun(stopping, lane("two"), at=after(seconds=30))
    interrupted = await stopping.outbox.recover(after(seconds=60))
    assert [(one.id, one.reason.code) for one in interrupted] == [
        (theirs.id, "lease_expired"),
        (mine.id, "interrupted"),
    ]
    assert await states(stopping) == [S.UNKNOWN, S.UNKNOWN]
    # The other machine was only slow: what it knows settles the matter.
    await killed.outbox.finish(theirs, TryAgain(due=NOW, reason=WHY), after(seconds=61))
    assert await states(stopping) == [S.PENDING, S.UNKNOWN]


async def test_a_post_of_a_silent_machine_is_searched_for_once(
    machines: tuple[Store, Store],
) -> None:
    silent, other = machines
    await owe(silent, "a")
    delivery = await begun(silent)
    assert await claim(other, at=after(seconds=61)) == []
    (sought,) = await other.outbox.claim_searches([lane()], after(seconds=61), limit=9)
    assert (sought.id, sought.reason.code) == (delivery.id, "lease_expired")
    assert await silent.outbox.claim_searches([lane()], after(seconds=62), limit=9) == []


async def test_a_machine_that_slept_through_its_lease_does_not_send(
    machines: tuple[Store, Store],
) -> None:
    sleeper, other = machines
    await owe(sleeper, "a")
    (delivery,) = await claim(sleeper)
    await attempt(other, sent(), at=after(minutes=5))
    # Its own idea of the time is five minutes old: the owner in the row decides.
    assert await sleeper.outbox.begin(delivery.id, post(), NOW) is Begun.LOST
    assert (await row(other)).attempts == 1


async def test_the_second_of_two_polls_decides_again(
    machines: tuple[Store, Store], url: str
) -> None:
    store, _ = machines
    seen: list[Known] = []
    wanted = new_only([story("a")])

    def decide(known: Known) -> list[Story]:
        seen.append(known)
        if len(seen) == 1:
            with alien(url) as other:
                other.execute(THEIRS)
                other.execute("INSERT INTO story_keys VALUES (%s, '', 7)", (key("a").hash,))
        return wanted(known)

    await store.feeds.finish_poll(poll("f"), [key("a")], decide)
    assert [len(known.stories) for known in seen] == [0, 1]
    assert [(one.story, one.items[0].title) for one in await rows(store)] == [(7, "a")]


async def test_a_key_of_long_ago_that_another_poll_took_meanwhile_stays_there(
    machines: tuple[Store, Store], url: str
) -> None:
    store, _ = machines
    seen: list[Known] = []
    wanted = new_only([story("a")])

    def decide(known: Known) -> list[Story]:
        seen.append(known)
        if len(seen) == 1:
            with alien(url) as other:
                other.execute(THEIRS)
                other.execute("UPDATE story_keys SET story = 7")
        return wanted(known)

    with alien(url) as other:
        other.execute("INSERT INTO story_keys VALUES (%s, '', -1)", (key("a").hash,))
    await store.feeds.finish_poll(poll("f"), [key("a")], decide)
    assert [len(known.stories) for known in seen] == [0, 1]
    assert [one.story for one in await rows(store)] == [7]


async def test_a_conflict_without_end_is_told(machines: tuple[Store, Store], url: str) -> None:
    store, _ = machines
    tries: list[int] = []

    def decide(_: Known) -> list[Story]:
        name = f"s{len(tries)}"
        tries.append(1)
        with alien(url) as other:
            other.execute("INSERT INTO story_keys VALUES (%s, '', 1)", (key(name).hash,))
        return [story(name, owed=())]

    with pytest.raises(StoreError, match="duplicate key") as caught:
        await store.feeds.finish_poll(poll("f"), [], decide)
    assert len(tries) == 5
    assert "DETAIL" not in str(caught.value)
    assert await store.desk.feed_status([FeedId("f")]) == []


async def test_a_deadlock_is_tried_again(machines: tuple[Store, Store], url: str) -> None:
    store, _ = machines
    await owe(store, "a", "b")
    first, second = [one.id for one in await rows(store)]
    update = "UPDATE deliveries SET attempts = 9 WHERE id = %s"
    with psycopg.connect(url) as other:
        other.execute("SET deadlock_timeout = '10s'")  # so that it is the store that gives way
        other.execute(update, (second,))
        pausing = asyncio.create_task(store.desk.pause("channel", "tg", WHY, NOW))
        await asyncio.to_thread(_wait_for_a_lock, url)
        await asyncio.to_thread(other.execute, update, (first,))
        other.commit()
        await pausing
    assert [one.state for one in await rows(store)] == [S.HELD, S.HELD]
    assert [one.attempts for one in await rows(store)] == [9, 9]


def _wait_for_a_lock(url: str) -> None:
    """Return when somebody waits for somebody else's transaction."""
    query = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with alien(url) as watcher:
        while watcher.execute(query).fetchone() is None:
            pass


async def test_a_lock_that_is_kept_too_long_is_told(url: str) -> None:
    impatient = open_store(f"{url}&options=-c%20lock_timeout%3D50ms", create=False)
    store = open_store(url, create=False)
    await owe(store, "a")
    with store.database.write(), pytest.raises(StoreError, match="is locked by another program"):
        await claim(impatient)
    assert len(await claim(impatient)) == 1
    await impatient.close()
    await store.close()


async def test_a_machine_that_stands_still_in_a_transaction_loses_it_before_others_give_up(
    url: str,
) -> None:
    frozen = open_store(
        f"{url}&options=-c%20idle_in_transaction_session_timeout%3D50ms", create=False
    )
    store = open_store(url, create=False)
    await owe(store, "a")

    async def stand_still() -> None:
        with frozen.database.write() as tx:
            assert len(await claim(store)) == 1
            tx.exec_driver_sql("DELETE FROM deliveries")

    with pytest.raises(StoreError, match="in which this newsbot stood still; it tries again"):
        await stand_still()
    with store.database.read() as tx:
        setting = "SELECT current_setting(%s)::interval"
        names = "idle_in_transaction_session_timeout", "lock_timeout"
        still, patience = (tx.exec_driver_sql(setting, (name,)).scalar_one() for name in names)
    assert still < patience
    assert await states(store) == [S.PENDING]
    await frozen.close()
    await store.close()


async def test_a_lost_connection_is_told_in_one_line_and_made_again(
    postgres: PostgresServer, machines: tuple[Store, Store]
) -> None:
    store, _ = machines
    await owe(store, "a")

    def cut_inside() -> None:
        with store.database.write() as tx:
            postgres.cut_connections()
            tx.exec_driver_sql("DELETE FROM deliveries")

    with pytest.raises(StoreError, match="newsbot connects again as soon as") as caught:
        await store.database.run(cut_inside)
    assert "\n" not in str(caught.value)
    assert await states(store) == [S.PENDING]
    postgres.cut_connections()  # this time between two calls: nobody notices
    assert len(await claim(store)) == 1


async def test_the_time_is_the_databases(machines: tuple[Store, Store]) -> None:
    wrong = datetime(2001, 1, 1, tzinfo=UTC)
    clocks = [await store.clock(lambda: wrong) for store in machines]
    for clock in clocks:
        await clock.read()
    told = [clock() for clock in clocks]
    assert [clock.wall for clock in clocks] == clocks
    assert abs(told[0] - told[1]) < timedelta(seconds=0.1)
    assert abs(told[0] - datetime.now(UTC)) < timedelta(seconds=1)
    assert told[0] <= clocks[0]()


def test_there_is_no_instance_lock(url: str) -> None:
    with instance_lock(url), instance_lock(url):
        pass


# --- addresses


async def test_opening_never_makes_tables(postgres: PostgresServer) -> None:
    name = postgres.new_database()
    url = postgres.url(name)
    with pytest.raises(DatabaseMissing, match=f"database {name} on .* is empty"):
        open_store(url, create=False)
    await open_store(url, create=True).close()
    await open_store(url, create=False).close()


def test_a_database_of_another_program(postgres: PostgresServer) -> None:
    name = postgres.new_database()
    with psycopg.connect(postgres.dsn(name)) as connection:
        connection.execute("CREATE TABLE bookmarks (x text)")
    with pytest.raises(StoreError, match="belongs to another program"):
        open_store(postgres.url(name), create=True)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://newsbot:s3cret@/none?host={home}", "none on .* does not exist"),
        ("postgresql://nobody:s3cret@/postgres?host={home}", "or its user"),
        ("postgresql://newsbot:s3cret@127.0.0.1:9/news", "cannot be reached; start the server"),
        ("postgresql://newsbot:s3cret@no-host.invalid/news", "cannot be reached"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_without_the_password(
    postgres: PostgresServer, address: str, told: str
) -> None:
    with pytest.raises(StoreError, match=told) as caught:
        open_store(address.format(home=postgres.home), create=True)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


# --- nobody waits for another's feeds, channels and budget


async def test_claims_are_made_while_another_machine_claims_for_other_channels(
    machines: tuple[Store, Store],
) -> None:
    store, other = machines
    for name in ("one", "two", "three"):
        await owe(store, name, channel=name)
    lanes = [lane("one", "a"), lane("two", "b"), lane("three", "a")]
    with other.database.write(beside=True) as tx:
        assert own_lanes(tx, lanes[:1]) == lanes[:1]
        # "three" waits too: both channels of an account share its rate.
        assert [one.channel for one in await claim(store, *lanes)] == ["two"]
    assert [one.channel for one in await claim(store, *lanes)] == ["one", "three"]


async def test_polls_end_while_another_machine_ends_one(machines: tuple[Store, Store]) -> None:
    store, other = machines
    with other.database.write(beside=True) as tx:
        tx.exec_driver_sql("INSERT INTO feeds (id, next_poll, errors) VALUES ('g', 0, 0)")
        await owe(store, "a")
        await store.feeds.finish_poll(poll("f"))
    assert await states(store) == [S.PENDING]


async def test_a_claimed_delivery_stays_so_until_its_attempt_is_written(
    machines: tuple[Store, Store], url: str
) -> None:
    store, other = machines
    await owe(store, "a")
    delivery = await begun(store)
    with store.database.write(beside=True) as tx:
        found = read_attempt(tx, delivery.id)
        assert found is not None
        assert found.lease_owner == store.database.owner
        taking = asyncio.create_task(claim(other, at=after(minutes=5)))
        await asyncio.to_thread(_wait_for_a_lock, url)
        assert not taking.done()
    await taking
    assert await states(store) == [S.UNKNOWN]


@pytest.mark.parametrize("beside", [True, False])
async def test_a_node_of_version_1_0_writes_while_no_node_of_this_one_does(
    machines: tuple[Store, Store], url: str, beside: bool
) -> None:
    store, _ = machines
    # Its locks for outbox, stories and feeds; it knows no others.
    locks = [0x6E657773_00000000 + part for part in (1, 2, 3)]
    ask = "SELECT pg_try_advisory_xact_lock(%s)"
    with alien(url) as former:
        with store.database.write(beside=beside):
            assert [former.execute(ask, (one,)).fetchone() for one in locks] == [(False,)] * 3
        with former.transaction():
            assert former.execute(ask, (locks[0],)).fetchone() == (True,)
            writing = asyncio.create_task(owe(store, "a"))
            await asyncio.to_thread(_wait_for_a_lock, url)
            assert not writing.done()
        await writing
    assert await states(store) == [S.PENDING]


async def test_two_machines_never_both_spend_the_last_cent(machines: tuple[Store, Store]) -> None:
    for name, store in zip(("one", "two"), machines, strict=True):
        await owe(store, name, channel=name)
    claimed = [
        (store, *await claim(store, lane(name, "acc")))
        for name, store in zip(("one", "two"), machines, strict=True)
    ]
    begun_ = await asyncio.gather(
        *(
            store.outbox.begin(one.id, post(one.channel), NOW, charge(60, per_day=100))
            for store, one in claimed
        )
    )
    assert sorted(begun_) == sorted([Begun.YES, Begun.OVER_BUDGET])


async def test_what_somebody_does_at_the_desk_of_one_machine_holds_on_the_other(
    machines: tuple[Store, Store], tmp_path: Path
) -> None:
    rooms = [newsroom(tmp_path, store) for store in machines]
    channel = next(iter(rooms[0].config.channels.values()))
    route: Any = SimpleNamespace(channel=channel, template_for=lambda _: None)
    here, there = (replace(room, routes={channel.id: route}) for room in rooms)
    await owe(machines[1], "một", channel="t")
    assert not await claim(machines[1], lane("t", asks=True))
    await owe(machines[1], "hai", "ba", channel="t", feed="g")
    async with (
        visiting(here, PAGES, token=TOKEN) as one,
        visiting(there, PAGES, token=TOKEN) as two,
    ):
        signed = await one.post(
            "/signin", data={"token": TOKEN, "name": "An"}, allow_redirects=False
        )
        two.session.cookie_jar.update_cookies(signed.cookies, two.make_url("/"))
        assert "resume-channel:t" not in await (await two.get("/")).text()
        await one.post("/pause", data={"name": "channel:t"})
        assert "resume-channel:t" in await (await two.get("/")).text()
        assert not await claim(machines[1], lane("t"))
        await two.post("/resume", data={"name": "channel:t"})
        assert "pause-channel:t" in await (await one.get("/")).text()
        await one.post(
            "/plan/edit", data={"id": "1", "version": "0", "edits": "0", "text": "của An"}
        )
        assert "của An" in await (await two.get("/plan")).text()
        await two.post("/plan/approve", data={"id": "1", "version": "0", "edits": "1"})
        await one.post("/plan/first", data={"id": "3"})
    (first,) = await claim(machines[1], lane("t"))
    await machines[1].outbox.finish(first, sent("1"), NOW)
    (second,) = await claim(machines[1], lane("t"), at=after(minutes=1))
    assert (first.article.title, second.hand_text) == ("ba", "của An")


async def test_a_release_writes_nothing_once_another_one_changed_the_tables(
    machines: tuple[Store, Store], url: str
) -> None:
    store, _ = machines
    await owe(store, "a")
    with alien(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999', works_from = '9999'")
        try:
            with pytest.raises(OtherTables, match=r"by a newer newsbot \(schema 9999\): install"):
                await claim(store)
            with pytest.raises(OtherTables):
                await owe(store, "b")
        finally:
            known = (REVISION, WORKS_FROM)
            connection.execute(
                "UPDATE alembic_version SET version_num = %s, works_from = %s", known
            )
    assert await states(store) == [S.PENDING]
