"""The preview's page in headless Chromium: it looks right, and a feed can do nothing there."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.config import load_config
from bot.models.basics import Reason
from bot.models.feeds import Image, ParsedFeed
from bot.operate.preview.live import LivePage, Scene, Sources
from bot.operate.preview.page import Page, render_page
from bot.operate.preview.previews import Pages
from bot.operate.preview.server import site_of
from bot.operate.web.application import Server
from tests.e2e.chromium import Browser
from tests.unit.operate.preview.kit import CHANNELS, HOSTILE, NOW, channel, item, previews

pytestmark = pytest.mark.browser

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
PHOTO = Image(url="https://example.vn/anh.jpg", source="media")
# Text on what is behind it, as WCAG 2.2 counts (1.4.3); 3 is enough from 24 px, or 18.7 px bold.
CONTRAST = """
(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const linear = (v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const behind = (element) => {
    if (!element) return [255, 255, 255];
    const [r, g, b, alpha = 1] = parse(getComputedStyle(element).backgroundColor);
    if (alpha === 1) return [r, g, b];
    const under = behind(element.parentElement);
    return [r, g, b].map((own, i) => alpha * own + (1 - alpha) * under[i]);
  };
  const poor = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || element.closest("script, style")) continue;
    if (!element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(style.color)), light(behind(element))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24;
    if ((a + .05) / (b + .05) < (large ? 3 : 4.5))
      poor.push(`${element.className || element.tagName}: ${texts.currentNode.data.slice(0, 30)}`
        + ` ${style.color} ${behind(element)}`);
  }
  return poor;
})()
"""


def written(path: Path, **settings: object) -> str:
    """Write a page with everything on it and return its address."""
    no_photo = channel("telegram", id="no-photo", chat="@tin", image="never")
    small = channel("telegram", id="small", chat=-1001234, image="never", preview="small")
    hostile = [
        item(text, id=text, summary=text, content=text, link=f"javascript:{text}")
        for text in HOSTILE
    ]
    found = previews(
        item(
            "Tin mới " * 12, images=(PHOTO,), summary="Câu một. Câu hai.", comments="https://e.vn/c"
        ),
        *hostile,
        channels=(*CHANNELS, no_photo, small),
    )
    found += previews(read=Reason(code="x", text="the server answered 404"))
    path.write_text(
        render_page(found, Page(now=NOW, timezone=HANOI, **settings)),
        encoding="utf-8",
        errors="replace",
    )
    return path.as_uri()


def test_nothing_of_a_feed_runs_and_nothing_is_loaded(chromium: Browser, tmp_path: Path) -> None:
    address = written(tmp_path / "trang.html")
    chromium.show_at(1280, "light")
    chromium.open(address)
    assert chromium.run("document.title") == "newsbot preview"
    assert chromium.troubles == []
    assert chromium.asked == [address]
    assert chromium.run("document.querySelectorAll('.shown').length") == 5 * 8 + 3
    assert (
        chromium.run("getComputedStyle(document.querySelector('.telegram')).overflow") == "hidden"
    )


def test_the_policy_stops_what_should_ever_slip_in(chromium: Browser, tmp_path: Path) -> None:
    page = tmp_path / "trang.html"
    written(page)
    slipped = (
        "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"
        "<style>body{display:none}</style><a id=bad href=\"javascript:document.title='ran'\">x</a>"
        "<base href='https://evil.example/'><iframe srcdoc='x'></iframe>"
    )
    page.write_text(page.read_text(encoding="utf-8").replace("<main", f"{slipped}<main", 1))
    chromium.open(page.as_uri())
    chromium.run("document.getElementById('bad').click()")
    assert chromium.run("document.title") == "newsbot preview"
    assert chromium.run("getComputedStyle(document.body).display") == "block"
    assert chromium.run("document.baseURI") == page.as_uri()
    chromium.wait(lambda: len(chromium.troubles) >= 4)
    assert all("Content Security Policy" in said for said in chromium.troubles), chromium.troubles


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_read(
    chromium: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    chromium.show_at(width, scheme)
    chromium.open(written(tmp_path / "trang.html", version="1", problems=("a: b",)))
    assert chromium.run("document.documentElement.scrollWidth") <= width
    assert chromium.run(CONTRAST) == []
    dark = chromium.run("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(15, 20, 24)") == (scheme == "dark")
    assert chromium.screenshot(tmp_path / "page.png").startswith(b"\x89PNG")


def test_the_keyboard_and_the_filters(chromium: Browser, tmp_path: Path) -> None:
    chromium.show_at(1280, "light")
    chromium.open(written(tmp_path / "trang.html"))
    focused = "document.activeElement.dataset.channel || document.activeElement.className"
    chromium.press("Tab")
    assert chromium.run(focused) == "skiplink"
    assert chromium.run("document.activeElement.getBoundingClientRect().top") >= 0
    chromium.press("j")
    assert chromium.run(focused) == "to-telegram"
    assert chromium.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for key, expected in (("j", "to-x"), ("ArrowRight", "to-console"), ("k", "to-x")):
        chromium.press(key)
        assert chromium.run(focused) == expected
    choose = """(id, value) => { const select = document.getElementById(id); select.value = value;
        select.dispatchEvent(new Event("change", {bubbles: true})); }"""
    chromium.run(f"({choose})('by-channel', 'to-x')")
    assert chromium.run("document.getElementById('status').textContent") == "9 of 43 shown"
    chromium.run(f"({choose})('by-decision', 'error')")
    assert (
        chromium.run(
            "[...document.querySelectorAll('.shown')].filter(e => e.checkVisibility()).length"
        )
        == 1
    )
    shown = "document.querySelector('.raw time').textContent"
    assert chromium.run(shown) == "2026-05-04 10:02 Asia/Ho_Chi_Minh"
    chromium.run(f"({choose})('zone', 'UTC')")
    assert chromium.run(shown) == "2026-05-04 03:02 UTC"
    chromium.run(f"({choose})('theme', 'dark')")
    assert chromium.run("getComputedStyle(document.body).backgroundColor") == "rgb(15, 20, 24)"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a live page of `folder` from a thread and yield its address."""
    loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    addresses: list[str] = []

    def load() -> Scene:
        config = load_config(folder / "newsbot.toml", environ={})
        shown = [replace(one, template=one.template) for one in config.channels.values()]
        return Scene(config=config, wanted=[(feed, shown) for feed in config.feeds.values()])

    async def fetch(_: object, feeds: object) -> list[ParsedFeed]:
        return [ParsedFeed(items=(item(HOSTILE[0]), item("Tin hai", id="2"))) for _ in feeds]  # type: ignore[attr-defined]

    async def no_pages(_: object, __: object) -> Pages:
        return {}

    async def work() -> None:
        sources = Sources(load=load, fetch=fetch, pages=no_pages, now=lambda: NOW)
        page = LivePage(sources=sources, limit=5)
        await page.start()
        server = Server([site_of(page)])
        addresses.append(f"http://127.0.0.1:{await server.listen('127.0.0.1', 0)}/")
        watch = asyncio.create_task(page.watch())
        ready.set()
        await stop.wait()
        watch.cancel()
        await server.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(work()), daemon=True)
    thread.start()
    try:
        assert ready.wait(10)
        yield addresses[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def test_a_served_page_renews_itself_and_keeps_the_place(chromium: Browser, tmp_path: Path) -> None:
    template = tmp_path / "templates" / "own.j2"
    template.parent.mkdir()
    template.write_text("TRƯỚC {{ title }}", encoding="utf-8")
    config = tmp_path / "newsbot.toml"
    good = (
        '[[channels]]\nid = "a"\nplatform = "console"\ntemplate = "own.j2"\n'
        '[[channels]]\nid = "b"\nplatform = "console"\ntemplate = "own.j2"\n'
        '[[feeds]]\nid = "f"\nurl = "https://f.example/rss"\n'
    )
    config.write_text(good, encoding="utf-8")
    body = "document.body.innerText"
    with served(tmp_path) as address:
        chromium.show_at(1280, "dark")
        chromium.open(address)
        chromium.wait(lambda: "live:" in chromium.run(body))
        chromium.press("j")
        chromium.run("""document.getElementById('by-channel').value = 'a'""")
        focused = chromium.run("document.activeElement.id")
        template.write_text("SAU ĐÓ {{ title }}", encoding="utf-8")
        chromium.wait(lambda: "SAU ĐÓ" in chromium.run(body))
        assert chromium.run("document.activeElement.id") == focused
        assert chromium.run("document.getElementById('by-channel').value") == "a"
        assert chromium.run("document.querySelectorAll('.shown:not([hidden])').length") == 2
        config.write_text("nonsense\n" + good, encoding="utf-8")
        chromium.wait(lambda: "The configuration has mistakes" in chromium.run(body))
        assert "SAU ĐÓ" in chromium.run(body)
        config.write_text(good, encoding="utf-8")
        chromium.wait(lambda: "mistakes" not in chromium.run(body))
        chromium.run("document.getElementById('refetch').click()")
        chromium.wait(lambda: "/refetch" in " ".join(chromium.asked))
        assert chromium.run("document.title") == "newsbot preview"
        assert chromium.troubles == []
        assert all(asked.startswith(address) for asked in chromium.asked)
