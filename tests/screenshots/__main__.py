"""`make screenshots`: pictures of the preview page and of each page of the desk, into a folder.

The same pictures come of it each time: the bot lives through made-up news in simulated time.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Final

from aiohttp import web
from PIL import Image
from structlog.testing import capture_logs

from bot.app.enabled import template_of
from bot.collect.parse import parse_feed
from bot.config import Web
from bot.models.feeds import FetchedFeed, ParsedFeed
from bot.operate.browser.frame import Frame
from bot.operate.browser.index import PAGES
from bot.operate.preview.page import Page, render_page
from bot.operate.preview.previews import Stage, render_previews
from bot.operate.web.application import Server, Site
from bot.store.engine import open_store
from tests.e2e.chromium import browser
from tests.screenshots import illustrations
from tests.screenshots.lived import END, configuration, live, routes
from tests.screenshots.newspapers import DAYS, document, printed
from tests.unit.operate.browser.kit import newsroom_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.config import Config
    from tests.e2e.chromium import Browser

MOST: Final = 120_000
"""Bytes of a picture."""
_COLOURS: Final = 160
_LEFT_OUT: Final = frozenset({"diem-tin"})
"""Channels that the picture of posts has no room for."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a page is looked at; `before` is done to it first."""

    name: str
    page: str
    width: int = 1280
    height: int = 800
    scheme: str = "light"
    before: str = ""


_OPEN_LIST: Final = "document.querySelector('#main .sheet:not(.card) details').open = true"
LOOKS: Final = (
    Look(name="posts", page="preview", height=1000),
    Look(name="posts-dark", page="preview", height=1000, scheme="dark"),
    Look(name="desk-now", page=""),
    Look(name="desk-now-dark", page="", scheme="dark"),
    Look(name="desk-now-390", page="", width=390, height=844),
    Look(name="desk-plan", page="plan", height=1000, before=_OPEN_LIST),
    Look(name="desk-feeds", page="feeds"),
    Look(name="desk-plots", page="plots?span=week", height=1000),
    Look(name="desk-plots-dark", page="plots?span=week", height=1000, scheme="dark"),
    Look(name="desk-posts", page="posts?state=sent"),
    Look(name="desk-preview", page="preview?edit=template", height=1000),
)


def main(folder: Path) -> None:
    """Take all pictures; the sizes are printed."""
    with tempfile.TemporaryDirectory() as home, capture_logs():
        config, database = configuration(Path(home)), f"sqlite:///{home}/newsbot.db"
        live(config, database)
        preview = Path(home) / "preview.html"
        with served(config, database) as desk, browser(Path(home) / "profile") as tab:
            preview.write_text(posts_page(config, f"{desk}/pictures"), encoding="utf-8")
            for look in LOOKS:
                is_preview = look.page == "preview"
                address = preview.as_uri() if is_preview else f"{desk}/{look.page}"
                take(tab, address, folder / f"{look.name}.png", look)


def posts_page(config: Config, pictures: str) -> str:
    """Return the preview page of the stories that have pictures, which are below that address."""
    found = []
    for id_, stories in printed(config.feeds, END).items():
        feed = config.feeds[id_]
        channels = {name: config.channels[name] for name in feed.channels if name not in _LEFT_OUT}
        stage = Stage(
            channels=channels,
            templates={id_: template_of(one) for id_, one in channels.items()},
            now=END,
            accounts=config.accounts,
        )
        shown = [one for one in stories if one.picture]
        body = document(feed, shown, pictures).encode()
        parsed = parse_feed(FetchedFeed(url=feed.url, body=body), feed.stated_language)
        assert isinstance(parsed, ParsedFeed)
        if shown:
            found += render_previews(feed, parsed, stage, limit=1)
    return render_page(found, Page(now=END, images=True, timezone=config.timezone))


@contextmanager
def served(config: Config, database: str) -> Iterator[str]:
    """Serve the desk and the pictures of news from a thread, and yield the address."""
    loop, stop, addresses = asyncio.new_event_loop(), asyncio.Event(), Queue[str]()

    async def picture(request: web.Request) -> web.Response:
        text = illustrations.drawn(request.match_info["name"].removesuffix(".jpg"))
        free = {"Cross-Origin-Resource-Policy": "cross-origin"}
        return web.Response(text=text, content_type="image/svg+xml", headers=free)

    async def work() -> None:
        store = open_store(database, create=False)
        began = END - timedelta(days=DAYS)
        room = newsroom_of(config, store, END, began=began, routes=routes(config))
        listen = Web(host="127.0.0.1", port=1, public_url=None, token=None)
        pictures = Site(routes={("GET", "/pictures/{name}"): picture})
        server = Server([Frame(room, PAGES, listen, None).site(), pictures])
        addresses.put(f"http://127.0.0.1:{await server.listen('127.0.0.1', 0)}")
        await stop.wait()
        await server.close()
        await store.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(work()), daemon=True)
    thread.start()
    try:
        yield addresses.get(timeout=60)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(60)


def take(tab: Browser, address: str, path: Path, look: Look) -> None:
    """Write a picture of the page at `address` as its reader sees it."""
    tab.show_at(look.width, look.scheme, look.height)
    tab.open(address)
    tab.call("Emulation.setScrollbarsHidden", hidden=True)
    # Most readers have a font with the measures of this one.
    tab.run(
        "(sheet => { sheet.replaceSync('body { font-family: \"Liberation Sans\" !important }');"
        "document.adoptedStyleSheets = [sheet] })(new CSSStyleSheet())"
    )
    # Those below the window are not loaded before they are scrolled to.
    is_there = "(one) => one.complete || one.getBoundingClientRect().top > innerHeight"
    tab.wait(lambda: tab.run(f"[...document.images].every({is_there})"))
    if look.before:
        tab.run(look.before)
    assert tab.troubles == [], tab.troubles
    tab.screenshot(path, whole=False)
    picture = Image.open(path).convert("RGB")
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.name}: {picture.width} x {picture.height}, {size / 1000:.0f} KB")  # noqa: T201 - figures for who took them
    assert size < MOST, f"{path.name} has more than {MOST} bytes"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
