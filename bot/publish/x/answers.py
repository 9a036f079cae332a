"""The meaning of X's answers, and of the connection's faults.

the API or the connection says                 it becomes
connect error                                  Unreachable
429                                            Throttled, until the latest exhausted window ends
401, 403 about the account, 3xx, 404, not JSON Unauthorized, the account
402                                            OutOfCredit
400, 422, other 403                            Rejected
403 duplicate                                  OutcomeUnknown: only a read of own posts proves it
5xx, time-out, lost connection, unreadable     OutcomeUnknown
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
import tweepy

from bot.errors import OutcomeUnknown, OutOfCredit, PublishError, Rejected, Throttled, Unauthorized
from bot.models.reasons import ReasonCode
from bot.publish.answers import (
    UNREADABLE,
    broke,
    json_object,
    quote_answer,
    unreachable,
    unreadable,
)
from bot.through.faults import ProxyFailedError
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Seconds since 1970, beside a count of the requests left (X API, "Rate limits"; the daily ones are
# absent on some plans).
_WINDOWS = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")
_WITHOUT_HEADER = timedelta(minutes=15)
# Ends of problem types, and codes of API v1.1 that still appear, which concern the account.
_ACCOUNT_TYPES = (
    "user-suspended",
    "client-forbidden",
    "unsupported-authentication",
    "oauth1-permissions",
)
_CONSOLE = marked("see X's developer console")
_STEPS = (
    (
        "oauth1-permissions",
        marked("let the app read and write in X's developer console, then make new access tokens"),
    ),
    ("user-suspended", marked("log in to x.com as the account's owner to see why")),
)
"""Ends of problem types, and what the operator should do about them."""
_SUSPENDED = "authentication is suspended"
_ACCOUNT_CODES = frozenset({63, 64, 326})  # suspended, suspended, locked
_SAID_TWICE, _SAID_TWICE_CODE = "duplicate content", 187
_WRONG_PLACE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the libraries' errors into ours; the signed request in them is cut off."""
    try:
        yield
    except (
        aiohttp.ClientConnectorError,
        aiohttp.ConnectionTimeoutError,
        ProxyFailedError,
    ) as error:
        raise unreachable("X", error) from None
    except aiohttp.InvalidURL:
        text = marked("api_url is no valid address; check it")
        raise Unauthorized(ReasonCode.WRONG_ADDRESS, text, scope="account") from None
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as error:
        raise broke(error) from None
    except (aiohttp.ClientError, tweepy.TweepyException, *UNREADABLE) as error:
        raise unreadable("X", error) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The content of a refusal: problem+json, or the errors of API v1.1."""

    is_json: bool
    type: str
    text: str
    codes: frozenset[int]


def read_problem(body: bytes, secrets: Iterable[str] = ()) -> Problem:
    """Read the body of a refusal leniently; `text` is one line without `secrets`."""
    answer = json_object(body)
    listed = answer.get("errors")
    errors = (
        [error for error in listed if isinstance(error, dict)] if isinstance(listed, list) else []
    )
    texts = (answer.get("detail"), *(error.get("message") for error in errors), answer.get("title"))
    said = next(
        (text for text in texts if isinstance(text, str) and text), marked("no explanation")
    )
    return Problem(
        is_json=bool(answer),
        type=str(answer.get("type", "")),
        text=quote_answer(said, secrets),
        codes=frozenset(code for error in errors if isinstance(code := error.get("code"), int)),
    )


def refusal(status: int, headers: Mapping[str, str], problem: Problem) -> PublishError:
    """Return the error for an answer other than 2xx."""
    text = told("X answered {status}: {why}", status=status, why=problem.text)
    match status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Throttled(
                "rate_limit",
                text,
                until=exhausted_until(headers, unsaid="0"),
                wait=_WITHOUT_HEADER,
                scope="account",
            )
        case HTTPStatus.UNAUTHORIZED:
            text = told("{why}; check the account's keys and the clock", why=text)
            return Unauthorized("bad_keys", text, scope="account")
        case HTTPStatus.PAYMENT_REQUIRED:
            return OutOfCredit(
                "no_credit", told("{why}; buy credit in X's developer console", why=text)
            )
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return OutcomeUnknown("server_error", text)
        case HTTPStatus.REQUEST_TIMEOUT:
            return OutcomeUnknown("server_error", text)
        case status if status in _WRONG_PLACE or not problem.is_json:
            # X itself refuses in JSON: a redirect, a proxy or another server spoke.
            return Unauthorized(
                ReasonCode.WRONG_ADDRESS, told("{why}; check api_url", why=text), scope="account"
            )
    if status == HTTPStatus.FORBIDDEN:
        return _forbidden(problem, text)
    return Rejected("refused", text)


def _forbidden(problem: Problem, text: str) -> PublishError:
    folded = problem.text.lower()
    if _SAID_TWICE in folded or _SAID_TWICE_CODE in problem.codes:
        return OutcomeUnknown(
            ReasonCode.DUPLICATE, told("{why} It may be this very post", why=text)
        )
    is_of_account = problem.type.endswith(_ACCOUNT_TYPES) or _SUSPENDED in folded
    if is_of_account or problem.codes & _ACCOUNT_CODES:
        step = next((step for end, step in _STEPS if problem.type.endswith(end)), _CONSOLE)
        return Unauthorized("forbidden", f"{text}; {step}", scope="account")
    return Rejected("not_permitted", text, suspect="account")


def exhausted_until(headers: Mapping[str, str], *, unsaid: str = "1") -> datetime | None:
    """Return the end of the latest window of which nothing is left, None where some is.

    A window that does not say how much is left has `unsaid` left.
    """
    ends = [
        end
        for window in _WINDOWS
        if headers.get(f"{window}-remaining", unsaid) == "0"
        and (end := _moment(headers.get(f"{window}-reset", "")))
    ]
    return max(ends, default=None)


def _moment(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
