"""Asks hubs for subscriptions (WebSub section 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.collect.http.guarded import GuardedClient
from bot.collect.http.limits import FetchLimits
from bot.collect.websub.leases import WANTED
from bot.models.feeds import FetchFailed
from bot.models.proxies import NO_PROXIES
from bot.models.subscriptions import HubRefused

if TYPE_CHECKING:
    from collections.abc import Collection

    import aiohttp
    from yarl import URL

    from bot.models.proxies import Proxies
    from bot.models.subscriptions import Subscription

_LIMITS: Final = FetchLimits(connect=10.0, read=20.0, total=30.0, max_redirects=3)


class HttpHubs(GuardedClient):
    """Implements `ports.Hubs`."""

    def __init__(self, *, contact: str | None, version: str, proxies: Proxies = NO_PROXIES) -> None:
        super().__init__(
            _LIMITS, contact=contact, version=version, accept={"Accept": "*/*"}, proxies=proxies
        )

    async def ask(self, one: Subscription, allow_hosts: Collection[str]) -> HubRefused | None:
        """Ask the hub for the subscription, or for its end; return why it refuses."""
        form = {
            "hub.callback": one.callback,
            "hub.mode": one.mode,
            "hub.topic": one.topic,
            "hub.lease_seconds": str(int(WANTED.total_seconds())),
        }
        if one.secret is not None:
            form["hub.secret"] = one.secret
        answer = await self.get(one.hub, allow_hosts, _taken, form=form)
        if not isinstance(answer, FetchFailed):
            return None
        return HubRefused(reason=answer.reason, retry_after=answer.retry_after)


async def _taken(_url: URL, _response: aiohttp.ClientResponse, _moved: URL | None) -> None:
    """Any success will do: the hub verifies by a request of its own."""
