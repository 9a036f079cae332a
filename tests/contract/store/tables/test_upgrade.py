"""A database of an earlier version, with deliveries in every state, as today's program finds it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, insert

from bot.errors import NewsbotError
from bot.models.basics import ChannelId, DeliveryState, FeedId, Reason
from bot.models.outbox import Unknown
from bot.store.db.address import parse_address
from bot.store.db.database import Database
from bot.store.engine import open_store
from bot.store.migrations import SCRIPTS
from bot.store.tables.columns import EPOCH
from bot.store.tables.schema import feeds
from bot.store.transfer.copying import write_numbers
from tests.contract.store.stories.test_adopt import ENTRIES, FEED, NEW, OLD, RENAMED, entry, show
from tests.contract.store_kit import NOW, WHY, after, charge, claim, lane, rows, settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy import Connection

    from bot.store.engine import Store
    from tests.standins.postgres import PostgresServer

S = DeliveryState
SAMPLE = Path(__file__).with_name("samples") / "v0002.jsonl"
LATER = after(hours=3)
"""After every wait that the sample holds."""
LONG = entry(8, title="Tít " * 400, link="https://a.vn/8.html")
COPY = entry(9, link="https://a.vn/9.html", title="Một tít đủ dài để nhận ra bài này")


def fill(tx: Connection, sample: Path) -> None:
    """Make the tables of the sample's version, and its rows as they stood in the database."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS.directory).replace("%", "%%"))
    config.attributes["connection"] = tx
    command.upgrade(config, sample.stem.removeprefix("v"))
    tables = MetaData()
    tables.reflect(tx)
    for line in sample.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        row = {name: stored(name, value) for name, value in record["row"].items()}
        tx.execute(insert(tables.tables[record["table"]]).values(row))
    write_numbers(tx, {})


def stored(name: str, value: object) -> object:
    if isinstance(value, dict):
        return bytes.fromhex(value["bytes"])
    return json.loads(value) if name in {"article", "without"} and value else value


