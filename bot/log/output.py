"""Sends the logs of the whole process to standard error: for people, or as JSON for the journal."""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from bot.errors import is_out_of_files
from bot.log import local_time
from bot.log.redaction import Redactor, hide, redact
from bot.visible import escaped_json, visible
from bot.wording import FEW_FILES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo
    from typing import TextIO

    from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

# They tell of every request, some of them with the token in its address.
_TALKATIVE = ("httpx", "httpcore", "tweepy", "oauthlib", "requests_oauthlib")
_RAISING = ("telegram", "procrastinate", "psycopg.pool")
_WORDY = ("alembic", "apscheduler", "aiohttp", "asyncio", "tzlocal", "urllib3")
# sd-daemon(3): the journal takes this prefix off a line and files the line under its priority.
_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}


def configure(
    level: str,
    secrets: Iterable[str] = (),
    timezone: tzinfo = UTC,
    *,
    form: str = "text",
    is_journal: bool = False,
) -> None:
    """Send all logs of this process, at `level` and above, to standard error.

    In the form "text" times are told in `timezone`, the operator's, with their offset; in the form
    "json" a line is an object with the time in UTC, for the journal with its priority in front.
    Warnings and errors that nobody caught go the same way. `secrets` are hidden from now on, see
    `hide`.
    """
    hide(secrets)
    stamp = _utc_stamp if form == "json" else _stamp(timezone)
    shared = [structlog.stdlib.add_log_level, _name_the_limit, stamp]
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
    finish = _json(is_journal=is_journal) if form == "json" else _text()
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *finish],
    )
    handler.setFormatter(Redactor(formatter))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    threading.excepthook = _thread_broke
    sys.unraisablehook = _unraisable
    _quieten(level)


def form_of(wanted: str, stream: TextIO, environ: Mapping[str, str]) -> tuple[str, bool]:
    """Return the form of the log, and whether `stream` is the journal.

    "auto" is "json" where systemd started us and nobody watches; systemd.exec(5) names the journal
    by device and inode in $JOURNAL_STREAM.
    """
    try:
        at = os.fstat(stream.fileno())
        is_journal = environ.get("JOURNAL_STREAM") == f"{at.st_dev}:{at.st_ino}"
    except (OSError, ValueError):
        is_journal = False
    is_service = is_journal or "INVOCATION_ID" in environ
    if wanted == "auto":
        wanted = "json" if is_service and not stream.isatty() else "text"
    return wanted, is_journal


def json_line(event: str, level: str, *, is_journal: bool, **fields: str) -> str:
    """Return a line as the log in the form "json" has it, for who writes past the log."""
    line: EventDict = _utc_stamp(None, "", {"event": event, "level": level, **fields})
    (render,) = _json(is_journal=is_journal)[1:]
    return redact(str(render(None, "", line)))


def _stamp(timezone: tzinfo) -> Processor:
    def stamp(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {"timestamp": local_time(datetime.now(UTC), timezone), **event}

    return stamp


def _utc_stamp(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"time": now, "level": event.pop("level", ""), "event": event.pop("event", ""), **event}


def _name_the_limit(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Say in one line that no descriptor is left: no place in the program is at fault for that."""
    shown = event.get("exc_info")
    error = shown[1] if isinstance(shown, tuple) else shown
    if error is True:
        error = sys.exc_info()[1]
    if not isinstance(error, BaseException) or not is_out_of_files(error):
        return event
    return {name: value for name, value in event.items() if name != "exc_info"} | {
        "event": FEW_FILES
    }


def _fit_to_show(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Keep what a feed says from driving the terminal on which the log is read."""
    return {name: visible(one) if isinstance(one, str) else one for name, one in event.items()}


def _print_traceback(stream: TextIO, error: ExcInfo) -> None:
    # The default draws boxes with local variables: a secret folded there is not found.
    text = io.StringIO()
    structlog.dev.plain_traceback(text, error)
    stream.write(visible(text.getvalue()))


def _text() -> list[Processor]:
    return [
        _fit_to_show,
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=0,
            pad_level=False,
            sort_keys=False,
            exception_formatter=_print_traceback,
        ),
    ]


def _json(*, is_journal: bool) -> list[Processor]:
    render = structlog.processors.JSONRenderer(ensure_ascii=False)

    def with_priority(logger: WrappedLogger, name: str, event: EventDict) -> str:
        level = str(event.get("level"))
        line = render(logger, name, event)
        text = escaped_json(line if isinstance(line, str) else line.decode())
        return f"<{_PRIORITIES.get(level, 6)}>{text}" if is_journal else text

    return [structlog.processors.format_exc_info, with_priority]


def _quieten(level: str) -> None:
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # They log their own errors with a traceback, and raise them, too: one line tells them.
    for name in _RAISING:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in _WORDY:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)


def _thread_broke(broken: threading.ExceptHookArgs) -> None:
    logging.getLogger("bot").error("a thread broke down", exc_info=broken.exc_value)


def _unraisable(broken: sys.UnraisableHookArgs) -> None:
    logging.getLogger("bot").error("an error could not be raised", exc_info=broken.exc_value)
