"""Wires what hubs push: the address that they reach, and the subscriptions."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.clock import utc_now
from bot.runner.work.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.config import Config, Web
    from bot.models.basics import FeedId
    from bot.models.settings import Feed
    from bot.operate.web.serving import Site
    from bot.ports import Hubs
    from bot.runner.assembly import Chore
    from bot.store.db.clock import StoreClock
    from bot.store.engine import Store


@dataclass(frozen=True, slots=True)
class Pushes:
    """The way to hubs and back; `web` is as in the configuration that the service began with."""

    hubs: Hubs
    mailbox: Mailbox
    web: Web | None

    def chore(self, store: Store, feeds: Mapping[FeedId, Feed], clock: StoreClock) -> Chore:
        """Return the chore that subscribes to `feeds`."""
        from bot.operate.web.callbacks import PATH
        from bot.runner.assembly import Chore
        from bot.runner.work.subscribing import ROUND, Subscriber

        base = self.web.public_url + PATH if self.web else None
        subscriber = Subscriber(store.subscriptions, self.hubs, feeds, base=base, now=clock)
        return Chore(seconds=ROUND, work=subscriber.round)


@asynccontextmanager
async def answering(
    config: Config | None, store: Store, clock: StoreClock
) -> AsyncIterator[Mailbox]:
    """Yield the mailbox that hubs fill meanwhile, if the configuration has an address for them."""
    mailbox = Mailbox()
    if config is None or config.web is None:
        yield mailbox
        return
    from bot.operate.web.serving import Desk, serving

    site = _site(config.web, store, mailbox, clock)
    async with serving(site, Desk(book=store.alerts, now=utc_now)):
        yield mailbox


def _site(web: Web, store: Store, mailbox: Mailbox, clock: StoreClock) -> Site:
    from bot.operate.web.callbacks import MAX_BYTES, PATH, Callbacks
    from bot.operate.web.serving import Site

    callbacks = Callbacks(store.subscriptions, mailbox.put, clock)
    # The web server in front may pass the path of public_url on, or take it off.
    prefixes = {"", urlsplit(web.public_url).path}
    routes = {
        (method, f"{prefix}{PATH}{{token}}"): handler
        for prefix in prefixes
        for method, handler in (("GET", callbacks.verify), ("POST", callbacks.push))
    }
    return Site(table="web", listen=web, routes=routes, max_bytes=MAX_BYTES)
