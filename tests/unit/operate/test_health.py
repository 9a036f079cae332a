"""`newsbot status`: whether all is well, how old news is, and watching it."""

from __future__ import annotations

from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO

import click
import pytest

from bot.config import load_config
from bot.models import FeedId, Poll, Reason, Validators
from bot.operate.health import delay_json, delay_text, print_headline
from bot.operate.status import forecast, status_json
from bot.operate.watching import watch
from bot.store.engine import open_store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONFIG = '[[channels]]\nid = "terminal"\nplatform = "console"\n[[feeds]]\nid = "f"\nurl = "https://example.org/f"\n'


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


@pytest.mark.parametrize(
    ("errors", "minutes", "running", "well", "line"),
    [
        (0, 1, True, True, "all well"),
        (1, 1, True, True, "all well (failed their last poll: 1 of the feeds)"),
        (5, 1, True, False, "not well:"),
        (0, 1, False, True, "all well (newsbot is not running at the moment)"),
        (0, 3, False, False, "not well:"),
        (0, 3, True, True, "all well"),
        (0, 11, True, False, "not well:"),
        (0, 11, None, False, "not well:"),
    ],
)
async def test_the_first_line(errors, minutes, running, well, line, tmp_path, capsys) -> None:
    path = tmp_path / "newsbot.toml"
    path.write_text(CONFIG, encoding="utf-8")
    store = open_store(":memory:", create=True)
    for _ in range(max(errors, 1)):
        poll = Poll(
            feed=FeedId("f"),
            at=NOW - timedelta(hours=1),
            next_poll=NOW - timedelta(minutes=minutes),
            validators=Validators(),
            error=Reason(code="http", text="503") if errors else None,
        )
        await store.feeds.finish_poll(poll)
    config = load_config(path, environ={})
    status = await status_json(config, store, NOW, running=running)
    await store.close()
    assert status["well"] is well
    print_headline(status)
    out = capsys.readouterr().out
    assert out.splitlines()[0] == line
    assert all(one["remedy"] in out for one in status["troubles"])
    assert [one["subject"] for one in status["last_errors"]] == (["f"] if errors else [])


def test_watching_prints_what_changed_and_ends_with_ctrl_c() -> None:
    texts = iter(["one\n", "one\n", "two\n"])

    def sleep(_: float) -> None:
        if not texts.__length_hint__():
            raise KeyboardInterrupt

    with redirect_stdout(StringIO()) as out:
        watch(lambda: click.echo(next(texts), nl=False), sleep=sleep)
    assert out.getvalue() == "one\ntwo\n"


@pytest.mark.parametrize(
    ("days", "expected"), [(0.1, 6_080_000), (25.37, 240_000), (30.4, 200_000), (31, 200_000)]
)
def test_the_forecast_is_in_whole_cents(days: float, expected: int) -> None:
    assert forecast(200_000, NOW - timedelta(days=days), NOW) == expected
