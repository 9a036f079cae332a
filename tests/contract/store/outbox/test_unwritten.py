"""Outcomes that arrive while the database cannot be written are stored before anything else."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import DatabaseLost, StoreError
from bot.models.basics import AccountId, DeliveryState, Reason
from bot.models.outbox import Dropped, Failed, Sent, Stopped, TryAgain, Unknown
from bot.models.posts import Receipt
from bot.store.engine import open_store
from tests.away import LOCKED, Away, outbox_on
from tests.contract.store_kit import (
    DAY_START,
    MONTH_START,
    NOW,
    WHY,
    after,
    charge,
    claim,
    lane,
    owe,
    post,
    row,
    rows,
    sent,
    states,
    titles,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bot.models.outbox import Charge, Delivery, Outcome
    from bot.store.engine import Store

S = DeliveryState
LATER = after(minutes=10)
"""The lease of the attempt is over by then."""

OUTCOMES = [
    (sent(), S.SENT, None),
    (TryAgain(due=after(days=1), reason=WHY), S.PENDING, WHY),
    (Unknown(reason=WHY), S.UNKNOWN, WHY),
    (Failed(reason=WHY), S.FAILED, WHY),
    (Dropped(reason=WHY), S.DROPPED, WHY),
    (Stopped(scope="channel", reason=WHY, probe_after=(timedelta(days=1),)), S.HELD, WHY),
]


@pytest.fixture
def away(store: Store, tmp_path: Path) -> Away:
    """The database of `store`, whose outbox notices when it is away."""
    found = Away(store.database, tmp_path / "news.db")
    store.outbox = outbox_on(found)
    return found


def restart(store: Store, away: Away) -> None:
    """Let the process be killed, and another one begin."""
    store.outbox = outbox_on(Away(store.database, away.journal, owner="another process"))


def journals(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.proofs"))


async def attempted(
    store: Store, away: Away, outcome: Outcome, *, price: Charge | None = None
) -> Delivery:
    """Try to send the one post that is due; the outcome comes while the database is away."""
    (delivery,) = await claim(store, lane(account="acc" if price else None))
    await store.outbox.begin(delivery.id, post(text="a text"), NOW, price)
    away.fault = LOCKED
    await store.outbox.finish(delivery, outcome, NOW)
    return delivery


@pytest.mark.parametrize(("outcome", "state", "reason"), OUTCOMES)
async def test_an_outcome_is_stored_when_the_database_is_back(
    store: Store, away: Away, outcome: Outcome, state: S, reason: Reason | None
) -> None:
    await owe(store, "a", "b")
    await attempted(store, away, outcome)
    assert store.outbox.unwritten is LOCKED
    assert await states(store) == [S.SENDING, S.PENDING]
    with pytest.raises(StoreError):
        await claim(store, at=after(seconds=1))
    away.fault = None
    next_ones = await titles(store, at=LATER)
    first, _ = await rows(store)
    assert (first.state, first.reason) == (state, reason)
    assert next_ones == ([] if state in {S.PENDING, S.HELD} else ["b"])
    assert store.outbox.unwritten is None
    assert await store.outbox.recover(LATER) == []


async def test_proof_that_was_late_has_its_own_time_and_price(store: Store, away: Away) -> None:
    await owe(store, "a")
    proof = Sent(receipt=Receipt(remote_id="7", rest_until=after(minutes=30)), cost=15)
    await attempted(store, away, proof, price=charge(20))
    away.fault = None
    await claim(store, at=LATER)
    only = await row(store)
    assert (only.sent_at, only.remote_id, only.cost) == (NOW, "7", 15)
    assert await store.outbox.spent(AccountId("acc"), DAY_START, MONTH_START) == (15, 15)
    await owe(store, "b", channel="other")
    assert await titles(store, lane("other", "acc"), at=LATER) == []


async def test_proof_survives_a_kill(store: Store, away: Away, tmp_path: Path) -> None:
    await owe(store, "a")
    await attempted(store, away, sent("7"))
    (journal,) = journals(tmp_path)
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    assert "a text" not in journal.read_text()
    restart(store, away)
    assert await store.outbox.recover(LATER) == []
    only = await row(store)
    assert (only.state, only.remote_id, only.url) == (S.SENT, "7", "https://t.me/c/7")
    assert journals(tmp_path) == []


async def test_proof_that_is_stored_leaves_no_journal(
    store: Store, away: Away, tmp_path: Path
) -> None:
    await owe(store, "a")
    await attempted(store, away, sent())
    away.fault = None
    await claim(store)
    assert journals(tmp_path) == []


async def test_what_proves_nothing_is_in_no_journal(
    store: Store, away: Away, tmp_path: Path
) -> None:
    await owe(store, "a")
    await attempted(store, away, Unknown(reason=WHY))
    assert journals(tmp_path) == []


async def test_the_proof_of_a_command_that_ended_is_stored_before_its_post_is_sought(
    store: Store, away: Away
) -> None:
    """A service runs while `newsbot post` cannot store that its post is out."""
    await owe(store, "a")
    (delivery,) = await claim(store)
    await store.outbox.begin(delivery.id, post(), NOW)
    service = outbox_on(Away(store.database, away.journal))
    assert await service.claim_searches([lane()], NOW, limit=9) == []
    command_away = Away(store.database, away.journal, owner="the command")
    command = outbox_on(command_away)
    command_away.fault = LOCKED
    await command.finish(delivery, sent("7"), NOW)
    assert await service.claim_searches([lane()], LATER, limit=9) == []
    assert (await row(store)).remote_id == "7"


async def test_proof_of_another_database_proves_nothing(
    store: Store, away: Away, tmp_path: Path
) -> None:
    """A copy that was put back may use the number of a delivery again."""
    await owe(store, "a")
    delivery = await attempted(store, away, sent())
    restart(store, away)
    (journal,) = journals(tmp_path)
    said = json.loads(journal.read_text())
    said["posts"][0]["created_at"] = "2026-11-22T09:00:00+00:00"
    journal.write_text(json.dumps(said))
    (interrupted,) = await store.outbox.recover(LATER)
    assert interrupted.id == delivery.id
    assert not journal.exists()


async def test_without_a_journal_proof_is_kept_in_memory(store: Store, tmp_path: Path) -> None:
    away = Away(store.database, tmp_path / "gone" / "news.db")
    store.outbox = outbox_on(away)
    await owe(store, "a")
    await attempted(store, away, sent("7"))
    away.fault = None
    await claim(store, at=LATER)
    assert (await row(store)).remote_id == "7"


async def test_a_lost_database_is_told_and_its_proof_is_in_the_journal(
    store: Store, away: Away, tmp_path: Path
) -> None:
    await owe(store, "a")
    (delivery,) = await claim(store)
    await store.outbox.begin(delivery.id, post(), NOW)
    away.fault = DatabaseLost("database was deleted")
    with pytest.raises(DatabaseLost):
        await store.outbox.finish(delivery, sent("7"), NOW)
    (journal,) = journals(tmp_path)
    found: dict[str, Any] = json.loads(journal.read_text())["posts"][0]
    assert (found["delivery"], found["remote_id"]) == (delivery.id, "7")


async def test_another_program_that_locks_the_file_costs_no_proof(tmp_path: Path) -> None:
    file = tmp_path / "news.db"
    store = open_store(f"sqlite:///{file}", create=True)
    with store.database.read() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout = 1")  # milliseconds
    await owe(store, "a")
    (delivery,) = await claim(store)
    await store.outbox.begin(delivery.id, post(), NOW)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await store.outbox.finish(delivery, sent("7"), NOW)
        assert "is locked by another program" in str(store.outbox.unwritten)
        assert len(journals(tmp_path)) == 1
        other.execute("ROLLBACK")
    await claim(store, at=LATER)
    assert (await row(store)).remote_id == "7"
    assert journals(tmp_path) == []
    await store.close()
