"""The watchdog is fed only while all is well; systemd's socket is spoken to for real."""

import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import structlog

from bot.runner.sd_notify import Notifier, Sign, overdue


def sign(since: float, limit: float, name: str = "job") -> Sign:
    return Sign(name=name, since=since, limit=limit)


@pytest.mark.parametrize(
    ("signs", "alive"),
    [
        ([], True),
        ([sign(100, 60)], True),
        ([sign(41, 60)], True),
        ([sign(40, 60)], True),
        ([sign(39.9, 60)], False),
        ([sign(100, 60), sign(0, 99)], False),
        ([sign(0, 300), sign(0, 1800)], True),
        ([sign(-10_000, 3600)], False),
    ],
    ids=["idle", "just now", "in time", "on the dot", "late", "one of two", "long jobs", "hours"],
)
def test_alive_is_who_has_nothing_overdue(signs: list[Sign], alive: bool) -> None:
    assert (not overdue(signs, 100)) is alive


def test_the_longest_overdue_comes_first() -> None:
    signs = [sign(0, 50, "b"), sign(0, 10, "a"), sign(99, 10, "c")]
    assert [late.name for late in overdue(signs, 100)] == ["a", "b"]


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest) -> Iterator[tuple[str, socket.socket]]:
    """The service manager's end of the socket, and what $NOTIFY_SOCKET says."""
    with (
        TemporaryDirectory(prefix="nb") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end,
    ):
        address = str(Path(folder) / "notify")
        if request.param == "abstract":
            address = f"@{address}"
        end.bind(address.replace("@", "\0"))
        end.settimeout(5)
        yield address, end


def test_systemd_is_told_how_the_service_is(manager: tuple[str, socket.socket]) -> None:
    address, end = manager
    environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}
    notifier = Notifier.from_environ(environ, 7)
    assert notifier.interval == 30
    notifier.ready("2 feeds")
    notifier.ping([], 0, "2 feeds")
    notifier.reloading()
    notifier.stopping()
    told = [
        dict(line.split("=", 1) for line in end.recv(4096).decode().splitlines()) for _ in "1234"
    ]
    assert told[0] == {"READY": "1", "STATUS": "2 feeds"}
    assert told[1] == {"WATCHDOG": "1", "STATUS": "2 feeds"}
    assert told[2]["RELOADING"] == "1"
    assert int(told[2]["MONOTONIC_USEC"]) > 0
    assert told[3]["STOPPING"] == "1"


def test_a_stuck_job_feeds_no_watchdog_and_is_reported_once(
    manager: tuple[str, socket.socket],
) -> None:
    address, end = manager
    notifier = Notifier(address, 60)
    with structlog.testing.capture_logs() as logs:
        for now in (100, 130):
            notifier.ping([sign(0, 60, "delivery 5")], now, "fine")
        notifier.ping([], 160, "fine")
    told = [end.recv(4096).decode() for _ in "123"]
    assert "WATCHDOG" not in told[0] + told[1]
    assert "STATUS=stuck: delivery 5 has not ended for 130 seconds" in told[1]
    assert "WATCHDOG=1" in told[2]
    assert [log["log_level"] for log in logs] == ["error", "warning"]


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "-5"},
        {"NOTIFY_SOCKET": ""},
    ],
)
def test_without_systemd_nobody_is_told(environ: dict[str, str]) -> None:
    notifier = Notifier.from_environ(environ, 7)
    notifier.ready("fine")
    notifier.ping([], 0, "fine")
    assert notifier.interval == 30


def test_a_socket_that_is_gone_is_a_warning() -> None:
    with structlog.testing.capture_logs() as logs:
        Notifier("/nowhere/notify").ready("fine")
    assert logs[0]["log_level"] == "warning"
