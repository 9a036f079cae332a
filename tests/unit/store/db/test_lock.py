"""One newsbot at a time on a database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import InstanceLocked, StoreError
from bot.store.db.lock import instance_lock


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/news.db"


def test_the_second_is_told_who_runs_where(url: str, tmp_path: Path) -> None:
    with instance_lock(url), pytest.raises(InstanceLocked) as caught, instance_lock(url):
        pass
    assert str(caught.value) == (
        f"another newsbot (process {os.getpid()}) is running on {tmp_path}/news.db; "
        "stop it, or give this one its own database"
    )


def test_the_lock_can_be_taken_again(url: str) -> None:
    for _ in range(3):
        with instance_lock(url):
            pass


def test_an_error_releases_it(url: str) -> None:
    with pytest.raises(ArithmeticError), instance_lock(url):
        raise ArithmeticError
    with instance_lock(url):
        pass


def test_a_killed_process_releases_it(url: str) -> None:
    program = (
        "import sys, signal\nfrom bot.store.db.lock import instance_lock\n"
        "with instance_lock(sys.argv[1]):\n    print('locked', flush=True)\n    signal.pause()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, url], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(InstanceLocked, match=f"process {other.pid}"), instance_lock(url):
            pass
        other.send_signal(signal.SIGKILL)
    with instance_lock(url):
        pass


def test_other_databases_are_free(url: str, tmp_path: Path) -> None:
    with instance_lock(url), instance_lock(f"sqlite:///{tmp_path}/other.db"):
        pass


def test_memory_needs_no_lock() -> None:
    with instance_lock(":memory:"), instance_lock("sqlite://"):
        assert not Path(":memory:.lock").exists()


def test_a_lock_file_that_cannot_be_written(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match=r"news\.db\.lock cannot .*; create the directory /.*/no$"),
        instance_lock(f"sqlite:///{tmp_path}/no/news.db"),
    ):
        pass
