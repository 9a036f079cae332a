"""Publishes to X through tweepy, with OAuth 1.0a signatures valid for the address that is called.

what the API or the connection says            becomes
connect error                                  Unreachable
429                                            Throttled, until the latest exhausted window ends
401, 403 about the account, 3xx, 404, not JSON Unauthorized, the account
402                                            OutOfCredit
400, 422, other 403                            Rejected
403 duplicate                                  OutcomeUnknown: only a read of own posts proves it
5xx, time-out, lost connection, unreadable     OutcomeUnknown

Of the upload of a picture only what stops the account or was no connection counts; anything else
costs the picture, never the post.
"""

from __future__ import annotations

import json as json_module
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
import tweepy
from oauthlib.oauth1 import Client as OAuthClient
from tweepy.asynchronous import AsyncClient
from yarl import URL

from bot import __version__
from bot.errors import (
    OutcomeUnknown,
    OutOfCredit,
    PublishError,
    Rejected,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.models import Receipt
from bot.publish.quoting import quote_answer
from bot.publish.x_media import Attachment, MediaShelf, attach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.models import Channel, Post

# Seconds since 1970, beside a count of what is left (X API, "Rate limits"; the daily ones are
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
_SUSPENDED = "authentication is suspended"
_ACCOUNT_CODES = frozenset({63, 64, 326})  # suspended, suspended, locked
_DUPLICATE, _DUPLICATE_CODE = "duplicate content", 187
# What tweepy and aiohttp raise for an answer of another shape than they expect.
_UNREADABLE = (
    aiohttp.ClientError,
    tweepy.TweepyException,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
)
_WRONG_PLACE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE)


class XAccount(AsyncClient):  # type: ignore[misc] # tweepy has no types
    """One user of X: keys and connections. Sends nothing until the first post.

    Time-outs are in seconds.
    """

    def __init__(
        self,
        *,
        api_key: str,
        api_secret: str,
        access_token: str,
        access_token_secret: str,
        api_url: str,
        connect: float = 10,
        total: float = 40,
    ) -> None:
        super().__init__(
            consumer_key=api_key,
            consumer_secret=api_secret,
            access_token=access_token,
            access_token_secret=access_token_secret,
        )
        self.user_agent = f"newsbot/{__version__}"
        self._secrets = (api_key, api_secret, access_token, access_token_secret)
        self._api_url = api_url
        # An access token of OAuth 1.0a begins with the number of the user that it is for.
        self.user_id = access_token.partition("-")[0]
        self.rest_until: datetime | None = None
        """Until then X takes no more posts of this account, as it said with the last one."""
        self._timeout = aiohttp.ClientTimeout(total=total, connect=connect)
        self.media = MediaShelf(self.request)

    async def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        user_auth: bool = True,  # noqa: ARG002 - tweepy's signature
        *,
        missing_ok: bool = False,
        data: aiohttp.FormData | None = None,
    ) -> aiohttp.ClientResponse:
        """Sign and send one request; tweepy's own signs and calls a fixed host.

        Neither JSON nor a multipart form, `data`, belongs to what is signed (RFC 5849, 3.4.1.3).
        Raises one of `PublishError`'s subclasses unless the answer is 2xx, or says that what the
        route names is not there and that is `missing_ok`.
        """
        signer = OAuthClient(
            self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret
        )
        address = str(URL(self._api_url + route).with_query(sorted((params or {}).items())))
        address, headers, _ = signer.sign(address, method, headers={"User-Agent": self.user_agent})
        # A connection of its own for each post: one that idled for minutes may be dead, and then
        # nobody knows whether the post was taken.
        async with (
            aiohttp.ClientSession(
                timeout=self._timeout, trust_env=True, middlewares=(_never_again,)
            ) as session,
            session.request(
                method,
                URL(address, encoded=True),
                json=json,
                data=data,
                headers=headers,
                allow_redirects=False,
            ) as response,
        ):
            body = await response.read()
        if (method, route) == ("POST", "/2/tweets"):
            self.rest_until = exhausted_until(response.headers)
        if not 200 <= response.status < 300:  # noqa: PLR2004 - the successes
            problem = read_problem(body, self._secrets)
            if not (missing_ok and problem.type.endswith("resource-not-found")):
                raise refusal(response.status, response.headers, problem)
        return response

    async def who_am_i(self) -> str:
        """Return the account's @name, and what the keys may do; posts nothing.

        Raises PublishError: the keys are wrong, X wants money first, or X cannot be reached.
        """
        with translated():
            response = await self.request("GET", "/2/users/me")
            name = f"@{(await response.json())['data']['username']}"
        # X says in each answer what the access token may do ("App permissions").
        level = response.headers.get("x-access-level", "")
        if level == "read":
            text = f"{name}: the keys may only read; set Read and write, then make new access keys"
            raise Unauthorized("read_only", text, scope="account")
        return f"{name}, access {level}" if level else name

    def publisher(self, channel: Channel) -> XPublisher:
        """Return the publisher of a channel on this account."""
        return XPublisher(channel, self)

    async def close(self) -> None:
        """Nothing stays open between two posts."""