@pytest.fixture(params=["file", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return f"sqlite:///{tmp_path}/news.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url(server.new_database())


@pytest.fixture
async def upgraded(url: str) -> AsyncIterator[Store]:
    old = Database(parse_address(url))
    with old.make() as tx:
        fill(tx, SAMPLE)
    old.dispose()
    store = open_store(url, create=True)
    yield store
    await store.close()


async def test_every_delivery_is_as_it_was(upgraded: Store) -> None:
    found = await rows(upgraded)
    states = {str(row.channel): row.state for row in found if row.channel not in {"tg", "c-digest"}}
    assert states == {
        "c-sent": S.SENT,
        "c-again": S.PENDING,
        "c-sought": S.UNKNOWN,
        "c-doubt": S.UNKNOWN,
        "c-failed": S.FAILED,
        "c-dropped": S.DROPPED,
        "c-gone": S.RETRACTED,
        "c-held": S.HELD,
        "c-storm": S.HELD,
        "c-moved": S.UNKNOWN,
        "c-sending": S.SENDING,
    }
    assert [row.state for row in found if row.channel == "c-digest"] == [S.DROPPED] * 2 + [
        S.PENDING
    ] * 3
    (sent,) = (row for row in found if row.channel == "c-sent")
    assert (sent.text, sent.remote_id, sent.cost) == ("tin", "42", 7)


async def test_no_story_is_told_again(upgraded: Store) -> None:
    shown = (entry(1, title="Tin 1 (sửa)"), *ENTRIES[1:3])
    assert await show(upgraded, FEED, *shown, at=LATER) == []
    assert await show(upgraded, FEED, entry(1, title="Khác"), *ENTRIES[1:3], at=LATER) == []
    other = FEED.__class__(id=FeedId("other"), url="https://b.vn", channels=(ChannelId("tg"),))
    own = entry(1, title="Same id, other feed")
    assert await show(upgraded, other, LONG, own, COPY, at=LATER) == []
    # The other feed passed it over at its first run: that says nothing about this one.
    assert await show(upgraded, FEED, COPY, entry(5), at=LATER) == ["Tin 5", COPY.title]


async def test_a_feed_is_adopted_with_the_keys_of_before(upgraded: Store) -> None:
    assert await upgraded.desk.adopt(OLD, NEW, LATER) == 3
    assert await show(upgraded, RENAMED, *ENTRIES[1:3], at=LATER) == []
    assert await show(upgraded, RENAMED, entry(5), *ENTRIES[1:3], at=LATER) == ["Tin 5"]


async def test_a_post_that_an_import_left_unknown_is_searched_for(upgraded: Store) -> None:
    moved = lane("c-moved")
    assert await upgraded.outbox.next_due([moved], LATER) == LATER
    sought = await settle(upgraded, Unknown(reason=WHY), moved, at=LATER)
    assert (sought.unknown_since, sought.searches) == (after(minutes=10), 0)
    (waiting,) = await upgraded.outbox.claim_searches([lane("c-sought")], LATER, limit=9)
    assert (waiting.unknown_since, waiting.reason.code) == (after(minutes=10), "duplicate")
    assert await upgraded.outbox.claim_searches([lane("c-doubt")], LATER, limit=9) == []


async def test_waits_and_pauses_go_on(upgraded: Store) -> None:
    # The silence of a chat counts for every channel that leads to it.
    topic = lane("tg", "acc", chat="@tin")
    assert await claim(upgraded, topic, at=after(minutes=59)) == []
    (first,) = await claim(upgraded, topic, at=after(hours=1))
    assert first.id == 1
    elsewhere = lane("tg", "acc", chat="@elsewhere")
    assert await upgraded.outbox.next_due([elsewhere], after(minutes=30)) == after(minutes=61)
    (pause,) = await upgraded.desk.pauses_over(ChannelId("c-held"), None)
    assert pause.reason == WHY
    (status,) = await upgraded.desk.feed_status([FeedId("paused")])
    assert (status.paused, status.reason) == (True, WHY)
    assert await upgraded.desk.resume("feed", "paused")
    assert await upgraded.desk.release_feed(FeedId("stormy"), LATER) == 1


async def test_the_answer_of_the_last_poll_is_still_known(upgraded: Store) -> None:
    with upgraded.database.read() as tx:
        query = feeds.select().where(feeds.c.id == OLD)
        assert tx.execute(query).one().poll_hash == bytes(range(24))
    assert await upgraded.desk.spent(charge(0).account, NOW, NOW) == (7, 7)


async def test_sending_ends_as_unknown(upgraded: Store) -> None:
    (interrupted,) = await upgraded.outbox.recover(LATER)
    assert interrupted.reason == Reason(
        code="lease_expired" if upgraded.database.is_shared else "interrupted",
        text=interrupted.reason.text,
    )
    await settle(upgraded, Unknown(reason=WHY), lane("c-sending"), at=LATER + timedelta(seconds=1))


def records() -> Iterator[dict[str, Any]]:
    """The rows of the sample as its version exported them."""
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        row = {name: exported(name, value) for name, value in record["row"].items()}
        yield {"table": record["table"], "row": {k: v for k, v in row.items() if k not in LEASES}}


LEASES = {"lease_owner", "lease_until", "probe"}


def exported(name: str, value: object) -> object:
    if isinstance(value, int) and value > 10**15:
        return (EPOCH + timedelta(microseconds=value)).isoformat()
    return value["bytes"] if isinstance(value, dict) else stored(name, value)


async def test_the_state_file_of_an_earlier_version_is_imported(
    url: str, upgraded: Store, tmp_path: Path
) -> None:
    new = open_store(f"sqlite:///{tmp_path}/new.db", create=True)
    count = await new.portable.restore({}, records, LATER, schema="0002")
    assert count == len(list(records()))
    # The sample's process was killed: an import ends that as the next start does.
    await upgraded.outbox.recover(LATER)
    here, there = await rows(upgraded), await rows(new)
    assert [replace(row, reason=None) for row in there] == [
        replace(row, reason=None) for row in here
    ]
    assert await show(new, FEED, *ENTRIES[1:3], at=LATER) == []
    assert await new.desk.adopt(OLD, NEW, LATER) == 3
    await new.close()


async def test_a_state_file_that_is_broken_leaves_the_empty_tables_of_today(url: str) -> None:
    store = open_store(url, create=True)
    bad = [*records(), {"table": "feeds", "row": {"id": 7}}]
    for schema, error in (("0002", "wrong type"), ("9999", "by a newer newsbot")):
        with pytest.raises(NewsbotError, match=error):
            await store.portable.restore({}, lambda: iter(bad), LATER, schema=schema)
    assert await rows(store) == []
    assert await show(store, FEED, *ENTRIES, at=LATER) == ["Tin 1"]
    await store.close()
