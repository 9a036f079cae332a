"""What every page has in common, attacked: hosts, origins, paths, headers, markup."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import structlog
from markupsafe import Markup

from bot.errors import NewsbotError, StoreError
from bot.operate.browser.html import POLICY
from bot.operate.browser.pages import Page
from bot.operate.web.events import Event
from tests.unit.operate.browser.kit import TOKEN, newsroom, visiting
from tests.unit.operate.preview.kit import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields, Visitor
    from bot.store.engine import Store

DONE: list[tuple[dict[str, str], str]] = []


async def read(_: Newsroom, query: Fields) -> str:
    if query.get("fault"):
        raise StoreError("the database is locked")
    return query.get("q", "")


async def act(_: Newsroom, form: Fields, visitor: Visitor) -> str:
    DONE.append((dict(form), visitor.name))
    if form.get("refuse"):
        raise NewsbotError(f"there is no {form['refuse']}")
    if form.get("show"):
        return Markup("<b>shown</b>")
    return f"did {form.get('what')}"


async def after(_: Newsroom, known: str) -> Event:
    if known == "2":
        await asyncio.Event().wait()
    return Event(name="tick", id=str(int(known or 0) + 1), data='{"a": 1}\nb')


def view(said: str) -> Markup:
    return Markup("<p>{}</p>").format(said)


FIRST = Page(name="", title="First", read=read, view=view, actions={"act": act})
OTHER = Page(
    name="other", title="Other", read=read, view=view, actions={"act": act}, events=after, renew=9
)
PAGES = (FIRST, OTHER)


@pytest.fixture
def room(tmp_path: Path, store: Store) -> Newsroom:
    DONE.clear()
    return newsroom(tmp_path, store)


async def test_a_page_comes_with_its_policy_and_is_never_kept(room: Newsroom) -> None:
    async with visiting(room, PAGES) as browser:
        answer = await browser.get("/other")
        assert answer.status == 200
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        text = await answer.text()
        assert 'href="./other" aria-current="page"' in text
        assert 'data-renew="9"' in text
        assert "<style" not in text
        assert "<script>" not in text
        sheet = await browser.get("/desk.css")
        assert sheet.headers["Cache-Control"] == "no-store"
        named = text.partition('rel="stylesheet" href=".')[2].partition('"')[0]
        assert "immutable" in (await browser.get(named)).headers["Cache-Control"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("[::1]:8080", 200),
        ("bot.example.org", 200),
        ("BOT.example.org:443", 200),
        ("evil.example", 421),
        ("192.168.1.5", 421),
        ("localhost.evil.example", 421),
        ("evil.example@localhost", 421),
        ("localhost#evil.example", 421),
        ("[broken", 421),
        ("", 421),
    ],
)
async def test_a_name_that_is_not_the_desk_s_is_answered_nothing(
    room: Newsroom, host: str, status: int
) -> None:
    async with visiting(room, PAGES, public_url="https://bot.example.org") as browser:
        for path in ("/", "/desk.css"):
            answer = await browser.get(path, headers={"Host": host})
            assert answer.status == status
        own = {"Host": host, "Origin": f"http://{host}"}
        answer = await browser.post("/act", headers=own, data={"a": ""}, allow_redirects=False)
        assert answer.status == (303 if status == 200 else 421)


async def test_a_desk_open_to_others_is_called_by_its_number_and_by_no_name(room: Newsroom) -> None:
    async with visiting(room, PAGES, token=TOKEN, host="0.0.0.0") as browser:
        for host, status in (("192.168.1.5:8080", 401), ("evil.example", 421)):
            assert (await browser.get("/", headers={"Host": host})).status == status


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "http://127.0.0.1", "http://localhost:1", ""]
)
async def test_another_site_changes_nothing(room: Newsroom, origin: str) -> None:
    async with visiting(room, PAGES) as browser:
        answer = await browser.post("/other/act", headers={"Origin": origin}, data={"what": "x"})
        assert answer.status == 403
        assert DONE == []


async def test_the_desk_is_asked_through_a_web_server_in_front(room: Newsroom) -> None:
    public = "https://bot.example.org/bot"
    async with visiting(room, PAGES, public_url=public) as browser:
        front = {"Origin": "https://bot.example.org", "Host": "127.0.0.1:8080"}
        for path in ("/bot/other/act", "/other/act"):
            answer = await browser.post(path, headers=front, data={"what": "x"})
            assert answer.status == 200
            assert "did x" in await answer.text()
        assert (await browser.get("/bot/other")).status == 200
        assert (await browser.get("/bot")).url.path == "/bot/", "its links would lead elsewhere"


async def test_what_is_done_is_told_once_and_logged_with_who_and_what(room: Newsroom) -> None:
    async with visiting(room, PAGES) as browser:
        with structlog.testing.capture_logs() as logs:
            form = {"what": "it\nall", "back": "q=a%26b&said=old"}
            answer = await browser.post("/other/act", data=form)
            text = await answer.text()
        assert "did it\nall" in text
        assert "<p>a&amp;b</p>" in text
        assert answer.url.path == "/other"
        assert "did it" not in await (await browser.get(answer.url.path_qs)).text()
        (entry,) = logs
        assert entry["who"] == "this machine"
        assert (entry["what"], entry["asked"], entry["came"]) == (
            "other/act",
            "what=it all",
            "did it all",
        )


async def test_what_is_refused_is_told_and_logged_as_a_warning(room: Newsroom) -> None:
    async with visiting(room, PAGES) as browser:
        with structlog.testing.capture_logs() as logs:
            answer = await browser.post("/act", data={"refuse": "<feed>"})
        assert '<p class="fault">there is no &lt;feed&gt;</p>' in await answer.text()
        assert [entry["log_level"] for entry in logs] == ["warning"]
        shown = await browser.post("/other/act", data={"show": "1"})
        assert "<b>shown</b>" in await shown.text()


async def test_a_database_that_does_not_answer_is_told_on_the_page(room: Newsroom) -> None:
    async with visiting(room, PAGES) as browser:
        answer = await browser.get("/other?fault=1")
        assert answer.status == 503
        assert "the database is locked" in await answer.text()


@pytest.mark.parametrize(
    "path",
    ["/../newsbot.toml", "/%2e%2e/newsbot.toml", "/desk.css/../frame.py", "/frame.py", "//etc"],
)
async def test_no_path_leads_out_of_the_desk(room: Newsroom, path: str) -> None:
    async with visiting(room, PAGES) as browser:
        reader, writer = await asyncio.open_connection("127.0.0.1", browser.port)
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        status = (await reader.read()).split()[1]
        writer.close()
        assert status in {b"404", b"400"}


async def test_no_field_becomes_a_header(room: Newsroom) -> None:
    async with visiting(room, PAGES, token=TOKEN) as browser:
        form = {"token": TOKEN, "name": "a\r\nSet-Cookie: b=c", "there": "other\r\nX-Evil: 1"}
        answer = await browser.post("/signin", data=form, allow_redirects=False)
        assert answer.status == 303
        assert answer.headers["Location"] == "./"
        assert "X-Evil" not in answer.headers
        back = "q=a\r\nX-Evil: 1"
        answer = await browser.post("/other/act", data={"back": back}, allow_redirects=False)
        assert answer.status == 303
        assert "X-Evil" not in answer.headers


async def test_nothing_that_is_said_is_markup(room: Newsroom) -> None:
    async with visiting(room, PAGES, token=TOKEN) as browser:
        await browser.post("/signin", data={"token": TOKEN, "name": "<script>1</script>"})
        for text in HOSTILE:
            fields = {"what": text, "back": urlencode({"q": text}, errors="surrogatepass")}
            form = urlencode(fields, errors="surrogatepass")
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = await browser.post("/other/act", data=form, headers=kind)
            page = await answer.text()
            assert page.count("<script") == 1
            assert not {"<img", "<svg", "<style", "<iframe"} & set(page.split())
            assert "\x00" not in page


async def test_events_are_told_to_who_is_signed_in_until_the_desk_ends(room: Newsroom) -> None:
    async with visiting(room, PAGES, token=TOKEN) as browser, asyncio.timeout(20):
        assert (await browser.get("/other/events")).status == 401
        await browser.post("/signin", data={"token": TOKEN})
        stream = await browser.get("/other/events", headers={"Last-Event-ID": "1"})
        assert stream.headers["Content-Type"] == "text/event-stream"
        lines = [await stream.content.readline() for _ in range(5)]
        assert lines == [b"event: tick\n", b"id: 2\n", b'data: {"a": 1}\n', b"data: b\n", b"\n"]
        stream.close()


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"what=\xff\xfe", 200),
        ("application/x-www-form-urlencoded; charset=no-such", b"what=x", 200),
        ("application/x-www-form-urlencoded", b"&a=" * 2000, 400),
        ("multipart/form-data; boundary=a", b"--a\r\nno header at all", 415),
        ("text/plain", b"what=x", 415),
    ],
)
async def test_a_form_that_is_none_does_nothing(
    room: Newsroom, kind: str, body: bytes, status: int
) -> None:
    async with visiting(room, PAGES) as browser:
        answer = await browser.post("/act", data=body, headers={"Content-Type": kind})
        assert answer.status == status
        assert len(DONE) == (status == 200)


async def test_a_form_too_large_is_refused(room: Newsroom) -> None:
    async with visiting(room, PAGES) as browser:
        answer = await browser.post("/act", data={"what": "x" * 70_000})
        assert answer.status == 413
        assert DONE == []
