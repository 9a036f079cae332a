"""The desk in headless Chromium, before a running bot: what is seen, and what a person does."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_preview_browser import CONTRAST
from tests.e2e.world import World, world
from tests.unit.operate.preview.kit import HOSTILE
from tests.unit.operate.state.test_metrics import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.chromium import Browser

pytestmark = pytest.mark.browser

TOKEN = "a-token-of-the-tests"
BODY = "document.body?.innerText || ''"
MAIN = "document.getElementById('main')?.innerText || ''"


@pytest.fixture
def one(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as found:
        yield found


def submit(chromium: Browser, button: str) -> None:
    chromium.run(f"document.getElementById({button!r}).click()")


def looks(chromium: Browser, page: str) -> None:
    """Look at the page at both widths in both colours: it fits, and can be read."""
    for width in (1280, 390):
        for scheme in ("light", "dark"):
            chromium.show_at(width, scheme)
            assert chromium.run("document.documentElement.scrollWidth") <= width, page
            assert chromium.run(CONTRAST) == [], (page, width, scheme)
    chromium.show_at(1280, "light")


def test_a_person_signs_in_looks_and_acts(one: World, chromium: Browser) -> None:
    port = free_port()
    titles = [text for text in HOSTILE if "\x00" not in text and "{{" not in text]
    feed = one.feed("tin", *(one_title(text) for text in titles), "Tin đầu", every_min="1s")
    one.write(
        f'[web]\nlisten = "127.0.0.1:{port}"\ntoken = {{ file = "token" }}\n'
        '[[channels]]\nid = "tg"\naccount = "tg"\nchat = "@tincongnghe"\nmin_gap = "0s"\nimage = "never"\nmax_per_hour = 60\n'
        '[[channels]]\nid = "terminal"\nplatform = "console"\n'
        f"{feed}channels = ['tg', 'terminal']\n"
    )
    address = f"http://127.0.0.1:{port}/"
    (one.home / "token").write_text(TOKEN, encoding="utf-8")
    with one.service():
        one.wait_for(lambda: any("Tin đầu" in post["text"] for post in one.telegram.posts()))
        chromium.show_at(1280, "light")
        chromium.open(f"{address}feeds")
        looks(chromium, "signin")
        chromium.run(f"document.querySelector('[name=token]').value = {TOKEN!r}")
        chromium.press("Enter")
        chromium.wait(lambda: "Tin đầu" in chromium.run(BODY) or "tin.rss" in chromium.run(BODY))
        looks(chromium, "feeds")
        assert chromium.run("document.cookie") == ""
        chromium.open(address)
        assert chromium.run("document.querySelectorAll('#live li').length") > 2
        looks(chromium, "now")
        # what comes is told at once, by the feed's own words alone
        one.add("tin", "Tin vừa tới")
        chromium.wait(
            lambda: "Tin vừa tới" in chromium.run("document.querySelector('#live').innerText")
        )
        submit(chromium, "pause-channel:tg")
        chromium.wait(lambda: "kênh tg đã tạm dừng" in chromium.run(BODY))
        assert {"scope": "channel", "id": "tg"} in one.json("status")["paused"]
        submit(chromium, "resume-channel:tg")
        chromium.wait(lambda: "kênh tg hoạt động tiếp" in chromium.run(BODY))
        chromium.run("document.querySelector('#live a').click()")
        chromium.wait(lambda: "tìm thấy" in chromium.run(BODY))
        looks(chromium, "explain")
        # a feed is found, seen as posts, added, and gone again
        one.feed("hai", "Tin của báo hai")
        chromium.open(f"{address}feeds")
        chromium.run("document.getElementById('add').open = true")
        chromium.run(f"document.querySelector('[name=url]').value = '{one.web.base}/hai.rss'")
        chromium.run("document.querySelector('#add button').click()")
        chromium.wait(lambda: "Tin của báo hai" in chromium.run(MAIN))
        looks(chromium, "found")
        chromium.run("document.querySelector('[name=name]').value = 'hai'")
        chromium.run("document.querySelector('form[action=\"./add\"] button').click()")
        chromium.wait(lambda: "đã thêm hai" in chromium.run(BODY))
        assert "hai.rss" in chromium.run(MAIN)
        assert 'id = "hai"' in one.config.read_text(encoding="utf-8")
        chromium.run("document.getElementById('more-hai').open = true")
        chromium.run("document.querySelector('#more-hai [name=sure]').checked = true")
        chromium.run("document.querySelector('#more-hai [action$=remove] button').click()")
        chromium.wait(lambda: "đã gỡ hai" in chromium.run(BODY))
        assert 'id = "hai"' not in one.config.read_text(encoding="utf-8")
        assert chromium.troubles == []
        assert all(asked.startswith(address) for asked in chromium.asked)


def test_a_page_outlives_a_restart_and_a_web_server_that_has_nobody_behind_it(
    one: World, chromium: Browser
) -> None:
    port = free_port()
    feed = one.feed("tin", "Tin đầu", every_min="1s")
    one.write(
        f'[web]\nlisten = "127.0.0.1:{port}"\n'
        f'[[channels]]\nid = "terminal"\nplatform = "console"\n{feed}'
    )
    one.config.write_text('language = "vi"\n' + one.config.read_text(encoding="utf-8"), "utf-8")
    said, live = (f"document.getElementById({name!r})?.innerText" for name in ("said", "live"))
    with one.service():
        one.wait_for(lambda: one.states().get("sent"))
        chromium.open(f"http://127.0.0.1:{port}/")
    submit(chromium, "pause-channel:terminal")
    chromium.wait(lambda: "newsbot không trả lời" in (chromium.run(said) or ""))
    with answering(port, 502) as asked:
        submit(chromium, "pause-channel:terminal")
        chromium.wait(lambda: asked)
        chromium.wait(lambda: "newsbot không trả lời" in (chromium.run(said) or ""))
    one.add("tin", "Tin sau khi khởi động lại")
    with one.service():
        chromium.run("Date.now = ((now) => () => now() + 60_000)(Date.now)")
        chromium.wait(lambda: "Tin sau khi khởi động lại" in (chromium.run(live) or ""))
        chromium.wait(lambda: chromium.run(said) == "")


@contextmanager
def answering(port: int, status: int) -> Iterator[list[str]]:
    """Answer as a web server does that reaches nobody; yield the paths asked for."""
    asked: list[str] = []

    class Front(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<h1>Bad Gateway</h1>")
            asked.append(self.path)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Front) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


def one_title(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
