"""Answers and faults, alike on every platform: read without trust, quoted without secrets."""

from __future__ import annotations

import json
import socket
import ssl
from typing import TYPE_CHECKING, Any

from bot.errors import OutcomeUnknown, Unreachable, is_out_of_files
from bot.log import redact, spellings
from bot.models.reasons import ReasonCode
from bot.through.faults import ProxyFailedError
from bot.wording import FEW_FILES, marked, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST = 200
_WHY: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLError, marked("no secure connection: look at the clock, and who stands in between")),
    (socket.gaierror, marked("its name is not found: look at the network and its DNS")),
    (ConnectionRefusedError, marked("it refuses the connection")),
    (TimeoutError, marked("it does not answer: look at the network and its firewall")),
)
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""Libraries raise these for an answer of another shape than they expect."""


def unreachable(platform: str, error: BaseException) -> Unreachable:
    """Return the error for a request that never left."""
    why = error.words if isinstance(error, ProxyFailedError) else _no_connection(error)
    return Unreachable(
        ReasonCode.UNREACHABLE,
        told("{platform} cannot be reached ({why})", platform=platform, why=why),
    )


def _no_connection(error: BaseException) -> str:
    """Return why there is no connection, by the error of the system behind the library's own."""
    if is_out_of_files(error):
        return FEW_FILES
    causes = list(_causes(error))
    for kind, words in _WHY:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    return type(error).__name__


def is_insecure(error: BaseException) -> bool:
    """Tell whether a server was reached, and no secure connection came about."""
    return any(isinstance(cause, ssl.SSLError) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def broke(error: BaseException) -> OutcomeUnknown:
    """Return the error for a request that was on its way when `error` broke the connection."""
    text = told("the connection broke while sending ({error})", error=type(error).__name__)
    return OutcomeUnknown(ReasonCode.NO_ANSWER, text)


def unreadable(platform: str, error: BaseException) -> OutcomeUnknown:
    """Return the error for a request that was sent, and answered in another form than expected."""
    text = told(
        "{platform}'s answer could not be read ({error})",
        platform=platform,
        error=type(error).__name__,
    )
    return OutcomeUnknown("bad_answer", text)


def quote_answer(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` in one printable line of at most 200 characters, with `secrets` hidden."""
    for secret in sorted(_forms(secrets), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    text = redact(text)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, an empty one where there is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _forms(secrets: Iterable[str]) -> set[str]:
    return {form for secret in secrets if secret for form in spellings(secret)}
