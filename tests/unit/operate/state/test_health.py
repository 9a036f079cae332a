"""`newsbot status`: whether all is well, how old news is, and watching it."""

from __future__ import annotations

from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from bot.config import load_config
from bot.models.alerts import Disk, Presence
from bot.models.basics import FeedId, Reason
from bot.models.feeds import Poll, Validators
from bot.models.outbox import Failed, Unknown
from bot.operate.say import say_as_is
from bot.operate.state.health import delay_json, delay_text, print_headline
from bot.operate.state.status import forecast, status_json
from bot.operate.state.status_watch import first_lines, watch, with_verdict_last
from bot.store.operator.alerts import AlertBook
from tests.contract.store_kit import attempt, lane, owe, story, tell

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.engine import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FEED = '[[feeds]]\nid = "f"\nurl = "https://example.org/f"\n'
CONFIG = f'[[channels]]\nid = "terminal"\nplatform = "console"\n{FEED}'


@pytest.mark.parametrize(
    ("seconds", "expected", "shown"),
    [
        ([], None, ("", "")),
        ([60], {"posts": 1, "median": 60, "p95": 60}, ("60 s", "60 s")),
        (range(1, 101), {"posts": 100, "median": 50, "p95": 95}, ("50 s", "95 s")),
        ([120, 7200, 10**6], {"posts": 3, "median": 7200, "p95": 10**6}, ("2 h", "12 d")),
    ],
)
def test_delays(seconds, expected, shown) -> None:
    found = delay_json([timedelta(seconds=one) for one in seconds])
    assert found == expected
    assert delay_text(found) == shown


RUNS, STOPPED, UNSEEN = (Presence(running=running) for running in (True, False, None))
TURNS = Presence(running=False, by_turns=True)
STARTED = Presence(running=True, since=NOW - timedelta(minutes=1))


@pytest.mark.parametrize(
    ("errors", "minutes", "presence", "line"),
    [
        (0, 1, RUNS, "all well"),
        (1, 1, RUNS, "all well (failed their last poll: 1 of the feeds)"),
        (5, 1, RUNS, "not well:"),
        (0, -5, STOPPED, "not well:"),
        (0, 1, TURNS, "all well (`newsbot once` is not running at the moment)"),
        (0, 59, TURNS, "all well (`newsbot once` is not running at the moment)"),
        (0, 61, TURNS, "not well:"),
        (0, 3, RUNS, "all well"),
        (0, 11, RUNS, "not well:"),
        (0, 480, STARTED, "all well"),
        (0, 1, UNSEEN, "all well"),
        (0, 11, UNSEEN, "not well:"),
    ],
)
async def test_the_first_line(errors, minutes, presence, line, store, tmp_path, capsys) -> None:
    path = tmp_path / "newsbot.toml"
    path.write_text(CONFIG, encoding="utf-8")
    for number in range(errors + 1):
        poll = Poll(
            feed=FeedId("f"),
            at=NOW - timedelta(hours=1),
            next_poll=NOW - timedelta(minutes=minutes),
            validators=Validators(),
            error=Reason(code="http", text="503") if number else None,
        )
        await store.feeds.finish_poll(poll)
    config = load_config(path, environ={})
    status = await status_json(config, store, NOW, presence=presence)
    assert status["well"] is line.startswith("all well")
    print_headline(status, ZONE)
    out = capsys.readouterr().out
    assert out.splitlines()[0] == line
    assert all(one["remedy"] in out for one in status["troubles"])
    assert [one["subject"] for one in status["last_errors"]] == (["f"] if errors else [])


async def test_the_last_copy_is_told_in_the_operators_time(store, tmp_path, capsys) -> None:
    status = await health(store, tmp_path) | {"backup": "2026-11-28T23:19:14Z"}
    print_headline(status, ZONE)
    assert "  last copy of the database: 2026-11-29 06:19 +07\n" in capsys.readouterr().out


MANY = (
    "".join(f'[[channels]]\nid = "c{number}"\nplatform = "console"\n' for number in range(3))
    + '[[channels]]\nid = "off"\nplatform = "console"\nenabled = false\n'
    + '[accounts.tg]\nplatform = "telegram"\ntoken = { env = "T" }\n'
    + '[[channels]]\nid = "tin"\naccount = "tg"\nchat = "@tincongnghe"\n'
    + FEED
)
OFF = "enabled = false\n"
IDLE = {
    "an emptied file": "",
    "no feed": CONFIG.removesuffix(FEED),
    "a feed that is disabled": f"{CONFIG}{OFF}",
    "a channel that is disabled": CONFIG.replace(FEED, f"{OFF}{FEED}"),
    "a feed that leads to none but a paid channel": """
        [accounts.x]
        platform = "x"
        api_key = { env = "A" }
        api_secret = { env = "B" }
        access_token = { env = "C" }
        access_token_secret = { env = "D" }
        budget = { per_day = 2.0, per_month = 40.0 }
        [[channels]]
        id = "xtin"
        account = "x"
        """
    + FEED,
}


