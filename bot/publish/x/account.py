"""A user of X: requests by tweepy, with OAuth 1.0a signatures valid for the address called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
from oauthlib.oauth1 import Client as OAuthClient
from tweepy.asynchronous import AsyncClient
from yarl import URL

from bot import __version__
from bot.clock import seconds_since_boot
from bot.errors import Unauthorized
from bot.models.profiles import AboutAccount, Profile
from bot.publish.answers import broke
from bot.publish.x.answers import exhausted_until, read_problem, refusal, translated
from bot.publish.x.media import MediaShelf
from bot.publish.x.posts import XPosts
from bot.through.faults import named_in_faults
from bot.through.requests import arguments, connector_through
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.models.proxies import Proxy
    from bot.models.settings import Channel


_CONNECT = 10.0  # seconds


class XAccount(AsyncClient):  # type: ignore[misc] # tweepy has no types
    """One user of X: keys and connections. Sends nothing until the first post.

    Time-outs are in seconds.
    """

    elapsed = staticmethod(seconds_since_boot)
    """Counts seconds, the machine's sleep included."""

    def __init__(
        self,
        *,
        api_key: str,
        api_secret: str,
        access_token: str,
        access_token_secret: str,
        api_url: str,
        total: float = 40,
        proxy: Proxy | None = None,
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
        self._proxy = proxy
        # An access token of OAuth 1.0a begins with the number of the user that it is for.
        self.user_id = access_token.partition("-")[0]
        self.rest_until: datetime | None = None
        """Until then X takes no more posts of this account, as it said with the last one."""
        self._timeout = aiohttp.ClientTimeout(total=total, connect=min(_CONNECT, total))
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

        Neither JSON nor a multipart form, `data`, is signed (RFC 5849, 3.4.1.3). Raises one of
        `PublishError`'s subclasses unless the answer is 2xx, or says that the route names
        nothing and that is `missing_ok`.
        """
        signer = OAuthClient(
            self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret
        )
        address = str(URL(self._api_url + route).with_query(sorted((params or {}).items())))
        address, headers, _ = signer.sign(address, method, headers={"User-Agent": self.user_agent})
        # A connection of its own for each post: one that idled for minutes may be dead, and then
        # nobody knows whether the post was taken.
        with named_in_faults(self._proxy):
            async with (
                aiohttp.ClientSession(
                    timeout=self._timeout,
                    connector=connector_through(self._proxy),
                    middlewares=(_never_again,),
                ) as session,
                session.request(
                    method,
                    URL(address, encoded=True),
                    json=json,
                    data=data,
                    headers=headers,
                    allow_redirects=False,
                    **arguments(self._proxy),
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

    async def who_am_i(self) -> AboutAccount:
        """Return the account's names, and the rights of the keys; posts nothing.

        Raises PublishError: the keys are wrong, X wants money first, or X cannot be reached.
        """
        with translated():
            response = await self.request("GET", "/2/users/me")
            user = (await response.json())["data"]
            name = f"@{user['username']}"
        # X names the rights of the access token in each answer ("App permissions").
        level = response.headers.get("x-access-level", "")
        if level == "read":
            text = told(
                "{name}: the keys may only read; set Read and write, then make new access keys",
                name=name,
            )
            raise Unauthorized("read_only", text, scope="account")
        return AboutAccount(
            text=f"{name}, access {level}" if level else name,
            profile=Profile(name=str(user.get("name") or name), handle=name),
        )

    def publisher(self, _: Channel) -> XPosts:
        """Return the publisher of a channel on this account."""
        return XPosts(self)

    async def close(self) -> None:
        """Nothing stays open between two posts."""


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
        raise broke(error) from None
