import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.config import load_config
from bot.errors import ConfigError, NewsbotError, UsageError
from bot.models.basics import Reason
from bot.models.feeds import Page, ParsedFeed
from bot.operate.preview.live import LivePage, Scene, Sources
from bot.operate.preview.server import serve, site_of
from bot.operate.web.application import application
from bot.operate.web.bounds import Bounds
from tests.unit.operate.preview.kit import NOW, Tags, item

CONFIG = """
[[channels]]
id = "terminal"
platform = "console"
template = "own.j2"
[[feeds]]
id = "a"
url = "https://a.example/rss"
max_age = "off"
"""
FEED_B = '[[feeds]]\nid = "b"\nurl = "https://b.example/rss"\n'


class Desk:
    """A configuration on disk, and feeds that count how often they are fetched."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "newsbot.toml"
        self.template = folder / "templates" / "own.j2"
        self.template.parent.mkdir()
        self.template.write_text("TRƯỚC {{ title }}", encoding="utf-8")
        self.config.write_text(CONFIG, encoding="utf-8")
        self.fetched: list[str] = []
        self.pages: dict[str, Page] = {}
        self.asked_pages: list[str] = []
        self.pages_asked = asyncio.Event()
        self.loads = 0
        self.page = LivePage(
            sources=Sources(
                load=self.load, fetch=self.fetch, pages=self.read_pages, now=lambda: NOW
            ),
            limit=5,
        )

    def load(self) -> Scene:
        self.loads += 1
        config = load_config(self.config, environ={})
        channels = list(config.channels.values())
        return Scene(config=config, wanted=[(feed, channels) for feed in config.feeds.values()])

    async def fetch(self, _, feeds):
        self.fetched += [feed.id for feed in feeds]
        return [
            ParsedFeed(items=(item(f"Tin {feed.id} {len(self.fetched)}"),))
            if feed.id != "gone"
            else Reason(code="http_404", text="the server answered 404")
            for feed in feeds
        ]

    async def read_pages(self, _, wanted):
        self.asked_pages += [link for _, links in wanted for link in links]
        self.pages_asked.set()
        return self.pages

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[LivePage]:
        await self.page.start()
        watch = asyncio.create_task(self.page.watch())
        try:
            yield self.page
        finally:
            watch.cancel()

    def text(self) -> str:
        return Tags(self.page.html).text()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def renewed(page: LivePage) -> None:
    async with asyncio.timeout(10):
        await page.wait_for_other(page.version)


async def test_a_saved_template_shows_without_fetching_again(desk: Desk) -> None:
    async with desk.watched() as page:
        assert "TRƯỚC Tin a" in desk.text()
        desk.template.write_text("SAU ĐÓ {{ title }}", encoding="utf-8")
        await renewed(page)
        assert "SAU ĐÓ Tin a" in desk.text()
        assert desk.fetched == ["a"]


async def test_additions_of_the_pages_follow_and_are_asked_for_once(desk: Desk) -> None:
    link = "https://example.vn/tin.html?a=1&b=2"
    said = "Trang bài viết kể thêm điều mà bản tin không có, trong một câu trọn vẹn."
    desk.pages = {link: Page(description=said, headings=("Tin a 1",))}
    desk.template.write_text("{{ title }} {{ lead }}", encoding="utf-8")
    async with desk.watched() as page:
        assert said not in desk.text()
        await renewed(page)
        assert said in desk.text()
        desk.template.write_text("SAU ĐÓ {{ title }} {{ lead }}", encoding="utf-8")
        await renewed(page)
        assert "SAU ĐÓ" in desk.text()
        assert said in desk.text()
        assert desk.asked_pages == [link]


async def test_pages_that_cannot_be_read_change_nothing(desk: Desk) -> None:
    desk.pages = {"https://example.vn/tin.html?a=1&b=2": Page()}
    async with desk.watched() as page:
        async with asyncio.timeout(10):
            await desk.pages_asked.wait()
        assert desk.asked_pages == list(desk.pages)
        # Had the answer made a new page worth while, its making would be under way by now.
        assert (page._busy.locked(), desk.loads) == (False, 1)


async def test_a_new_feed_is_fetched_alone(desk: Desk) -> None:
    async with desk.watched() as page:
        desk.config.write_text(CONFIG + FEED_B, encoding="utf-8")
        await renewed(page)
        assert desk.fetched == ["a", "b"]
        desk.config.write_text(CONFIG.replace("a.example", "c.example"), encoding="utf-8")
        await renewed(page)
        assert desk.fetched == ["a", "b", "a"]


async def test_a_local_feed_is_read_again_when_it_is_saved(desk: Desk, tmp_path: Path) -> None:
    local = tmp_path / "feed.xml"
    local.write_text("<rss/>")
    desk.config.write_text(CONFIG.replace("https://a.example/rss", "feed.xml"), encoding="utf-8")
    async with desk.watched() as page:
        local.write_text("<rss></rss>")
        await renewed(page)
        assert desk.fetched == ["a", "a"]


async def test_a_mistake_shows_above_the_old_posts_and_goes_when_mended(desk: Desk) -> None:
    async with desk.watched() as page:
        desk.config.write_text(CONFIG + 'langauge = "vi"\n', encoding="utf-8")
        await renewed(page)
        read = Tags(page.html)
        assert read.of_class("stale")
        assert "newsbot.toml:" in read.text("li")
        assert "langauge" in read.text("li")
        assert "TRƯỚC Tin a" in desk.text()
        desk.config.write_text(CONFIG, encoding="utf-8")
        await renewed(page)
        assert not Tags(page.html).of_class("problems")


@pytest.mark.parametrize("broken", ["{{ titel }}", "{% if %}", "{{ title | nofilter }}"])
async def test_a_mistake_in_a_template_shows_with_its_line(desk: Desk, broken: str) -> None:
    async with desk.watched() as page:
        desk.template.write_text(broken, encoding="utf-8")
        await renewed(page)
        assert "own.j2:1: " in Tags(page.html).text("li")
        desk.template.write_text("MỚI {{ title }}", encoding="utf-8")
        await renewed(page)
        assert "MỚI Tin a" in desk.text()
        assert not Tags(page.html).of_class("problems")


async def test_files_that_vanish_and_come_back(desk: Desk) -> None:
    async with desk.watched() as page:
        kept = desk.config.rename(desk.config.with_suffix(".old"))
        await renewed(page)
        assert Tags(page.html).of_class("problems")
        kept.rename(desk.config)
        await renewed(page)
        assert not Tags(page.html).of_class("problems")


async def test_the_first_configuration_must_be_right(desk: Desk) -> None:
    desk.config.write_text("nonsense", encoding="utf-8")
    with pytest.raises(ConfigError):
        await desk.page.start()


async def test_a_feed_that_was_named_and_is_gone_is_told(desk: Desk) -> None:
    await desk.page.start()

    def gone() -> Scene:
        raise UsageError('no feed "a"')

    desk.page.sources = replace(desk.page.sources, load=gone)
    await desk.page.refresh()
    assert 'no feed "a"' in Tags(desk.page.html).text("li")


# --- over HTTP ---------------------------------------------------------------------------------


@asynccontextmanager
async def client(desk: Desk) -> AsyncIterator[TestClient]:
    async with desk.watched() as page:
        app = application([site_of(page)], Bounds())
        async with TestClient(TestServer(app)) as browser:
            yield browser


async def test_the_page_comes_with_its_policy_and_is_never_kept(desk: Desk) -> None:
    async with client(desk) as browser:
        answer = await browser.get("/")
        assert answer.status == 200
        assert "Tin a" in await answer.text()
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert policy.endswith("; frame-ancestors 'none'")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert (await browser.get("/favicon.ico")).status == 204


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:80", 200),
        ("localhost", 200),
        ("LOCALHOST:9", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:80", 421),
        ("localhost.evil.example", 421),
        ("[broken", 421),
        ("0.0.0.0", 421),
    ],
)
async def test_only_this_machine_s_names_are_answered(desk: Desk, host: str, status: int) -> None:
    async with client(desk) as browser:
        for path in ("/", "/events") if status != 200 else ("/",):
            assert (await browser.get(path, headers={"Host": host})).status == status
        if status != 200:
            own = {"Host": host, "Origin": f"http://{host}"}
            assert (await browser.post("/refetch", headers=own)).status == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
async def test_other_methods_are_refused(desk: Desk, method: str) -> None:
    async with client(desk) as browser:
        assert (await browser.request(method, "/")).status == 405
        assert (await browser.get("/refetch")).status == 405
        assert (await browser.get("/../newsbot.toml")).status == 404


async def test_refetching_is_for_the_page_itself(desk: Desk) -> None:
    async with client(desk) as browser:
        own = f"http://127.0.0.1:{browser.port}"
        for origin in (None, "null", "https://evil.example", own.replace("http:", "https:")):
            headers = {"Origin": origin} if origin else {}
            assert (await browser.post("/refetch", headers=headers)).status == 403
        assert desk.fetched == ["a"]
        assert (await browser.post("/refetch", headers={"Origin": own})).status == 204
        assert desk.fetched == ["a", "a"]
        assert "Tin a 2" in await (await browser.get("/")).text()


async def test_events_tell_each_new_version(desk: Desk) -> None:
    async with client(desk) as browser, asyncio.timeout(20):
        stream = await browser.get("/events")
        assert stream.headers["Content-Type"] == "text/event-stream"
        assert await told(stream) == desk.page.version
        desk.template.write_text("SAU {{ title }}", encoding="utf-8")
        version = await told(stream)
        assert f'data-version="{version}"' in await (await browser.get("/")).text()
        stream.close()


async def told(stream: aiohttp.ClientResponse) -> str:
    while True:
        line = (await stream.content.readline()).decode()
        if line.startswith("data: "):
            return line.removeprefix("data: ").strip()


async def test_a_port_in_use_is_told_or_replaced(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(NewsbotError, match=f"port {port} .* already in use; .* --port"):
            await serve(desk.page, port, lambda _: None)
