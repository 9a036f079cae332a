"""Subscribes to the feeds that name a hub, and renews that in time."""

from __future__ import annotations

import asyncio
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot.log import get_logger
from bot.models.subscriptions import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.models.basics import FeedId
    from bot.models.settings import Feed
    from bot.models.subscriptions import Hub
    from bot.ports import Hubs
    from bot.store.stories.hubs import Subscriptions

_log = get_logger(__name__)
ROUND: Final = 5.0
"""Seconds between two looks at what is due."""
_AT_ONCE: Final = 8
_TOKEN_BYTES: Final = 24
_SECRET_BYTES: Final = 32  # WebSub allows less than 200 characters


class Subscriber:
    """Keeps the subscriptions of `feeds`; `base` is the beginning of all callbacks.

    Without a base no hub can reach this program: subscriptions of before are forgotten.
    """

    def __init__(
        self,
        store: Subscriptions,
        hubs: Hubs,
        feeds: Mapping[FeedId, Feed],
        *,
        base: str | None,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._hubs = hubs
        self._feeds = {id_: feed for id_, feed in feeds.items() if not feed.is_local}
        self._base = base
        self._now = now
        self._is_begun = False

    async def round(self) -> None:
        """Ask hubs for what is due: new subscriptions, those that end soon, those to end."""
        if self._base is None:
            await self._forget_all()
            return
        wanted = self._feeds.keys()
        if self._is_begun and not await self._store.are_due(wanted, self._now()):
            return
        await self._store.reconcile(wanted, self._base, self._new, self._now())
        self._is_begun = True
        due = await self._store.claim_due(self._now(), limit=_AT_ONCE)
        await asyncio.gather(*(self._ask(one) for one in due))

    async def _forget_all(self) -> None:
        if not self._is_begun and await self._store.are_any():
            await self._store.forget_all(self._now())
        self._is_begun = True

    async def _ask(self, one: Subscription) -> None:
        feed = self._feeds.get(one.feed)
        refused = await self._hubs.ask(one, feed.allow_hosts if feed else ())
        await self._store.answer(one.token, refused, self._now())
        if refused is not None and not one.attempts:
            _log.warning(
                "its hub refuses: it is polled as usual", feed=one.feed, reason=refused.reason.text
            )

    def _new(self, feed: FeedId, hub: Hub) -> Subscription:
        token = token_urlsafe(_TOKEN_BYTES)
        # In clear text a secret would prove nothing.
        host = urlsplit(hub.url).hostname or ""
        is_safe = hub.url.startswith("https://") or host in self._feeds[feed].allow_hosts
        return Subscription(
            token=token,
            feed=feed,
            hub=hub.url,
            topic=hub.topic,
            callback=f"{self._base}{token}",
            secret=token_urlsafe(_SECRET_BYTES) if is_safe else None,
        )
