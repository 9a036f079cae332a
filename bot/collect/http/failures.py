"""The failures of a poll, in words that an operator can act on."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import aiohttp

from bot.collect.http.network import PrivateAddressError
from bot.collect.inflate import BrokenEncodingError, TooLargeError
from bot.errors import is_out_of_files
from bot.models.basics import Reason
from bot.models.feeds import FetchFailed
from bot.models.reasons import ReasonCode
from bot.through.faults import ProxyFailedError
from bot.wording import FEW_FILES, marked, told

if TYPE_CHECKING:
    from datetime import timedelta

_GONE: Final = 410
_STEPS: Final = {
    403: marked(
        "the server refuses newsbot: name yourself (`contact`), poll it less often "
        "(`every`), or ask the site to let feed readers through"
    ),
    404: marked("no feed is there: look for its new address on the site"),
}

# All that a poll can raise for reasons outside this program. aiohttp and yarl raise ValueError for
# addresses and headers that cannot be sent.
POLL_ERRORS: Final = (aiohttp.ClientError, OSError, TimeoutError, ValueError)


class PollError(ValueError):
    """A poll that ends for a reason of its own."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def failed(code: str, text: str, retry_after: timedelta | None = None) -> FetchFailed:
    """Return the outcome of a poll that brought no feed."""
    return FetchFailed(reason=Reason(code=code, text=text), retry_after=retry_after)


def status_failed(status: int, retry_after: timedelta | None) -> FetchFailed:
    """Return the outcome for an HTTP status that is no success."""
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = f"HTTP status {status}"
    if status == _GONE:
        return failed(
            ReasonCode.GONE,
            told("{phrase}: the feed was taken down for good; remove it", phrase=phrase),
            retry_after,
        )
    return failed(f"http_{status}", phrase, retry_after)


def feed_refused(status: int, retry_after: timedelta | None) -> FetchFailed:
    """Return the outcome for a feed's HTTP status that is no success, with the step to take."""
    outcome = status_failed(status, retry_after)
    step = _STEPS.get(status)
    if step is None:
        return outcome
    return failed(outcome.reason.code, f"{outcome.reason.text}: {step}", retry_after)


def explain(exc: Exception, host: str) -> FetchFailed:
    """Return the outcome for an exception of `POLL_ERRORS` or of decoding; names only `host`."""
    if isinstance(exc, PollError):
        return failed(exc.code, str(exc))
    if isinstance(exc, ProxyFailedError):
        return failed(ReasonCode.PROXY, exc.words)
    if is_out_of_files(exc):
        return failed("no_descriptors", FEW_FILES)
    if isinstance(exc, aiohttp.ClientConnectorError):
        return _not_connected(exc, host)
    for kind, code, text in _BY_KIND:
        if isinstance(exc, kind):
            return failed(code, told(text, host=host))
    return failed(
        "fetch_failed",
        told("cannot fetch from {host}: {error}", host=host, error=type(exc).__name__),
    )


def _not_connected(exc: aiohttp.ClientConnectorError, host: str) -> FetchFailed:
    if isinstance(exc, aiohttp.ClientSSLError):
        return failed(
            "tls", told("no secure connection to {host}: {why}", host=host, why=_tls_detail(exc))
        )
    cause = exc.os_error
    if isinstance(cause, PrivateAddressError):
        return private_address(cause.host)
    if isinstance(exc, aiohttp.ClientConnectorDNSError):
        return failed(ReasonCode.DNS, told("cannot find host {host}", host=host))
    if isinstance(cause, ConnectionRefusedError):
        return failed("refused", told("{host} refuses connections", host=host))
    if isinstance(cause, ConnectionError):
        # While TLS begins, as of a server that knows none: it was reached, and hung up.
        return failed("connection_lost", told("{host} broke the connection", host=host))
    return failed(
        ReasonCode.UNREACHABLE,
        told(
            "cannot connect to {host}: {why}", host=host, why=cause.strerror or marked("no route")
        ),
    )


def explain_redirected(exc: aiohttp.ClientConnectorError, origin: str, host: str) -> FetchFailed:
    """Return the outcome where `origin` answered with a redirect to `host`, which does not.

    Apart from `dns` and `unreachable`, which say that no server was asked at all.
    """
    outcome = explain(exc, host)
    if outcome.reason.code not in {ReasonCode.DNS, ReasonCode.UNREACHABLE}:
        return outcome
    return failed(
        "bad_redirect",
        told("{origin} redirects to another host: {why}", origin=origin, why=outcome.reason.text),
    )


def _tls_detail(exc: aiohttp.ClientSSLError) -> str:
    if isinstance(exc, aiohttp.ClientConnectorCertificateError):
        cause: object = exc.certificate_error
    else:
        cause = exc.os_error
    message = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
    return str(message or marked("the handshake failed"))


def private_address(host: str) -> FetchFailed:
    """Return the outcome for a way that leads into a private network."""
    return failed(
        "private_address",
        told(
            "the feed leads to {host}, a private address; if that is meant, write "
            'allow_hosts = ["{host}"]',
            host=host,
        ),
    )


_BY_KIND: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (TooLargeError, "too_large", marked("the feed at {host} is larger than a feed may be")),
    (
        BrokenEncodingError,
        "broken_encoding",
        marked("the compressed data at {host} cannot be read"),
    ),
    (
        aiohttp.ConnectionTimeoutError,
        "connect_timeout",
        marked("{host} did not accept the connection in time"),
    ),
    (aiohttp.SocketTimeoutError, "read_timeout", marked("{host} stopped sending")),
    (TimeoutError, "timeout", marked("{host} took too long for the whole poll")),
    (aiohttp.InvalidURL, "bad_address", marked("the address at {host} cannot be read")),
    (aiohttp.ClientResponseError, "bad_response", marked("{host} does not answer in HTTP")),
    (aiohttp.ClientError, "connection_lost", marked("{host} broke the connection")),
    (OSError, "connection_lost", marked("{host} broke the connection")),
    (ValueError, "bad_request", marked("the address or a header for {host} cannot be sent")),
)
