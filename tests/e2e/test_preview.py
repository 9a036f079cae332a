"""`newsbot preview` as an operator uses it."""

import http.client
import json
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from bot.cli import newsbot
from bot.cli.options import Settings
from bot.errors import NewsbotError, UsageError
from tests.e2e.world import World, stop

CHANNELS = """
[[channels]]
id = "terminal"
platform = "console"
template = "own.j2"
[[channels]]
id = "tin"
account = "tg"
chat = "@tincongnghe"
enabled = false
"""


@pytest.fixture
def desk(bot: World) -> World:
    (bot.home / "templates").mkdir()
    (bot.home / "templates" / "own.j2").write_text("TRƯỚC {{ title }}", encoding="utf-8")
    bot.write(CHANNELS + bot.feed("bao", "Tin một", "Tin hai", first_run=1, fetch_page="never"))
    return bot


def line_of(process: subprocess.Popen[str], pattern: str) -> str:
    assert process.stderr is not None
    assert select.select([process.stderr], [], [], 20)[0], "it said nothing"
    line = process.stderr.readline()
    found = re.search(pattern, line)
    assert found, line
    return found[0]


@contextmanager
def opened(port: int, path: str) -> Iterator[http.client.HTTPResponse]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        with connection.getresponse() as answer:
            yield answer


def text_at(port: int) -> str:
    with opened(port, "/") as answer:
        return answer.read().decode()


def next_event(events: http.client.HTTPResponse) -> bytes:
    return next(line for line in events if line.startswith(b"data:"))


def changed(desk: World, port: int, events: http.client.HTTPResponse, words: str) -> float:
    """Save another template; return the seconds until the page is told to be another one."""
    saved = time.monotonic()
    (desk.home / "templates" / "own.j2").write_text(f"{words} {{{{ title }}}}", encoding="utf-8")
    next_event(events)
    waited = time.monotonic() - saved
    assert f"{words} Tin hai" in text_at(port)
    return waited


def test_serve_shows_what_is_saved_within_a_second_and_ends_at_once(desk: World) -> None:
    process = desk.start("preview", "--serve", "--port", "0")
    try:
        port = int(line_of(process, r"(?<=http://127\.0\.0\.1:)\d+(?=/ )"))
        assert "TRƯỚC Tin hai" in text_at(port)
        with opened(port, "/events") as events:
            next_event(events)
            waits = [changed(desk, port, events, f"SAU {number}") for number in range(3)]
            assert min(waits) < 1  # a busy machine may be late now and then
            # An open page must not hold up the end; a busy machine ends as slowly as it starts.
            asked = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
            assert time.monotonic() - asked < 5  # it would hold it up for a minute
    finally:
        out, err = stop(process)
    assert (out, err) == ("", "")


def command(*arguments: str) -> int:
    """Run `newsbot preview` in this process and return its exit code."""
    return int(newsbot.main(["preview", *arguments], standalone_mode=False, obj=Settings()) or 0)


@pytest.fixture
def at_home(desk: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(desk.home)
    return desk


def test_a_page_is_written_and_replaced(at_home: World, capsys: pytest.CaptureFixture[str]) -> None:
    page = at_home.home / "trang.html"
    for _ in range(2):
        assert command("--html", "trang.html") == 0
        assert capsys.readouterr() == ("", "wrote trang.html: 1 post, 1 skipped, 0 errors\n")
    text = page.read_text(encoding="utf-8")
    assert "TRƯỚC Tin hai" in text
    assert "tincongnghe" not in text  # prepared, not enabled, not named
    command("--html", "trang.html", "--channel", "tin", "--feed", "bao")
    assert "@tincongnghe" in page.read_text(encoding="utf-8")


def test_a_failing_feed_is_in_the_page_and_the_exit_code(at_home: World) -> None:
    with at_home.config.open("a", encoding="utf-8") as file:
        file.write(f'[[feeds]]\nid = "gone"\nurl = "{at_home.web.base}/none.rss"\n')
    assert command("--html", "trang.html") == 1
    assert "404" in (at_home.home / "trang.html").read_text(encoding="utf-8")


def test_nothing_to_show_is_an_error_and_writes_nothing(at_home: World) -> None:
    at_home.items["bao"].clear()
    at_home.add("bao")
    with pytest.raises(NewsbotError, match="nothing to show"):
        command("--html", "trang.html")
    assert not list(at_home.home.glob("*.html"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--html", "."), "is a directory"),
        (("--html", "none/x.html"), "there is no directory none"),
        (("--html", "x.html", "--serve"), "cannot be used together"),
        (("--html", "x.html", "--json"), "cannot be used together"),
        (("--port", "1"), "--port belongs to --serve"),
        (("--serve", "--feed", "boa"), "boa"),
        (("--serve", "--channel", "tn"), "tn"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    at_home: World, arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        command(*arguments)
    assert "\n" not in str(caught.value)
    assert not list(at_home.home.glob("*.html"))


@pytest.mark.usefixtures("at_home")
def test_a_pipe_gets_plain_lines_and_json_stays_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert command() == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "│ TRƯỚC Tin hai" in shown
    assert "skip: " in shown
    command("--json")
    rows = json.loads(capsys.readouterr().out)
    assert [row["text"] for row in rows] == ["TRƯỚC Tin hai", "TRƯỚC Tin một"]
