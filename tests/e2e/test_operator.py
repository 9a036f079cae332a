"""The operator's hands on what was posted, what is held back, and what is sent now."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.cli import main
from bot.models.outbox import Sent
from bot.models.posts import Receipt
from bot.store.engine import open_store
from tests.contract.store_kit import NOW, attempt, lane, owe
from tests.e2e.world import SECRETS, stop
from tests.standins.faults import answer
from tests.standins.telegram import CHANNEL, CHANNEL_ID
from tests.standins.x import problem

if TYPE_CHECKING:
    from tests.e2e.world import World

TELEGRAM = (
    f'[[channels]]\nid = "tin"\naccount = "tg"\nchat = "{CHANNEL}"\n'
    "max_per_hour = 1200\nmax_per_day = 1200\n"
)
X = '[[channels]]\nid = "xtin"\naccount = "x"\n'
CONSOLE = '[[channels]]\nid = "terminal"\nplatform = "console"\n'
NEWS = ("Tin một của buổi sáng nay", "Tin hai của buổi sáng nay", "Tin ba của buổi sáng nay")
FLOOD = [f"Bài cũ số {number} quay lại từ kho lưu trữ" for number in range(25)]


# --- retract


def test_the_last_two_of_three_are_deleted_and_stay_so(bot: World) -> None:
    bot.write(TELEGRAM + bot.feed("vn", *NEWS))
    bot.run("once")
    done = bot.run("retract", "--channel", "tin", "--last", "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "deleted: Tin ba của buổi sáng nay (https://t.me/tincongnghe/3)",
        "deleted: Tin hai của buổi sáng nay (https://t.me/tincongnghe/2)",
    ]
    bot.run("once")
    (left,) = bot.telegram.posts(CHANNEL)
    assert "Tin một" in str(left)
    assert {state: len(titles) for state, titles in bot.states().items()} == {
        "sent": 1,
        "retracted": 2,
    }


def test_gone_counts_as_deleted_and_too_old_is_told(bot: World) -> None:
    bot.write(TELEGRAM + bot.feed("vn", *NEWS))
    bot.run("once")
    oldest, _, newest = bot.telegram.posts(CHANNEL)
    del bot.telegram.chat(CHANNEL).messages[newest["message_id"]]
    oldest["date"] -= 3 * 24 * 3600
    done = bot.run("retract", "--channel", "tin", "--last", "9")
    assert done.returncode == 1
    first, second, third, note, end = done.stderr.splitlines()
    assert first.startswith("deleted: Tin ba")
    assert second.startswith("deleted: Tin hai")
    assert third.startswith("not deleted: Tin một")
    assert "message can't be deleted: of posts older than 48 hours only with the right" in third
    assert note == "no more than 3 stood in channel tin"
    assert end == (
        "newsbot: 1 of 3 posts of channel tin was not deleted; `newsbot pause "
        "channel:tin`, so that no newer post comes before them, then `newsbot retract --channel "
        "tin --last 1` tries again"
    )
    bot.telegram.chat(CHANNEL).bot_may_delete = True
    assert bot.run("retract", "--channel", "tin", "--last", "1").returncode == 0
    assert bot.telegram.posts(CHANNEL) == []
    again = bot.run("retract", "--channel", "tin", "--last", "1")
    assert (again.returncode, again.stderr) == (1, "newsbot: no post stands in channel tin\n")


def test_ctrl_c_in_the_middle_tells_what_is_deleted(
    bot: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bot.write(TELEGRAM)
    asyncio.run(posted(bot, *NEWS))
    monkeypatch.setenv("TELEGRAM_TOKEN", SECRETS["TELEGRAM_TOKEN"])

    def interrupt_the_second() -> None:
        if len(bot.telegram.requests) == 2:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    bot.telegram.on_turn = interrupt_the_second
    with pytest.raises(SystemExit) as stopped:
        main(["retract", "--channel", "tin", "--last", "3", "--json", "-c", str(bot.config)])
    out, err = capsys.readouterr()
    assert (stopped.value.code, err.strip()) == (1, "newsbot: stopped")
    (first,) = json.loads(out)
    assert (first["title"], first["deleted"]) == (NEWS[2], True)


async def posted(bot: World, *titles: str) -> None:
    """Store posts that stand in the channel, as the service would have."""
    store = open_store(f"sqlite:///{bot.home}/newsbot.db", create=True)
    for nth, title in enumerate(titles, 1):
        await owe(store, title, channel="tin", at=NOW)
        proof = Sent(receipt=Receipt(remote_id=str(nth), chat=CHANNEL_ID))
        at = NOW + timedelta(minutes=nth)
        await attempt(store, proof, lane("tin", "tg"), at=at, chat=CHANNEL)
    await store.close()


def test_on_x_each_deletion_is_paid_for_within_the_budget(bot: World) -> None:
    bot.write(X + bot.feed("vn", *NEWS, channels=["xtin"]))
    bot.config.write_text(bot.config.read_text().replace("per_day = 100", "per_day = 0.61"))
    bot.run("once", "--wait", "15s")
    assert bot.x.billed == 600_000
    asked = bot.run("retract", "--channel", "xtin", "--last", "9")
    assert (asked.returncode, len(bot.x.posts())) == (2, 3)
    assert "deleting 3 posts costs up to 0.03 USD: say --yes" in asked.stderr
    done = bot.run("retract", "--channel", "xtin", "--last", "2", "--yes", "--json")
    assert done.returncode == 1
    assert bot.x.billed == 610_000
    status = bot.json("status")
    assert status["budgets"][0]["spent_day"] == "0.61"
    bot.config.write_text(bot.config.read_text().replace("per_day = 0.61", "per_day = 9"))
    throttled = answer(
        429,
        problem(429, "Too Many Requests", "Too Many Requests"),
        headers={"x-rate-limit-remaining": "0", "x-rate-limit-reset": "4102444800"},
    )
    bot.x.faults.next(throttled)
    stopped = bot.run("retract", "--channel", "xtin", "--last", "2", "--yes")
    assert stopped.returncode == 1
    assert "try again at 2100-01-01 07:00:00" in stopped.stderr
    assert stopped.stderr.splitlines()[1].endswith("not tried after that")
    assert bot.json("status")["budgets"][0]["spent_day"] == "0.61"
    assert len(bot.x.posts()) == 2


def test_the_json_of_a_retraction(bot: World) -> None:
    bot.write(CONSOLE + bot.feed("vn", NEWS[0]))
    assert not bot.json("deliveries")
    none = bot.run("retract", "--channel", "terminal", "--last", "1")
    assert (none.returncode, "nothing ran yet" in none.stderr) == (1, True)
    assert not (bot.home / "newsbot.db").exists()
    bot.run("once")
    done = bot.run("retract", "--channel", "terminal", "--last", "1", "--json")
    assert done.returncode == 1
    (one,) = json.loads(done.stdout)
    assert (one["id"], one["title"], one["url"]) == ("1", NEWS[0], None)
    assert (one["deleted"], one["reason"]["code"]) == (False, "no_deleting")
    assert bot.run("retract", "--channel", "termnal", "--last", "1").returncode == 2


# --- a storm


def test_a_flood_is_held_told_once_and_released_at_the_pace(bot: World) -> None:
    channel = CONSOLE + "max_per_hour = 10\n"
    bot.write(channel + bot.feed("vn", NEWS[0]))
    with bot.service() as process:
        bot.wait_for(lambda: list(stored(bot)) == ["sent"])
        refused = bot.run("feeds", "release", "vn")
        assert (refused.returncode, "vn is not held back" in refused.stderr) == (1, True)
        bot.add("vn", *FLOOD)
        bot.wait_for(lambda: len(stored(bot).get("held", ())) == 25)
        status = bot.json("status")
        assert [feed["state"] for feed in status["feeds"]] == ["held"]
        assert status["channels"][0]["held"] == 25
        done = bot.run("feeds", "release", "vn")
        assert done.returncode == 0
        assert done.stderr == (
            "feed vn goes on; 25 deliveries will be sent at the pace of the channels; "
            "where that fills a queue above two days of max_per_day, `backlog` takes the oldest\n"
        )
        bot.wait_for(lambda: len(stored(bot)["sent"]) == 10, seconds=5)
        assert [feed["state"] for feed in bot.json("status")["feeds"]] == ["ok"]
        out, err = stop(process)
    assert err.count("too much at once") == 1
    assert [line for line in out.splitlines() if line.startswith("Bài cũ")] == FLOOD[:9]
    assert len(stored(bot)["pending"]) == 16


def test_a_flood_that_nobody_wants_is_dropped(bot: World) -> None:
    bot.write(CONSOLE + bot.feed("vn", NEWS[0]))
    bot.run("once")
    bot.add("vn", *FLOOD)
    held = bot.run("once")
    assert held.stdout == ""
    assert "too much at once" in held.stderr
    done = bot.run("feeds", "release", "vn", "--drop")
    assert (done.returncode, done.stderr) == (0, "feed vn goes on; 25 deliveries dropped\n")
    bot.add("vn", NEWS[1])
    assert bot.run("once").stdout.startswith(NEWS[1])
    assert {state: len(titles) for state, titles in bot.states().items()} == {
        "sent": 2,
        "dropped": 25,
    }
    ended = bot.run("feeds", "release", "vn")
    assert (ended.returncode, "vn is not held back" in ended.stderr) == (1, True)
    unknown = bot.run("feeds", "release", "vnn")
    assert (unknown.returncode, "did you mean vn?" in unknown.stderr) == (2, True)


def test_a_flood_of_a_feed_that_was_removed_is_told_and_released(bot: World) -> None:
    feed = bot.feed("vn", NEWS[0])
    bot.write(CONSOLE + feed)
    bot.run("once")
    bot.add("vn", *FLOOD)
    bot.run("once")
    bot.write(CONSOLE + bot.feed("other", NEWS[1]))
    (trouble,) = bot.json("status")["troubles"]
    assert trouble["text"] == (
        "Held back of feeds that are not polled any more: vn: too much at once, 25 posts held back"
    )
    done = bot.run("feeds", "release", "vn", "--drop")
    assert (done.returncode, done.stderr) == (0, "feed vn is free; 25 deliveries dropped\n")
    assert bot.json("status")["troubles"] == []
    ended = bot.run("feeds", "release", "vn")
    assert (ended.returncode, "vn is not held back" in ended.stderr) == (1, True)


def test_pause_all_and_resume_all(bot: World) -> None:
    bot.write(TELEGRAM + CONSOLE + bot.feed("vn", channels=["tin", "terminal"]))
    with bot.service():
        bot.wait_for((bot.home / "newsbot.db").exists)
        bot.wait_for(lambda: bot.json("status")["feeds"][0]["state"] == "ok")
        assert bot.run("pause", "--all").returncode == 0
        bot.add("vn", NEWS[0])
        bot.wait_for(lambda: len(stored(bot).get("held", ())) == 2)
        assert {channel["state"] for channel in bot.json("status")["channels"]} == {"paused"}
        assert bot.telegram.posts(CHANNEL) == []
        resumed = bot.run("resume", "--all")
        assert resumed.stderr == "channel tin goes on\nchannel terminal goes on\n"
        bot.wait_for(lambda: len(stored(bot).get("sent", ())) == 2, seconds=5)
    assert len(bot.telegram.posts(CHANNEL)) == 1


# --- one item now


def test_one_item_is_posted_now_and_once(bot: World) -> None:
    bot.write(
        TELEGRAM.replace("max_per_hour = 1200", "max_per_hour = 1")
        + bot.feed("vn", *NEWS, first_run=2)
    )
    bot.run("once", "--wait", "1s")
    assert {state: len(titles) for state, titles in bot.states().items()} == {
        "sent": 1,
        "pending": 1,
    }
    waiting = bot.run("post", "--channel", "tin", "--item", "tin ba")
    assert waiting.returncode == 0, waiting.stderr
    assert waiting.stderr == "sent to tin: https://t.me/tincongnghe/2\n"
    # The oldest was passed over by first_run, so that its text was not kept.
    passed = bot.run("post", "--channel", "tin", "--item", bot.link("vn", 0))
    assert passed.returncode == 0, passed.stderr
    assert "Đoạn mở đầu của tin vn số 0." in str(bot.telegram.posts(CHANNEL)[2])
    again = bot.run("post", "--channel", "tin", "--item", NEWS[0])
    assert (again.returncode, "was sent this story on" in again.stderr) == (1, True)
    several = bot.run("post", "--channel", "tin", "--item", "buổi sáng")
    assert several.returncode == 1
    assert len(several.stderr.splitlines()) == 4
    assert bot.run("retract", "--channel", "tin", "--last", "1").returncode == 0
    once_more = bot.run("post", "--channel", "tin", "--item", NEWS[0])
    assert once_more.stderr == "sent to tin: https://t.me/tincongnghe/4\n"
    bot.run("once", "--wait", "1s")
    assert list(bot.states()) == ["sent"]
    assert len(bot.telegram.posts(CHANNEL)) == 3


def test_an_item_that_its_feed_does_not_show_any_more(bot: World) -> None:
    bot.write(TELEGRAM + bot.feed("vn", *NEWS, first_run=1))
    bot.run("once")
    (bot.home / "feeds" / "vn.rss").unlink()
    done = bot.run("post", "--channel", "tin", "--item", NEWS[0])
    assert done.returncode == 1
    assert "feed vn does not show it now" in done.stderr
    assert bot.run("post", "--channel", "tin").returncode == 2
    assert bot.run("post", "--channel", "tin", "--test", "--item", "x").returncode == 2


def stored(bot: World) -> dict[str, list[str]]:
    """Return the states of the outbox, empty before there is one."""
    return bot.states() if (bot.home / "newsbot.db").exists() else {}
