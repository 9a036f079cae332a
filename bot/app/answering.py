"""Wires what the service answers over HTTP: figures, the desk in the browser, and hubs."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.offload import Bounds, child_processes
from bot.runner.work.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from bot.config import Config, Web
    from bot.models.basics import ChannelId
    from bot.models.settings import Feed
    from bot.operate.browser.newsroom import Fetching, Newsroom
    from bot.operate.feeds.discovery import Found
    from bot.operate.preview.previews import Preview
    from bot.operate.state.metrics import Figures
    from bot.operate.web.application import ListedSite
    from bot.pipeline.route import Route
    from bot.store.db.clock import StoreClock
    from bot.store.engine import Store

_OF_A_TEMPLATE = Bounds(cpu=2, seconds=5.0, memory=512 * 1024 * 1024, children=1)
"""What a template that is being written may take with twenty articles; most take 0.1 seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What answers are made from, as far as the configuration wants them.

    `mailbox` is filled by hubs.
    """

    mailbox: Mailbox
    figures: Figures | None = None
    newsroom: Newsroom | None = None

    def follow(self, config: Config, routes: Mapping[ChannelId, Route]) -> None:
        """Tell of `config` from now on."""
        if self.figures is not None:
            self.figures.follow(config)
        if self.newsroom is not None:
            self.newsroom.follow(config, routes)


@asynccontextmanager
async def answering(
    config: Config,
    store: Store,
    clock: StoreClock,
    environ: Mapping[str, str] | None,
    *,
    began: datetime,
) -> AsyncIterator[Answers]:
    """Answer meanwhile as `config` wants; without an `environ` nobody is to be answered.

    Raises ConfigError where the token of the desk is missing.
    """
    mailbox = Mailbox()
    if environ is None or (config.metrics is None and config.web is None):
        yield Answers(mailbox=mailbox)
        return
    from bot.operate.web.serving import Desk, serving

    async with AsyncExitStack() as stack:
        sites, figures, newsroom = [], None, None
        if config.metrics is not None:
            from bot.operate.state.metrics import Figures

            figures = Figures(config, store, clock.wall)
            sites.append(figures.site(config.metrics))
        if config.web is not None and config.web.public_url is not None:
            sites.append(_hubs(config.web, store, mailbox, clock))
        if config.web is not None and config.web.has_desk:
            newsroom = await stack.enter_async_context(
                _newsroom(config, store, clock, environ, began=began)
            )
            sites.append(_desk(config, config.web, newsroom))
        await stack.enter_async_context(serving(sites, Desk(book=store.alerts, now=clock.wall)))
        yield Answers(mailbox=mailbox, figures=figures, newsroom=newsroom)


def _hubs(web: Web, store: Store, mailbox: Mailbox, clock: StoreClock) -> ListedSite:
    from bot.operate.web.application import ListedSite
    from bot.operate.web.callbacks import MAX_BYTES, PATH, Callbacks

    callbacks = Callbacks(store.subscriptions, mailbox.put, clock)
    # The web server in front may pass the path of public_url on, or take it off.
    prefixes = {"", urlsplit(web.public_url or "").path}
    routes = {
        (method, f"{prefix}{PATH}{{token}}"): handler
        for prefix in prefixes
        for method, handler in (("GET", callbacks.verify), ("POST", callbacks.push))
    }
    return ListedSite(table="web", listen=web, routes=routes, max_bytes=MAX_BYTES)


@asynccontextmanager
async def _newsroom(
    config: Config, store: Store, clock: StoreClock, environ: Mapping[str, str], *, began: datetime
) -> AsyncIterator[Newsroom]:
    from bot.app.stores import existing_store
    from bot.operate.browser.newsroom import Newsroom

    async with existing_store(config, environ) as reads, child_processes(_OF_A_TEMPLATE) as offload:
        yield Newsroom(
            config=config,
            store=store,
            reads=reads or store,
            now=clock,
            began=began,
            fetching=_fetching(environ),
            offload=offload,
            environ=environ,
        )


def _fetching(environ: Mapping[str, str]) -> Fetching:
    """Return how pages fetch feeds, as the command line does."""
    from pathlib import Path

    from bot.app.discovering import discovered
    from bot.app.enabled import enabled_channels
    from bot.app.previewing import previews
    from bot.operate.browser.newsroom import Fetching

    async def of_feeds(config: Config, feeds: Sequence[Feed], limit: int) -> list[list[Preview]]:
        every = enabled_channels(config)
        wanted = [(one, [every[name] for name in one.channels if name in every]) for one in feeds]
        return await previews(config, wanted, environ, limit=limit, note=lambda _: None)

    async def discover(config: Config, text: str) -> Found:
        return await discovered(config, text, Path(config.base_dir))

    return Fetching(discover=discover, previews=of_feeds)


def _desk(config: Config, web: Web, newsroom: Newsroom) -> ListedSite:
    from bot.config.credentials import web_token
    from bot.log import hide
    from bot.operate.browser.frame import Frame
    from bot.operate.browser.index import PAGES

    token = web_token(config, newsroom.environ)
    hide([token] if token else [])
    return Frame(newsroom, PAGES, web, token).site()