@pytest.mark.parametrize("name", IDLE)
async def test_a_file_from_which_nothing_can_be_posted_is_trouble(name, store, tmp_path) -> None:
    """The service goes on with its file as it was; a start in the meantime takes the emptied one."""
    path = tmp_path / "newsbot.toml"
    path.write_text(IDLE[name], encoding="utf-8")
    status = await status_json(load_config(path, environ={}), store, NOW, presence=RUNS)
    assert [one["kind"] for one in status["troubles"]] == ["idle"]
    assert str(path) in status["troubles"][0]["text"]


BY_OPERATOR = Reason(code="operator", text="paused by the operator")


async def health(store: Store, tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "newsbot.toml"
    path.write_text(MANY, encoding="utf-8")
    return await status_json(
        load_config(path, environ={}), store, NOW, presence=Presence(running=True)
    )


@pytest.mark.parametrize(
    ("paused", "line"),
    [
        (["channel:c1"], "channel c1 (`newsbot resume channel:c1`)"),
        (["channel:c0", "channel:c2"], "channels c0, c2 (`newsbot resume channel:ID`)"),
        (
            ["channel:c0", "channel:c1", "channel:c2", "channel:tin", "channel:off"],
            "channels c0, c1, c2, tin (`newsbot resume --all`)",
        ),
        (
            ["feed:f", "account:tg", "channel:gone", "feed:gone"],
            "feed f (`newsbot resume feed:f`); account tg (`newsbot resume account:tg`)",
        ),
    ],
)
async def test_the_operators_pauses_are_no_trouble_but_told(
    paused, line, store, tmp_path, capsys
) -> None:
    for one in paused:
        scope, _, name = one.partition(":")
        await store.desk.pause(scope, name, BY_OPERATOR, NOW)
    await store.desk.pause("channel", "elsewhere", Reason(code="forbidden", text="kicked"), NOW)
    status = await health(store, tmp_path)
    assert (status["well"], status["troubles"]) == (True, [])
    known = {"c0", "c1", "c2", "tin", "f", "tg"}
    told = {f"{one['scope']}:{one['id']}" for one in status["paused"]}
    assert told == {one for one in paused if one.partition(":")[2] in known}
    print_headline(status, ZONE)
    assert capsys.readouterr().out.splitlines()[0] == f"all well; paused by you: {line}"


@pytest.mark.parametrize("language", ["en", "vi"])
async def test_a_full_disk_is_trouble_as_text_and_as_json(
    language, store, tmp_path, capsys
) -> None:
    disk = Disk(folder="/var/lib/newsbot", free=2_500_000)
    store.alerts = AlertBook(store.database, look_at=lambda _: disk)
    path = tmp_path / "newsbot.toml"
    path.write_text(f'language = "{language}"\n{CONFIG}', encoding="utf-8")
    status = await status_json(
        load_config(path, environ={}), store, NOW, presence=Presence(running=True)
    )
    assert status["well"] is False
    assert status["troubles"] == [
        {
            "kind": "disk",
            "subject": "/var/lib/newsbot",
            "text": "The disk of the database is full, or nearly: /var/lib/newsbot: 2 MB are free",
            "remedy": "free some space (`df -h /var/lib/newsbot`); newsbot then goes on by itself",
        }
    ]
    print_headline(status, ZONE)
    assert capsys.readouterr().out.startswith("not well:\n  - The disk of the database is full")


async def test_trouble_comes_first_and_says_what_it_is(store, tmp_path, capsys) -> None:
    for name, outcome in (("a", Unknown(reason=BY_OPERATOR)), ("b", Failed(reason=BY_OPERATOR))):
        await owe(store, name, channel="tin", at=NOW)
        await attempt(store, outcome, lane("tin"), at=NOW)
    await store.desk.pause("feed", "f", BY_OPERATOR, NOW)
    status = await health(store, tmp_path)
    texts = [one["text"] for one in status["troubles"]]
    assert texts == [
        "Posts that may or may not have arrived: tin: 1 post",
        "Posts that failed: tin: 1 post",
    ]
    print_headline(status, ZONE)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["not well:", f"  - {texts[0]}"]
    assert "  paused by you: feed f (`newsbot resume feed:f`)" in lines


async def test_held_stories_of_a_removed_feed_are_told(store, tmp_path) -> None:
    await tell(store, story("a", owed=("tin",), held=BY_OPERATOR), feed="gone", at=NOW)
    (one,) = (await health(store, tmp_path))["troubles"]
    assert (one["kind"], one["subject"]) == ("orphaned", "gone")
    assert one["remedy"].startswith("`newsbot feeds release gone`")


def test_watching_prints_what_changed_and_ends_with_ctrl_c() -> None:
    texts = iter(["one\n", "one\n", "two\n"])

    def sleep(_: float) -> None:
        if not texts.__length_hint__():
            raise KeyboardInterrupt

    with redirect_stdout(StringIO()) as out:
        watch(lambda: say_as_is(next(texts)), sleep=sleep)
    assert out.getvalue() == "one\ntwo\n"


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


def test_the_verdict_stays_on_a_screen_of_80_by_24(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    status = "not well:\n" + f"  - {'x' * 90}\n" + "".join(f"feed{n}\n" for n in range(60))

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with redirect_stdout(Screen()) as out:
        watch(lambda: say_as_is(status), sleep=stop)
    assert out.getvalue().startswith("\x1b[Hnot well:\x1b[K\n  - x")
    shown = out.getvalue().replace("\x1b[K", "").removeprefix("\x1b[H").split("\x1b[J")[0]
    rows = [line[at : at + 80] for line in shown.split("\n") for at in range(0, len(line), 80)]
    assert len(rows) == 24
    assert rows[-1] == "… 40 more lines: `newsbot status`"


def test_a_picture_that_fits_is_whole() -> None:
    lines = [f"{n}" for n in range(24)]
    assert first_lines(lines, 80, 24) == lines
    assert first_lines([*lines, "b"], 80, 24) == [*lines[:23], "… 2 more lines: `newsbot status`"]
    assert first_lines([*lines[:23], "\x1b[1m" + "Á" * 80], 80, 24)[-1].startswith("\x1b")


@pytest.mark.parametrize(
    ("days", "expected"), [(0.1, 6_080_000), (25.37, 240_000), (30.4, 200_000), (31, 200_000)]
)
def test_the_forecast_is_in_whole_cents(days: float, expected: int) -> None:
    assert forecast(200_000, NOW - timedelta(days=days), NOW) == expected


async def test_times_that_a_wrong_clock_wrote_are_trouble(store, tmp_path) -> None:
    await owe(store, "a", channel="tin", at=NOW + timedelta(minutes=59))
    assert (await health(store, tmp_path))["well"]
    await owe(store, "b", channel="tin", at=NOW + timedelta(days=365))
    (one,) = (await health(store, tmp_path))["troubles"]
    assert one["text"] == (
        "The database remembers times that are still to come: they are 365 days ahead of the clock"
    )
    assert "`newsbot state rewind`" in one["remedy"]


@pytest.mark.parametrize(
    ("polls", "next_poll", "told"),
    [
        ([False], 15, False),
        ([False], 61, True),
        ([False, False], 15, True),
        ([True, False, False], 15, False),
    ],
    ids=["failed once", "and is not tried within the hour", "failed twice", "worked before"],
)
async def test_a_feed_that_never_worked_is_told_early(
    polls, next_poll, told, store, tmp_path
) -> None:
    for is_good in polls:
        poll = Poll(
            feed=FeedId("f"),
            at=NOW,
            next_poll=NOW + timedelta(minutes=next_poll),
            validators=Validators(),
            error=None if is_good else Reason(code="http", text="the server answered 404"),
        )
        await store.feeds.finish_poll(poll)
    texts = [one["text"] for one in (await health(store, tmp_path))["troubles"]]
    text = "Feeds that fail again and again: f: it never worked: the server answered 404"
    assert texts == ([text] if told else [])


def test_the_verdict_is_the_last_line_where_it_scrolls_away() -> None:
    text = "not well:\n- no database\n\nfeed a\n"
    assert with_verdict_last(text, 80, 5) == text
    for columns, rows in ((80, 4), (4, 7)):
        shown = with_verdict_last(text, columns, rows)
        assert shown == f"{text}\nnot well:\n- no database\n"
