"""One newsbot at a time on a database."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import InstanceLocked, StoreError
from bot.models.alerts import Presence
from bot.store.db.lock import instance_lock, presence_of


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


def test_a_link_to_the_database_is_no_other_one(url: str, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to("news.db")
    link = f"sqlite:///{tmp_path}/link.db"
    with instance_lock(link), pytest.raises(InstanceLocked), instance_lock(url):
        pass
    with instance_lock(url):
        assert presence_of(link).running
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link.db", "news.db.lock"]


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


def test_it_is_seen_from_beside_and_only_while_it_is_held(url: str) -> None:
    assert presence_of(url).running is False
    with instance_lock(url):
        for _ in range(2):
            found = presence_of(url)
            assert (found.running, found.by_turns) == (True, False)
            assert found.since is not None
            assert abs(found.since - datetime.now(UTC)) < timedelta(minutes=1)
    assert presence_of(url) == Presence(running=False)


def test_a_number_in_the_file_that_is_another_processs_now_proves_nothing(
    url: str, tmp_path: Path
) -> None:
    """As after a kill in a container, in which every newsbot is process 1."""
    (tmp_path / "news.db.lock").write_text(f"{os.getppid()}\n", encoding="ascii")
    assert presence_of(url).running is False


def test_short_runs_are_known_as_such_when_they_are_over(url: str) -> None:
    with instance_lock(url, by_turns=True):
        assert presence_of(url).by_turns
    assert presence_of(url) == Presence(running=False, by_turns=True)
    with instance_lock(url):
        pass
    assert not presence_of(url).by_turns


def test_a_look_at_the_lock_keeps_no_service_from_starting(url: str, tmp_path: Path) -> None:
    with instance_lock(url):
        pass
    with (tmp_path / "news.db.lock").open("rb") as looked_at:
        fcntl.flock(looked_at, fcntl.LOCK_SH)
        end = threading.Timer(0.03, fcntl.flock, (looked_at, fcntl.LOCK_UN))
        end.start()
        with instance_lock(url):
            pass
        end.join()


def test_nothing_is_known_of_a_server_or_of_memory() -> None:
    assert presence_of(":memory:").running is None
    assert presence_of("postgresql://localhost/news").running is None
