"""A newsroom on a database in memory, and a browser that visits it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp.test_utils import TestClient, TestServer

from bot.config import Web, load_config
from bot.operate.browser.frame import Frame
from bot.operate.browser.newsroom import Fetching, Newsroom
from bot.operate.feeds.discovery import Found
from bot.operate.web.application import application
from bot.operate.web.bounds import Bounds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from bot.config import Config
    from bot.operate.browser.pages import Page
    from bot.operate.preview.previews import Preview
    from bot.store.engine import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TOKEN = "a-token-of-the-tests"
PLAIN = 'language = "en"\n[[channels]]\nid = "t"\nplatform = "console"\n[[feeds]]\nid = "f"\nurl = "https://f.example/rss"\n'


def newsroom(folder: Path, store: Store, text: str = PLAIN) -> Newsroom:
    """Return the newsroom of the configuration `text`."""
    path = folder / "newsbot.toml"
    path.write_text(text, encoding="utf-8")
    return newsroom_of(load_config(path, environ={}), store)


def newsroom_of(config: Config, store: Store, now: datetime = NOW, **settings: Any) -> Newsroom:
    """Return a newsroom that began `now`, unless `settings` say otherwise, and fetches nothing."""
    usual = {
        "began": now,
        "fetching": Fetching(discover=no_feeds, previews=no_previews),
        "offload": at_once,
    }
    return Newsroom(
        config=config, store=store, reads=store, now=lambda: now, **{**usual, **settings}
    )


async def at_once(work: Callable[[], Any]) -> Any:
    return work()


async def no_feeds(*_: object) -> Found:
    return Found()


async def no_previews(*_: object) -> list[list[Preview]]:
    return []


@asynccontextmanager
async def visiting(
    room: Newsroom, pages: Sequence[Page], *, token: str | None = None, **listen: Any
) -> AsyncIterator[TestClient[Any, Any]]:
    """Yield a browser; it sends the Origin of the desk's own pages, unless it is told another."""
    web = Web(**{"host": "127.0.0.1", "port": 1, "public_url": None, "token": None} | listen)
    app = application([Frame(room, pages, web, token).site()], Bounds())
    async with TestClient(TestServer(app)) as client:
        client.session.headers["Origin"] = str(client.make_url("")).rstrip("/")
        yield client
