"""Faults of the disk, as a process of another user or with a limit meets them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[4]

_PROGRAM = """
import asyncio, os, resource, signal, sys
sys.path.insert(0, sys.argv[2])
from bot.errors import NewsbotError
from bot.store.engine import open_store
from tests.contract.store_kit import *

def allow(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

async def told(work):
    try:
        await work
    except NewsbotError as error:
        print(error)

async def work(url):
    {work}

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
open_store(":memory:", create=True)  # loads all modules while this user may read them
if {as_nobody} and os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    asyncio.run(work(sys.argv[1]))
except NewsbotError as error:
    print(error)
"""


def output(path: Path, work: str, *, as_nobody: bool = False) -> list[str]:
    """Run `work` in a process of its own and return what it prints."""
    program = _PROGRAM.format(work=work.strip().replace("\n", "\n    "), as_nobody=as_nobody)
    done = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{path}", ROOT],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_full_disk_is_told_and_the_same_store_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    work = """
store = open_store(url, create=True)
await owe(store, "before")
allow(os.path.getsize(sys.argv[1][10:] + "-wal"))
await told(owe(store, "a", "b"))
await told(store.outbox.claim_due_deliveries([lane()], NOW, limit=1))
print(await states(store))
allow(resource.RLIM_INFINITY)
await owe(store, "a", "b")
print([row.items[0].title for row in await rows(store)], await titles(store))
await store.close()
"""
    first, second, states, after = output(path, work)
    for line in (first, second):
        assert line.startswith(f"database {path} cannot ")
        assert line.endswith(("check the disk", "free some space"))
    assert states == "[<DeliveryState.PENDING: 'pending'>]"
    assert after == "['before', 'a', 'b'] ['before']"


def test_a_disk_that_is_full_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    (line,) = output(path, "allow(8192)\nopen_store(url, create=True)")
    assert line.startswith(f"database {path} cannot ")
    (states,) = output(path, "print(await states(open_store(url, create=True)))")
    assert states == "[]"


def test_a_full_disk_is_told_where_the_lock_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    work = """
from bot.store.db.lock import instance_lock
allow(0)
try:
    with instance_lock(url): pass
finally:
    allow(resource.RLIM_INFINITY)
    with instance_lock(url): print("free")
"""
    free, line = output(path, work)
    assert free == "free"
    assert line == f"{path}.lock cannot be written (File too large); free some space on the disk"


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory that another user may enter: pytest's own are private."""
    home = Path(tempfile.mkdtemp(dir="/tmp", prefix="nb"))
    home.chmod(0o755)
    yield home
    home.chmod(0o755)
    shutil.rmtree(home)


def test_a_directory_that_may_not_be_written(reachable: Path) -> None:
    reachable.chmod(0o555)
    (line,) = output(reachable / "news.db", "open_store(url, create=True)", as_nobody=True)
    reachable.chmod(0o755)
    assert line == (
        f"database {reachable}/news.db cannot be opened; "
        "let this user read and write the file and its directory"
    )
    assert list(reachable.iterdir()) == []


def test_a_directory_that_may_not_be_entered(reachable: Path) -> None:
    private = reachable / "private"
    private.mkdir(mode=0o700 if os.geteuid() == 0 else 0)
    (line,) = output(private / "news.db", "open_store(url, create=True)", as_nobody=True)
    assert line == (
        f"database {private}/news.db cannot be reached (Permission denied); "
        "try it with sudo, or let this user enter the directories above it"
    )


def test_a_file_that_may_not_be_written(reachable: Path) -> None:
    path = reachable / "news.db"
    output(path, "await open_store(url, create=True).close()")
    before = path.read_bytes()
    path.chmod(0o444)
    reachable.chmod(0o777)
    work = """
store = open_store(url, create=False)
await told(owe(store, "a"))
await store.close()
"""
    lines = output(path, work, as_nobody=True)
    assert lines
    for line in lines:
        assert line.startswith(f"database {path} ")
        assert "let this user" in line
    assert path.read_bytes() == before
