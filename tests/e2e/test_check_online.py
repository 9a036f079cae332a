"""`check --online` against stand-ins: finds what would fail, and sends nothing."""

import json
import os
import pty

from tests.e2e.world import World
from tests.standins.faults import answer, drop, stall
from tests.standins.telegram import CHANNEL

TELEGRAM = f'[[channels]]\nid = "tin"\naccount = "tg"\nchat = "{CHANNEL}"\n'
X = '[[channels]]\nid = "xtin"\naccount = "x"\n'


def test_all_well_is_one_table_and_sends_nothing(bot: World) -> None:
    bot.write(TELEGRAM + X + bot.feed("vn", "Một tin", "Hai tin", channels=["tin", "xtin"]))
    done = bot.run("check", "--online")
    assert done.returncode == 0, done.stderr
    rows = {tuple(line.split()[:3]): line for line in done.stdout.splitlines()}
    assert "@tin_bot" in rows["ok", "account", "tg"]
    assert "@tincongnghe" in rows["ok", "account", "x"]
    assert "the bot may post" in rows["ok", "chat", "tin"]
    assert "2 items, newest" in rows["ok", "feed", "vn"]
    assert "2 posts, the longest" in rows["ok", "template", "tin"]
    assert "of 280" in rows["ok", "template", "xtin"]
    assert done.stderr == ""
    assert bot.telegram.posts() == bot.x.posts() == []
    assert not (bot.home / "newsbot.db").exists()


def test_a_preview_shows_the_names_that_readers_see(bot: World) -> None:
    bot.write(TELEGRAM + X + bot.feed("vn", "Một tin", channels=["tin", "xtin"]))
    page = ("preview", "--html", str(bot.home / "page.html"))

    def shown() -> str:
        assert bot.run(*page).returncode == 0
        return (bot.home / "page.html").read_text(encoding="utf-8")

    assert bot.run("once").returncode == 0  # makes the database
    assert "<b>xtin</b> <span>@x · " in shown()
    assert bot.run("check", "--online").returncode == 0
    after = shown()
    assert "<b>Tin công nghệ</b> <span>@tincongnghe · " in after
    assert f"<b>{bot.telegram.chat(CHANNEL).public()['title']}</b>" in after
    assert bot.run("check", "--online").returncode == 0  # what was learned again replaces it


def test_each_failure_to_come_is_reported_and_the_code_is_1(bot: World) -> None:
    bot.telegram.add_chat(-100200).bot_may_post = False
    bot.telegram.add_chat(-100300).bot_status = "left"
    group = bot.telegram.add_chat(-100400, None, "supergroup")
    group.bot_status, group.forbidden = "member", frozenset({"can_send_photos"})
    second, third, fourth = (
        f'[[channels]]\nid = "{name}"\naccount = "tg"\nchat = {chat}\n'
        for name, chat in (("second", -100200), ("third", -100300), ("fourth", -100400))
    )
    alerts = '[alerts]\naccount = "tg"\nchat = -100999\n'
    gone = f'[[feeds]]\nid = "gone"\nurl = "{bot.web.base}/gone.rss"\n'
    bot.write(alerts + second + third + fourth + X + gone + bot.feed("empty"))
    bot.x.faults.next(answer(402, {"title": "CreditsDepleted", "detail": "no credits"}))
    done = bot.run("check", "--online", "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    found = {(one["check"], one["subject"]): one for one in document["online"]}
    states = {key: one["state"] for key, one in found.items()}
    assert states == {
        ("account", "tg"): "ok",
        ("chat", "second"): "failed",
        ("chat", "third"): "failed",
        ("chat", "fourth"): "warning",
        ("chat", "[alerts]"): "failed",
        ("account", "x"): "failed",
        ("feed", "gone"): "failed",
        ("feed", "empty"): "warning",
        ("template", "second"): "warning",
        ("template", "third"): "warning",
        ("template", "fourth"): "warning",
        ("template", "xtin"): "warning",
    }
    assert "Post messages" in found["chat", "second"]["text"]
    assert "add the bot" in found["chat", "third"]["text"]
    assert '"Send photos", so posts go out without' in found["chat", "fourth"]["text"]
    assert "chat not found" in found["chat", "[alerts]"]["text"]
    assert "buy credit" in found["account", "x"]["text"]
    assert "404" in found["feed", "gone"]["text"]
    assert bot.telegram.posts() == []


def test_a_wrong_token_is_told_without_the_token(bot: World) -> None:
    wrong = "123456789:WRONG-token_of_nobody_at_all"
    bot.write(TELEGRAM + bot.feed("vn", "Một tin"))
    done = bot.run("check", "--online", "--debug", TELEGRAM_TOKEN=wrong)
    assert done.returncode == 1
    assert "@BotFather" in done.stdout
    assert "WRONG" not in done.stdout + done.stderr


def test_a_silent_server_holds_up_nobody_and_the_progress_shows(bot: World) -> None:
    bot.write(TELEGRAM + X + bot.feed("vn", "Một tin", channels=["tin", "xtin"]))
    bot.telegram.faults.next(stall(4))
    ours, theirs = pty.openpty()
    process = bot.start("check", "--online", stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"2 of 3 accounts and feeds" not in shown:
        shown += os.read(ours, 1000)
    assert [request.path.rpartition("/")[2] for request in bot.telegram.requests] == ["getMe"]
    out, _ = process.communicate(timeout=30)
    os.close(ours)
    assert process.returncode == 0, out


def test_a_platform_that_gives_no_answer(bot: World) -> None:
    bot.write(TELEGRAM + X + bot.feed("vn", "Một tin"))
    bot.telegram.faults.next(drop())
    done = bot.run("check", "--online")
    assert done.returncode == 1
    assert "no answer came: is the platform down, or api_url wrong?" in done.stdout
    assert "sending" not in done.stdout
