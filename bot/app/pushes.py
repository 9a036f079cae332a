"""Wires what hubs push: the address that they reach, and the subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config import Web
    from bot.models.basics import FeedId
    from bot.models.settings import Feed
    from bot.ports import Hubs
    from bot.runner.assembly import Chore
    from bot.runner.work.mailbox import Mailbox
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

        base = self.web.public_url + PATH if self.web and self.web.public_url else None
        subscriber = Subscriber(store.subscriptions, self.hubs, feeds, base=base, now=clock)
        return Chore(seconds=ROUND, work=subscriber.round)
