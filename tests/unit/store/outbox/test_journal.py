"""The journal of proof: whole, small, for its owner alone, and read without trust."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import ChannelId, DeliveryId, Reason
from bot.models.outbox import Sent, Unknown
from bot.models.posts import Receipt
from bot.store.outbox.journal import Journal, Unwritten, remove

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RECEIPT = Receipt(remote_id="7", url="https://t.me/c/7", rest_until=NOW + timedelta(hours=1))
PROOF = Unwritten(
    delivery=DeliveryId(1),
    channel=ChannelId("tin"),
    created_at=NOW - timedelta(hours=1),
    attempts=2,
    outcome=Sent(receipt=RECEIPT, cost=15_000),
    at=NOW,
)
DOUBT = replace(PROOF, outcome=Unknown(reason=Reason(code="why", text="because")))


def found(folder: Path) -> list[Unwritten]:
    left = Journal(folder / "news.db", "reader").left_behind()
    return [one for _, proof in left.values() for one in proof]


def test_another_process_finds_all_that_was_written(tmp_path: Path) -> None:
    second = replace(PROOF, delivery=DeliveryId(2), outcome=Sent(receipt=Receipt(remote_id="8")))
    assert Journal(tmp_path / "news.db", "writer").write([PROOF, DOUBT, second]) is None
    assert found(tmp_path) == [PROOF, second]
    (file,) = tmp_path.iterdir()
    assert file.name == "news.db-writer.proofs"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_form_of_a_journal_is_as_here(tmp_path: Path) -> None:
    """The tests of what cannot be read begin with what can."""
    (tmp_path / "news.db-1.proofs").write_text(json.dumps({"posts": [GOOD]}))
    assert len(found(tmp_path)) == 1


def test_a_journal_without_proof_is_no_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "news.db", "writer")
    journal.write([PROOF])
    journal.write([DOUBT])
    assert list(tmp_path.iterdir()) == []


def test_a_process_does_not_read_its_own_journal_or_that_of_another_database(
    tmp_path: Path,
) -> None:
    Journal(tmp_path / "news.db", "reader").write([PROOF])
    Journal(tmp_path / "other.db", "writer").write([PROOF])
    assert found(tmp_path) == []


def test_a_journal_is_read_again_only_when_its_folder_changed(tmp_path: Path) -> None:
    reader = Journal(tmp_path / "news.db", "reader")
    Journal(tmp_path / "news.db", "writer").write([PROOF])
    assert len(reader.left_behind()) == 1
    assert reader.left_behind() == {}


def test_a_file_that_was_written_again_since_is_not_removed(tmp_path: Path) -> None:
    writer = Journal(tmp_path / "news.db", "writer")
    writer.write([PROOF])
    ((file, (stamp, _)),) = Journal(tmp_path / "news.db", "reader").left_behind().items()
    writer.write([PROOF, PROOF])
    remove(file, stamp)
    assert found(tmp_path) == [PROOF, PROOF]


def test_a_folder_that_is_gone_is_a_reason_and_no_error(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "gone" / "news.db", "writer")
    assert journal.write([PROOF]) == "No such file or directory"
    assert journal.left_behind() == {}


GOOD = {
    "delivery": 1,
    "channel": "tg",
    "created_at": NOW.isoformat(),
    "attempts": 0,
    "at": NOW.isoformat(),
    "remote_id": "7",
    "url": None,
    "rest_until": None,
    "cost": None,
}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "\x00" * 100,
        "[" * 100_000,
        json.dumps({"posts": None}),
        json.dumps({"posts": [None]}),
        json.dumps({"posts": [{}]}),
        json.dumps({"posts": [{**GOOD, "at": "yesterday"}]}),
        json.dumps({"posts": [{**GOOD, "created_at": "2026-11-23T09:00:00"}]}),
        json.dumps({"posts": [{**GOOD, "delivery": "all"}]}),
        json.dumps({"posts": [{**GOOD, "cost": 1e999}]}),
        json.dumps({"posts": [{**GOOD, "cost": 10**30}]}),
        json.dumps({"posts": [{**GOOD, "cost": -1}]}),
        json.dumps({"posts": [{**GOOD, "remote_id": 7}]}),
        json.dumps({"posts": [{**GOOD, "remote_id": "7\x00"}]}),
        json.dumps({"posts": [{**GOOD, "url": "x" * 501}]}),
        json.dumps({"posts": [GOOD] * 9_000}),
    ],
    ids=lambda content: content[:40],
)
def test_a_journal_that_cannot_be_read_proves_nothing_and_stays(
    tmp_path: Path, content: str
) -> None:
    file = tmp_path / "news.db-1.proofs"
    file.write_text(content)
    assert found(tmp_path) == []
    assert file.read_text() == content
