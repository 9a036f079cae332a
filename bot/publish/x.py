"""Publishes to X through tweepy, with OAuth 1.0a signatures valid for the address that is called.

what the API or the connection says            becomes
connect error                                  Unreachable
429                                            Throttled, until the latest exhausted window ends
401, 403 about the account, 404                Unauthorized, the account
402                                            OutOfCredit
400, 422, other 403                            Rejected
403 duplicate                                  OutcomeUnknown: only a read of own posts proves it
5xx, time-out, lost connection, unreadable     OutcomeUnknown
"""

from __future__ import annotations

import json as json_module
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import tweepy
from oauthlib.oauth1 import Client as OAuthClient
from tweepy.asynchronous import AsyncClient
from yarl import URL

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

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.models import Channel, Post

# Seconds since 1970, beside a count of what is left (X API, "Rate limits"; the daily ones are
# absent on some plans).
_WINDOWS = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")
_WITHOUT_HEADER = timedelta(minutes=15)
_ACCOUNT_WORDS = (
    "suspended",
    "client-forbidden",
    "unsupported-authentication",
    "oauth1-permissions",
    "locked",
)
_LONGEST_DETAIL = 300


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
        self._api_url = api_url
        self._timeout = aiohttp.ClientTimeout(total=total, connect=connect)

    async def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        user_auth: bool = True,  # noqa: ARG002 - tweepy's signature
    ) -> aiohttp.ClientResponse:
        """Sign and send one request; tweepy's own signs and calls a fixed host.

        Raises one of `PublishError`'s subclasses unless the answer is 2xx.
        """
        signer = OAuthClient(
            self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret
        )
        address = str(URL(self._api_url + route).with_query(sorted((params or {}).items())))
        address, headers, _ = signer.sign(address, method, headers={"User-Agent": self.user_agent})
        # A connection of its own for each post: one that idled for minutes may be dead, and then
        # nobody knows whether the post was taken.
        async with (
            aiohttp.ClientSession(timeout=self._timeout) as session,
            session.request(
                method,
                URL(address, encoded=True),
                json=json,
                headers=headers,
                allow_redirects=False,
            ) as response,
        ):
            body = await response.read()
        if not 200 <= response.status < 300:  # noqa: PLR2004 - the successes
            raise refusal(response.status, response.headers, body)
        return response

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
        """Create the post."""
        with _translated():
            response = await self._account.create_tweet(text=post.text, user_auth=True)
            remote_id = str(response.data["id"])
        return Receipt(remote_id=remote_id, url=f"https://x.com/i/web/status/{remote_id}")

    async def close(self) -> None:
        """Leave the connections to the account."""


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the libraries' errors into ours; the signed request in them is cut off."""
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        text = f"X cannot be reached ({type(error).__name__})"
        raise Unreachable("unreachable", text) from None
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as error:
        text = f"the connection broke while sending ({type(error).__name__})"
        raise OutcomeUnknown("no_answer", text) from None
    except (aiohttp.ClientError, tweepy.TweepyException, ValueError, KeyError, TypeError,
            AttributeError) as error:  # fmt: skip
        text = f"X's answer could not be read ({type(error).__name__})"
        raise OutcomeUnknown("bad_answer", text) from None


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> PublishError:
    """Return what an answer other than 2xx means."""
    text = f"X answered {status}: {_detail(body)}"
    folded = body.decode("utf-8", "replace").lower()
    match status:
        case 429:
            return Throttled("rate_limit", text, until=_reset(headers), wait=_WITHOUT_HEADER)
        case 401:
            return Unauthorized("bad_keys", f"{text}; renew the account's keys", scope="account")
        case 402:
            return OutOfCredit("no_credit", f"{text}; buy credit in X's developer console")
        case 403 if "duplicate content" in folded:
            return OutcomeUnknown("duplicate", f"{text} It may be this very post")
        case 403 if any(word in folded for word in _ACCOUNT_WORDS):
            return Unauthorized("forbidden", text, scope="account")
        case 404:
            return Unauthorized("wrong_address", f"{text}; check api_url", scope="account")
        case _ if 400 <= status < 500 and status != 408:  # noqa: PLR2004 - but not its time-out
            return Rejected("refused", text)
        case _:
            return OutcomeUnknown("server_error", text)


def _reset(headers: Mapping[str, str]) -> datetime | None:
    """Return the end of the latest window of which nothing is left."""
    ends = [
        datetime.fromtimestamp(int(headers[f"{window}-reset"]), UTC)
        for window in _WINDOWS
        if headers.get(f"{window}-remaining", "0") == "0"
        and headers.get(f"{window}-reset", "").isdecimal()
    ]
    return max(ends, default=None)


def _detail(body: bytes) -> str:
    """Return what the answer says, on one line; answers may be JSON of two shapes, or HTML."""
    try:
        answer = json_module.loads(body)
    except ValueError:
        return "no explanation"
    if not isinstance(answer, dict):
        return "no explanation"
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    words = answer.get("detail") or (isinstance(first, dict) and first.get("message"))
    return " ".join(str(words or answer.get("title") or "no explanation").split())[:_LONGEST_DETAIL]
