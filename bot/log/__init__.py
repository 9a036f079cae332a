"""Logs: one line an event on standard error, the same field names everywhere, no secret in any.

Fields: event, level, time, and the subject: feed, channel, account, delivery, reason (why),
errors (failures in a row), seconds (how long it took), items, new, owed (counts of a poll),
remote_id, title, exception. Every library's log passes the same gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from bot.log.redaction import hide, redact, spellings

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from structlog.stdlib import BoundLogger

__all__ = [
    "FORMATS",
    "LEVELS",
    "configure_at_first_line",
    "get_logger",
    "hide",
    "local_time",
    "redact",
    "spellings",
    "traceback_of",
]

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("auto", "text", "json")


def get_logger(name: str) -> BoundLogger:
    """Return the logger of a module. The first line that it logs loads structlog."""
    return cast("BoundLogger", _LateLogger(name))


def configure_at_first_line(configure: Callable[[], object]) -> None:
    """Let `configure` say where the log goes, once there is a line and nobody has said it.

    Without it lines go to standard output (structlog's default), into what a command prints.
    """
    _LateLogger.configure = staticmethod(configure)


class _LateLogger:
    """Becomes a logger when something is logged: loading structlog takes 70 ms."""

    configure: ClassVar[Callable[[], object]] = staticmethod(lambda: None)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:
        import structlog  # noqa: PLC0415 - as the class says

        if not structlog.is_configured():
            _LateLogger.configure()
        return getattr(structlog.stdlib.get_logger(self._name), method)


def local_time(moment: datetime, timezone: tzinfo) -> str:
    """Return `moment` as the operator reads it, with its offset: a log may travel."""
    return moment.astimezone(timezone).isoformat(sep=" ", timespec="seconds")


def traceback_of(error: BaseException) -> str:
    """Return the traceback of `error` without secrets."""
    import traceback  # noqa: PLC0415 - only a bug needs it

    return redact("".join(traceback.format_exception(error)))
