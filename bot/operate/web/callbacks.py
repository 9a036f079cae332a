"""Answers hubs: verifications of subscriptions, and the news that they push (WebSub)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.collect.websub.hubs import links_of_headers
from bot.collect.websub.leases import lease_of
from bot.collect.websub.signatures import is_signed
from bot.errors import StoreError
from bot.log import get_logger
from bot.models.basics import Reason
from bot.models.feeds import FetchedFeed
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.models.basics import FeedId
    from bot.models.subscriptions import Subscription
    from bot.store.stories.hubs import Subscriptions

_log = get_logger(__name__)
PATH: Final = "/websub/"
MAX_BYTES: Final = 8 * 1024 * 1024
_BODY_WITHIN: Final = 30.0  # seconds
_BODIES_AT_ONCE: Final = 4
_LONGEST_REASON: Final = 200
_PLAIN: Final = {"X-Content-Type-Options": "nosniff"}


class Callbacks:
    """The callback of each subscription; `deliver` gets what a hub pushed about a feed.

    A document of None says that there is news, and nothing of it that could be believed.
    """

    def __init__(
        self,
        store: Subscriptions,
        deliver: Callable[[FeedId, FetchedFeed | None], None],
        now: Callable[[], datetime],
        *,
        body_within: float = _BODY_WITHIN,
    ) -> None:
        self._store = store
        self._deliver = deliver
        self._now = now
        self._body_within = body_within
        self._bodies = asyncio.Semaphore(_BODIES_AT_ONCE)

    async def verify(self, request: web.Request) -> web.Response:
        """Repeat the challenge for what this program asked for (section 5.3), and for nothing else.

        A denial is noted (section 5.2).
        """
        token, asked = request.match_info["token"], request.query
        mode, topic = asked.get("hub.mode", ""), asked.get("hub.topic", "")
        try:
            if mode == "denied":
                return await self._denied(token, topic, asked.get("hub.reason", ""))
            lease = lease_of(asked.get("hub.lease_seconds", ""), self._now())
            challenge = asked.get("hub.challenge", "")
            if not challenge or not await self._store.verify(
                token, mode, topic, lease, self._now()
            ):
                return web.Response(status=404)
        except StoreError as error:
            return _unavailable(error)
        return web.Response(text=challenge, headers=_PLAIN)

    async def _denied(self, token: str, topic: str, said: str) -> web.Response:
        words = " ".join("".join(c if c.isprintable() else " " for c in said).split())
        text = told(
            "the hub denies the subscription: {why}",
            why=words[:_LONGEST_REASON] or marked("it says not why"),
        )
        is_known = await self._store.deny(token, topic, text, self._now())
        return web.Response(status=200 if is_known else 404)

    async def push(self, request: web.Request) -> web.Response:
        """Take what a hub pushed (section 7): it is noted before the hub learns that it came."""
        token = request.match_info["token"]
        try:
            one = await self._store.of(token)
            if one is None or one.is_leaving:
                return web.Response(status=410)
            body = await self._body(request)
            if body is None:
                return web.Response(status=408)
            if why := _fault_of(one, request, body):
                await self._store.ignore(token, why)
            else:
                await self._store.push(token, self._now())
                self._deliver(one.feed, _document(one, request, body))
        except StoreError as error:
            return _unavailable(error)
        return web.Response(status=202)

    async def _body(self, request: web.Request) -> bytes | None:
        """Return the body, None where it does not come in time; a few are read at a time."""
        try:
            async with asyncio.timeout(self._body_within), self._bodies:
                return await request.read()
        except TimeoutError:
            return None


def _fault_of(one: Subscription, request: web.Request, body: bytes) -> Reason | None:
    """Return why a push is to be ignored (section 7.1); the hub is told nothing of it."""
    if one.expires is None:
        return Reason(
            code="unasked", text=marked("a push came before the hub verified the subscription")
        )
    if one.secret is None:
        return None
    header = request.headers.get("X-Hub-Signature", "")
    if is_signed(body, header, one.secret):
        return None
    what = marked("its signature is wrong") if header else marked("it is not signed")
    return Reason(code="bad_signature", text=told("a push was ignored: {why}", why=what))


def _document(one: Subscription, request: web.Request, body: bytes) -> FetchedFeed | None:
    """Return the pushed document; None where nothing proves that it is the feed's.

    Without a secret anybody on the way could have sent it: the feed itself is read then.
    """
    links = links_of_headers(request.headers.getall("Link", []))
    selves = [address for relation, address in links if relation == "self"]
    if one.secret is None or not body.strip() or (selves and one.topic not in selves):
        return None
    kind = request.headers.get("Content-Type", "")
    return FetchedFeed(url=one.topic, body=body, content_type=kind, is_part=True)


def _unavailable(error: StoreError) -> web.Response:
    """Let the hub try again later."""
    _log.error(str(error))
    return web.Response(status=503, headers={"Retry-After": "60"})
