"""The way in: a token once, then a cookie; whoever guesses waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from aiohttp import web

from bot.operate.browser.attempts import Attempts
from bot.operate.browser.door import form_of
from bot.operate.browser.pages import Visitor
from bot.operate.browser.sessions import LASTS, Sessions
from bot.operate.web.application import Server, Site
from tests.unit.operate.browser.kit import NOW, TOKEN, newsroom, visiting
from tests.unit.operate.browser.test_frame import DONE, PAGES

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.engine import Store


async def test_the_token_is_asked_for_once(tmp_path: Path, store: Store) -> None:
    DONE.clear()
    async with visiting(newsroom(tmp_path, store), PAGES, token=TOKEN) as browser:
        asked = await browser.get("/other?q=1")
        assert asked.status == 401
        text = await asked.text()
        assert 'name="there" value="other"' in text
        assert (await browser.post("/other/act", data={"what": "x"})).status == 401
        with structlog.testing.capture_logs() as logs:
            form = {"token": f" {TOKEN}\n", "name": "Lan  Anh", "there": "other"}
            answer = await browser.post("/signin", data=form, allow_redirects=False)
            assert answer.headers["Location"] == "./other"
            cookie = answer.headers["Set-Cookie"]
            assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
            assert "Secure" not in cookie
            assert (await browser.post("/other/act", data={"what": "x"})).status == 200
        assert DONE == [({"what": "x"}, "Lan Anh")]
        assert [entry["who"] for entry in logs] == ["Lan Anh", "Lan Anh"]
        assert TOKEN not in str(logs)
        assert "Lan Anh" in await (await browser.get("/")).text()
        await browser.post("/signout", data={"a": ""})
        assert (await browser.get("/")).status == 401


async def test_behind_a_certificate_the_cookie_stays_there(tmp_path: Path, store: Store) -> None:
    public = "https://bot.example.org"
    room = newsroom(tmp_path, store)
    async with visiting(room, PAGES, token=TOKEN, public_url=public) as browser:
        answer = await browser.post(
            "/signin", data={"token": TOKEN}, headers={"Origin": public}, allow_redirects=False
        )
        assert "Secure" in answer.headers["Set-Cookie"]


async def test_whoever_guesses_waits_and_others_do_not(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    public = "https://bot.example.org"
    async with visiting(room, PAGES, token=TOKEN, public_url=public) as browser:

        async def status(token: str, address: str) -> tuple[int, Any]:
            headers = {"X-Forwarded-For": f"1.2.3.4, {address}"}
            answer = await browser.post(
                "/signin", data={"token": token}, headers=headers, allow_redirects=False
            )
            return answer.status, answer.headers.get("Retry-After")

        found = [await status(f"{TOKEN}{number}", "9.9.9.9") for number in range(4)]
        assert found == [(403, None)] * 4
        assert (await status(TOKEN, "9.9.9.9"))[0] == 429
        assert (await status(TOKEN, "8.8.8.8"))[0] == 303


def test_each_wrong_token_doubles_the_wait() -> None:
    times = [0.0]
    attempts = Attempts(lambda: times[-1])
    waits = []
    for _ in range(12):
        attempts.note_wrong("a")
        waits.append(attempts.wait("a"))
        times.append(times[-1] + waits[-1])
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert attempts.wait("b") == 0
    times.append(times[-1] + 901)
    attempts.note_wrong("a")
    assert attempts.wait("a") == 0
    for number in range(2000):
        attempts.note_wrong(str(number))
    assert len(attempts._wrong) == 1000


def test_a_session_ends_with_its_time_and_with_the_token() -> None:
    times = [NOW]
    sessions = Sessions(TOKEN, lambda: times[-1])
    cookie = sessions.begin(Visitor.called("Lan\x1b[31m Anh"))
    assert sessions.visitor(cookie) == Visitor(name="Lan\N{REPLACEMENT CHARACTER}[31m Anh")
    assert Sessions(TOKEN, lambda: NOW).visitor(cookie) is not None
    assert Sessions("another-token-of-tests", lambda: NOW).visitor(cookie) is None
    times.append(NOW + 2 * LASTS)
    assert sessions.visitor(cookie) is None


@pytest.mark.parametrize("change", ["", "x", "9", ".", "9" * 600, "é"])
def test_a_cookie_of_somebody_else_s_making_is_nobody_s(change: str) -> None:
    sessions = Sessions(TOKEN, lambda: NOW)
    cookie = sessions.begin(Visitor(name="a"))
    later = str(int(cookie.partition(".")[0]) + 1) + cookie[cookie.index(".") :]
    for wrong in (f"{change}{cookie}x", later, change, f"{cookie}{change or '.'}"):
        assert sessions.visitor(wrong) is None
    assert sessions.is_token(f"{TOKEN}{change or 'x'}") is False


async def test_a_form_that_comes_a_letter_at_a_time_is_given_up() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=str(await form_of(request, within=0.05)))

    server = Server([Site(routes={("POST", "/"): answer})])
    port = await server.listen("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    kind = "Content-Type: application/x-www-form-urlencoded"
    writer.write(f"POST / HTTP/1.1\r\nHost: h\r\n{kind}\r\nContent-Length: 9\r\n\r\na".encode())
    assert (await reader.readline()).split()[1] == b"408"
    writer.close()
    await server.close()
