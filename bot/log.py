"""Logs: one line an event on standard error, the same field names everywhere, no secret in any.

Fields: feed, channel, account, delivery, state, reason. Every library's log passes the same gate.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from structlog.typing import EventDict, Processor, WrappedLogger

LEVELS = ("debug", "info", "warning", "error")
# They tell of every request, some of them with the token in its address.
_TALKATIVE = ("httpx", "httpcore", "telegram", "tweepy", "oauthlib", "requests_oauthlib")
_WORDY = ("apscheduler", "aiohttp", "asyncio", "tzlocal", "urllib3")
_HIDDEN = "[secret]"


class Redactor(logging.Formatter):
    """The last gate: replaces every known secret in a finished line, whatever wrote it."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        forms = {form for secret in secrets if secret for form in spellings(secret)}
        self._secrets = sorted(forms, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Format by the inner formatter, then hide."""
        line = self._inner.format(record)
        for secret in self._secrets:
            line = line.replace(secret, _HIDDEN)
        return line


def spellings(secret: str) -> set[str]:
    """Return the forms in which a secret may turn up in an address or a message."""
    return {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}


def configure(level: str, secrets: Iterable[str] = (), timezone: tzinfo = UTC) -> None:
    """Send all logs of this process, at `level` and above, to standard error.

    Times are told in `timezone`: the operator's, as everywhere else.
    """

    def stamp(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {"timestamp": f"{datetime.now(timezone):%Y-%m-%d %H:%M:%S}", **event}

    shared: list[Processor] = [structlog.stdlib.add_log_level, stamp]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redactor(_formatter(shared), secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    _quieten(level)


def _formatter(shared: list[Processor]) -> logging.Formatter:
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), pad_event_to=0, pad_level=False, sort_keys=False
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _quieten(level: str) -> None:
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _WORDY:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