class XPublisher:
    """Posts to one account. Implements `ports.Publisher`."""

    def __init__(self, channel: Channel, account: XAccount) -> None:
        self._channel = channel
        self._account = account

    async def publish(self, post: Post) -> Receipt:
        """Create the post, with its picture where that can be uploaded."""
        attachment = await attach(post, self._account.media, translated)
        try:
            remote_id = await self._create(post, attachment)
        except PublishError as error:
            error.alt_text_billed = attachment.described
            raise
        return Receipt(
            remote_id=remote_id,
            url=address_of(remote_id),
            rest_until=self._account.rest_until,
            alt_text_billed=attachment.described,
            picture_lost=attachment.lost,
        )

    async def close(self) -> None:
        """Leave the connections to the account."""

    async def _create(self, post: Post, attachment: Attachment) -> str:
        media_ids = [attachment.id] if attachment.id else None
        try:
            with translated():
                response = await self._account.create_tweet(
                    text=post.text, media_ids=media_ids, user_auth=True
                )
                remote_id = str(int(response.data["id"]))
        except Rejected as error:
            self._account.media.forget(post)
            # X does not say what it disliked: without the picture it shows.
            raise Rejected(error.code, str(error), part="image" if media_ids else None) from None
        self._account.media.forget(post)
        return remote_id


def address_of(remote_id: str) -> str:
    """Return the address of a post."""
    return f"https://x.com/i/web/status/{remote_id}"


async def _never_again(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating a GET or DELETE whose connection broke.

    Its signature would be the same, which X refuses as a replay: wrong keys, it seems.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _broke(error) from None


def _broke(error: Exception) -> OutcomeUnknown:
    text = f"the connection broke while sending ({type(error).__name__})"
    return OutcomeUnknown("no_answer", text)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the libraries' errors into ours; the signed request in them is cut off."""
    try:
        yield
    except (
        aiohttp.ClientConnectorError,
        aiohttp.ConnectionTimeoutError,
        aiohttp.ClientHttpProxyError,
    ) as error:
        text = f"X cannot be reached ({type(error).__name__})"
        raise Unreachable("unreachable", text) from None
    except aiohttp.InvalidURL:
        text = "api_url is no valid address; check it"
        raise Unauthorized("wrong_address", text, scope="account") from None
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as error:
        raise _broke(error) from None
    except _UNREADABLE as error:
        text = f"X's answer could not be read ({type(error).__name__})"
        raise OutcomeUnknown("bad_answer", text) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a refusal says: problem+json, or the errors of API v1.1."""

    is_json: bool
    type: str
    text: str
    codes: frozenset[int]


def read_problem(body: bytes, secrets: Iterable[str] = ()) -> Problem:
    """Read the body of a refusal leniently; `text` is one line without `secrets`."""
    answer = _json_object(body)
    listed = answer.get("errors")
    errors = (
        [error for error in listed if isinstance(error, dict)] if isinstance(listed, list) else []
    )
    texts = (answer.get("detail"), *(error.get("message") for error in errors), answer.get("title"))
    said = next((text for text in texts if isinstance(text, str) and text), "no explanation")
    return Problem(
        is_json=bool(answer),
        type=str(answer.get("type", "")),
        text=quote_answer(said, secrets),
        codes=frozenset(code for error in errors if isinstance(code := error.get("code"), int)),
    )


def refusal(status: int, headers: Mapping[str, str], problem: Problem) -> PublishError:
    """Return what an answer other than 2xx means."""
    text = f"X answered {status}: {problem.text}"
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
            text = f"{text}; check the account's keys and the clock"
            return Unauthorized("bad_keys", text, scope="account")
        case HTTPStatus.PAYMENT_REQUIRED:
            return OutOfCredit("no_credit", f"{text}; buy credit in X's developer console")
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return OutcomeUnknown("server_error", text)
        case HTTPStatus.REQUEST_TIMEOUT:
            return OutcomeUnknown("server_error", text)
        case status if status in _WRONG_PLACE or not problem.is_json:
            # X itself refuses in JSON: a redirect, a proxy or another server spoke.
            return Unauthorized("wrong_address", f"{text}; check api_url", scope="account")
    if status == HTTPStatus.FORBIDDEN:
        return _forbidden(problem, text)
    return Rejected("refused", text)


def _forbidden(problem: Problem, text: str) -> PublishError:
    folded = problem.text.lower()
    if _DUPLICATE in folded or _DUPLICATE_CODE in problem.codes:
        return OutcomeUnknown("duplicate", f"{text} It may be this very post")
    is_of_account = problem.type.endswith(_ACCOUNT_TYPES) or _SUSPENDED in folded
    if is_of_account or problem.codes & _ACCOUNT_CODES:
        return Unauthorized("forbidden", f"{text}; see X's developer console", scope="account")
    return Rejected("refused", text)


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


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        answer = json_module.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
