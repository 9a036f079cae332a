"""The state file: written whole or not at all, and read with the place of each fault."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.errors import NewsbotError
from bot.operate.state.transfer import export_state, import_state, read_head
from bot.store.engine import open_store
from bot.store.tables.schema import REVISION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.store.engine import Store
    from tests.kept import KeptStores

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
async def store(store: Store) -> Store:
    await store.feeds.claim_due_feeds(["a", "b"], NOW, limit=2)
    return store


@pytest.fixture
async def new(kept_stores: KeptStores) -> Store:
    return await kept_stores.emptied(part="new")


def modes(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}


async def export(store: Store, file: Path) -> int:
    return await export_state(store, file, version="1.2.3", now=NOW)


@pytest.mark.parametrize("name", ["state.jsonl", "state.jsonl.gz", "state"])
async def test_out_and_in(store: Store, new: Store, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    assert await export(store, file) == 2
    assert modes(tmp_path) == {name: 0o600}
    head = read_head(file)
    assert (head.exported_at, head.numbers) == (
        "2026-11-23T09:00:00Z",
        {"stories": 0, "deliveries": 0, "charges": 0},
    )
    assert await import_state(new, file, head, now=NOW) == 2


async def test_the_file_is_what_the_documentation_says(store: Store, tmp_path: Path) -> None:
    await export(store, tmp_path / "s.jsonl")
    head, *rows, end = map(json.loads, (tmp_path / "s.jsonl").read_text().splitlines())
    assert head == {
        "newsbot": "state",
        "format": 2,
        "version": "1.2.3",
        "exported_at": "2026-11-23T09:00:00Z",
        "schema": REVISION,
        "numbers": {"stories": 0, "deliveries": 0, "charges": 0},
    }
    assert [(row["table"], row["row"]["id"], row["row"]["next_poll"]) for row in rows] == [
        ("feeds", "a", "2026-11-23T09:00:00Z"),
        ("feeds", "b", "2026-11-23T09:00:00Z"),
    ]
    assert end == {"table": None, "rows": 2}


async def test_a_file_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    (tmp_path / "newsbot.toml").write_text("mine")
    with pytest.raises(NewsbotError, match="exists already; name another file"):
        await export(store, tmp_path / "newsbot.toml")
    assert (tmp_path / "newsbot.toml").read_text() == "mine"


async def test_a_file_that_cannot_be_written(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NewsbotError, match="cannot be read or written: No such file") as caught:
        await export(store, tmp_path / "no" / "s.jsonl")
    assert "\n" not in str(caught.value)


async def test_a_link_that_leads_nowhere_is_not_written_through(
    store: Store, tmp_path: Path
) -> None:
    victim, file = tmp_path / "victim", tmp_path / "s.jsonl"
    file.symlink_to(victim)
    await export(store, file)
    assert not victim.exists()
    assert not file.is_symlink()
    assert modes(tmp_path) == {"s.jsonl": 0o600}


async def test_a_planted_link_beside_the_file_is_not_written_through(
    store: Store, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "s.jsonl.unfinished").symlink_to(victim)
    await export(store, tmp_path / "s.jsonl")
    assert victim.read_text() == "precious"


async def test_an_export_that_fails_leaves_no_file(tmp_path: Path) -> None:
    store = open_store(":memory:", create=True)
    store.database.dispose()
    for name in ("s.jsonl", "s.jsonl.gz"):
        with pytest.raises(NewsbotError):
            await export(store, tmp_path / name)
    assert modes(tmp_path) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"[alerts]\naccount = 1\n",
        b"{}",
        b"[]",
        b"7",
        b'{"newsbot": "state"}',
        b'{"newsbot": "state", "format": "1", "numbers": {}}',
        b'{"newsbot": "state", "format": 2, "exported_at": "x", "numbers": {"stories": "many"}}',
        b'{"newsbot": "state", "format": 2, "exported_at": "x", "numbers": 7}',
        b"[" * 20_000,
        b"SQLite format 3\0" + bytes(100),
        b"\xff\xfe",
    ],
    ids=range(13),
)
@pytest.mark.parametrize("name", ["state.jsonl", "state.gz"])
def test_a_file_that_is_no_state_of_newsbot_is_refused(
    tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    with pytest.raises(NewsbotError) as caught:
        read_head(file)
    told = str(caught.value)
    assert told.startswith(f"{file} is no ")
    assert "\n" not in told


@pytest.mark.parametrize(
    "content", [b"no gzip", gzip.compress(b"{}", mtime=0)[:-9], b"\x1f\x8b\x08"], ids=range(3)
)
def test_a_damaged_gzip_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "state.gz"
    file.write_bytes(content)
    with pytest.raises(NewsbotError, match="is cut off or damaged: export it again"):
        read_head(file)


def test_a_newer_format(tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    head = {"newsbot": "state", "format": 3, "version": "9.0", "exported_at": "x", "numbers": {}}
    file.write_text(json.dumps(head))
    with pytest.raises(NewsbotError, match=r"written by a newer newsbot \(9\.0, format 3, this"):
        read_head(file)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(NewsbotError, match="there is no file") as caught:
        read_head(tmp_path / "s.jsonl")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: lines[:-1], ":3: the file is cut off here; export it again"),
        (lambda lines: [*lines[:-2], lines[-2][:20]], ":3: the line is no JSON, or cut off"),
        (lambda lines: [*lines[:2], *lines[3:]], ":3: the file has 1 row, not 2"),
        (lambda lines: [*lines[:2], "[]", *lines[3:]], ":3: the line is no JSON object"),
        (lambda lines: [lines[0], "", *lines[1:]], ":2: the line is no JSON"),
        (lambda lines: [lines[0], "[" * 20_000], ":2: the line is no JSON"),
        (lambda lines: [lines[0], lines[1].replace("feeds", "foods")], ":2: no record of"),
        (lambda lines: [*lines[:2], lines[1], lines[-1]], "refused: UNIQUE"),
    ],
    ids=range(8),
)
async def test_a_fault_is_told_with_its_place_and_nothing_is_imported(
    store: Store, new: Store, tmp_path: Path, change: Callable[[list[str]], list[str]], told: str
) -> None:
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    await export(store, good)
    bad.write_text("\n".join(change(good.read_text().splitlines())))
    with pytest.raises(NewsbotError) as caught:
        await import_state(new, bad, read_head(bad), now=NOW)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert await import_state(new, good, read_head(good), now=NOW) == 2
