"""Tells systemd how the service is, as sd_notify(3) describes; without systemd it does nothing."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bot.log import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_log = get_logger(__name__)
_UNWATCHED = 30.0  # seconds between two checks where nobody waits for a ping


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Something that should end within `limit` seconds of `since` (the loop's time)."""

    name: str
    since: float
    limit: float


def overdue(signs: Iterable[Sign], now: float) -> list[Sign]:
    """Return the signs whose time is over, the longest overdue first."""
    late = [sign for sign in signs if now - sign.since > sign.limit]
    return sorted(late, key=lambda sign: sign.since + sign.limit)


class Notifier:
    """Speaks to the socket of the service manager. `watchdog` is in seconds, None without one."""

    def __init__(self, address: str | None = None, watchdog: float | None = None) -> None:
        self._address = address
        self._watchdog = watchdog
        self._is_stuck = False

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], pid: int) -> Self:
        """Return the notifier that $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID ask for."""
        usec = environ.get("WATCHDOG_USEC", "")
        is_ours = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        watched = usec.isascii() and usec.isdigit() and int(usec) > 0 and is_ours
        return cls(environ.get("NOTIFY_SOCKET") or None, int(usec) / 1e6 if watched else None)

    @property
    def interval(self) -> float:
        """Seconds between two calls of `ping`: half of the manager's limit."""
        return self._watchdog / 2 if self._watchdog else _UNWATCHED

    def ready(self, status: str) -> None:
        """Say that the start or the reload is done."""
        self._send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Say that a reload begins; `ready` ends it."""
        usec = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={usec}", "STATUS=reading the configuration")

    def stopping(self) -> None:
        """Say that the end begins."""
        self._send("STOPPING=1", "STATUS=finishing what is in flight")

    def ping(self, signs: Iterable[Sign], now: float, status: str) -> None:
        """Feed the watchdog, unless something is stuck: that is told once, in the log."""
        late = overdue(signs, now)
        if late:
            told = f"{late[0].name} has not ended for {now - late[0].since:.0f} seconds"
            if not self._is_stuck:
                _log.error(f"stuck: {told}", watchdog=self._watchdog is not None)
            self._send(f"STATUS=stuck: {told}")
        else:
            if self._is_stuck:
                _log.warning("no longer stuck")
            self._send(f"STATUS={status}", *(["WATCHDOG=1"] if self._watchdog else []))
        self._is_stuck = bool(late)

    def _send(self, *lines: str) -> None:
        if self._address is None:
            return
        # A leading "@" stands for the zero byte of Linux's abstract sockets (unix(7)).
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        try:
            with socket.socket(socket.AF_UNIX, kind) as manager:
                manager.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            _log.warning("systemd does not hear how the service is", reason=str(error))
