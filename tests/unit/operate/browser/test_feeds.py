"""Feeds: the table, and what is changed in the file by the functions of the command line."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from bot.config import load_config
from bot.models.basics import Reason
from bot.operate.browser.feeds import PAGE, by_day
from bot.operate.browser.newsroom import Fetching
from bot.operate.feeds.configfile import ConfigFile
from bot.operate.feeds.discovery import Found
from bot.operate.feeds.looks import Offer
from bot.operate.rewriting import NotWritable
from tests.contract.store_kit import NOW, story, tell
from tests.unit.operate.browser.kit import newsroom, visiting
from tests.unit.operate.preview.kit import HOSTILE, Tags

if TYPE_CHECKING:
    from pathlib import Path

    from bot.operate.browser.newsroom import Newsroom
    from bot.store.engine import Store

TEXT = (
    'language = "en"\n[[channels]]\nid = "t"\nplatform = "console"\n'
    '# trước\n[[feeds]]\nid = "f"\nurl = "https://user:secret@f.example/rss"\n# sau\n'
    '[[feeds]]\nid = "báo-g"\nname = "<b>G</b>"\nurl = "https://g.example/rss"\n'
)


@pytest.fixture
def room(tmp_path: Path, store: Store) -> Newsroom:
    made = newsroom(tmp_path, store, TEXT.replace("báo-g", "bao-g"))

    async def discover(_: object, text: str) -> Found:
        if "none" in text:
            return Found(reason=Reason(code="http_404", text="the server answered 404"))
        title, lines = HOSTILE[0], tuple(HOSTILE[1:3])
        return Found(offers=(Offer(url=text, title=title, items=3, headlines=lines),))

    made.fetching = Fetching(discover=discover, previews=shown)
    return made


async def shown(_: object, feeds: list[object], __: int) -> list[list[object]]:
    return [[] for _ in feeds]


def followed(room: Newsroom) -> None:
    """Do what the service does when its file was saved."""
    room.follow(load_config(room.config.path, environ={}), {})


async def test_the_table_is_sorted_and_searched_and_shows_no_secret(
    room: Newsroom, store: Store
) -> None:
    await tell(store, story("a"), story("b"), feed="bao-g", at=NOW)
    async with visiting(room, (PAGE,)) as browser:
        text = await (await browser.get("/feeds")).text()
        assert text.index("f.example") < text.index("g.example")
        assert "secret" not in text
        assert "&lt;b&gt;G&lt;/b&gt;" in text
        assert Tags(text).faults == []
        by_items = await (await browser.get("/feeds?sort=items")).text()
        assert by_items.index("g.example") < by_items.index("f.example")
        found = await (await browser.get("/feeds?q=G.EXAMPLE")).text()
        assert "f.example" not in found
        assert "No such feed." in await (await browser.get("/feeds?q=zzz&from=9&sort=x")).text()
        opml = await browser.get("/feeds/newsbot.opml")
        assert opml.headers["Content-Disposition"].startswith("attachment")
        assert "secret" not in await opml.text()


async def test_a_feed_is_found_added_and_removed_with_comments_kept(room: Newsroom) -> None:
    path = room.config.path
    async with visiting(room, (PAGE,)) as browser:
        before = path.read_text(encoding="utf-8")
        found = Tags(await (await _post(browser, "find", url="https://new.example/rss")).text())
        assert path.read_text(encoding="utf-8") == before
        assert [name for name, _ in found.tags].count("script") == 1
        assert HOSTILE[0] in found.text("h2")
        assert "404" in await (await _post(browser, "find", url="https://none.example")).text()
        with structlog.testing.capture_logs() as logs:
            await _post(
                browser, "find", url=" https://user:hunter2@none.example/rss?key=s3cret0123456789 "
            )
        assert "none.example" in logs[0]["asked"]
        assert not {"hunter2", "s3cret"} & set(re.findall(r"hunter2|s3cret", str(logs)))
        long = await _post(browser, "find", url="none" * 2_000)
        assert "404" in await long.text(), "no name of a file is as long"
        LOOPS.append(asyncio.get_running_loop())
        room.file = partial(Followed, room)
        added = await (await _post(browser, "add", url="https://new.example/rss")).text()
        assert "added new" in added
        assert "new.example" in added
        assert (
            "has this address"
            in await (await _post(browser, "add", url="https://new.example/rss")).text()
        )
        assert "Tick the box" in await (await _post(browser, "remove", name="new")).text()
        removed = await (await _post(browser, "remove", name="new", sure="yes")).text()
        assert "removed new" in removed
        assert path.read_text(encoding="utf-8").strip() == before.strip()
        for wrong in ({"url": ""}, {"url": "newsbot.toml"}, {"url": "x://", "channels": "nope"}):
            assert 'class="fault"' in await (await _post(browser, "find", **wrong)).text()


LOOPS: list[asyncio.AbstractEventLoop] = []


class Followed(ConfigFile):
    """A file that the service reads as soon as it is saved."""

    def __init__(self, room: Newsroom, *place: Any) -> None:
        super().__init__(*place)
        self._room, self._loop = room, LOOPS[-1]

    def append_feeds(self, entries: Any) -> None:
        super().append_feeds(entries)
        self._loop.call_soon_threadsafe(followed, self._room)

    def remove_feed(self, index: int) -> None:
        super().remove_feed(index)
        self._loop.call_soon_threadsafe(followed, self._room)


class ReadOnly(ConfigFile):
    """A file on a system that is mounted read-only, as systemd does for a service."""

    def append_feeds(self, _: object) -> None:
        raise NotWritable(f"cannot write {self.path}: Read-only file system")

    def remove_feed(self, _: int) -> None:
        raise NotWritable(f"cannot write {self.path}: Read-only file system")


async def test_a_file_that_cannot_be_written_shows_the_lines_to_paste(room: Newsroom) -> None:
    room.file = ReadOnly
    async with visiting(room, (PAGE,)) as browser:
        added = await (
            await _post(browser, "add", url="https://new.example/rss", channels="t")
        ).text()
        assert "Read-only file system" in added
        shown = Tags(added).text("pre")
        assert shown == '[[feeds]]\nid = "new"\nurl = "https://new.example/rss"\nchannels = ["t"]'
        removed = await (await _post(browser, "remove", name="f", sure="yes")).text()
        assert "take the entry of f out yourself" in removed


async def test_a_file_that_the_service_refuses_is_told(room: Newsroom) -> None:
    room.follows_within = 0.01
    async with visiting(room, (PAGE,)) as browser:
        removed = await (await _post(browser, "remove", name="f", sure="yes")).text()
        assert "`newsbot reload --accept`" in removed


async def test_a_change_of_the_file_is_waited_for(room: Newsroom) -> None:
    waiting = asyncio.create_task(room.has_followed(lambda config: "neu" in config.feeds))
    await asyncio.sleep(0)
    followed(room)
    await asyncio.sleep(0)
    assert not waiting.done()
    path = room.config.path
    path.write_text(path.read_text(encoding="utf-8").replace('"f"', '"neu"'), encoding="utf-8")
    followed(room)
    assert await waiting


async def _post(browser, action: str, **form: str):
    return await browser.post(f"/feeds/{action}", data=form)


def test_items_are_counted_by_local_day(room: Newsroom) -> None:
    zone = room.config.timezone
    times = [NOW, NOW - timedelta(hours=30), NOW - timedelta(days=40), NOW + timedelta(days=2)]
    counts = by_day(times, NOW, zone)
    assert (len(counts), counts[-1], sum(counts)) == (14, 1, 2)
