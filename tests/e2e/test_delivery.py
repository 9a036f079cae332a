"""Feeds come in, posts go out: the whole program against stand-ins for the platforms."""

import json
import socket
import sqlite3
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.world import ROOT, SECRETS, World, stop
from tests.standins.faults import answer, drop, stall
from tests.standins.telegram import CHANNEL, error_body

TELEGRAM = f'[[channels]]\nid = "tin"\naccount = "tg"\nchat = "{CHANNEL}"\n'
SECOND = '[[channels]]\nid = "second"\naccount = "tg"\nchat = -100200\nmax_per_hour = 1200\n'
X = '[[channels]]\nid = "xtin"\naccount = "x"\n'
CONSOLE = '[[channels]]\nid = "terminal"\nplatform = "console"\n'
SAMPLE = f'[[feeds]]\nid = "sample"\nurl = "{ROOT}/config/sample/feed.xml"\nmax_age = "off"\nchannels = ["tin", "xtin", "terminal"]\n'
TITLE = "Cách Trung Quốc đối phó với lệnh hạn chế chip của Mỹ"
LEAD = (
    "Các công ty công nghệ Trung Quốc tích trữ chip, tăng hiệu quả mô hình AI và dùng chip nội địa "
    "để tiếp tục cuộc đua AI toàn cầu."
)
LINK = "http://www.tincongnghe.net/cach-trung-quoc-doi-pho-voi-lenh-han-che-chip-cua-my-118432.html"


def test_the_sample_article_reaches_all_three_platforms_once(bot: World) -> None:
    bot.write(TELEGRAM + X + CONSOLE + SAMPLE)
    first = bot.run("once", anew=True)
    assert first.returncode == 0, first.stderr
    (message,) = bot.telegram.posts(CHANNEL)
    assert message["caption"].startswith(f"{TITLE}\n\n{LEAD} Trong nhiệm kỳ của mình, ")
    assert "#CôngNghệAI #BánDẫn" in message["caption"]
    (row,) = message["reply_markup"]["inline_keyboard"][:1]
    assert [button["text"] for button in row][:2] == ["Telegram", "Facebook"]
    (post,) = bot.x.posts()
    assert post["text"].startswith(f"{TITLE}\n\n{LEAD}\n")  # room for one sentence
    assert post["entities"]["urls"][0]["expanded_url"] == LINK
    assert first.stdout.startswith(f"{TITLE}\n")
    for text in (message["caption"], post["text"], first.stdout):
        for boilerplate in ("Giới thiệu cho bạn bè", "Đánh giá", "Cach Trung Quoc", "gplus"):
            assert boilerplate not in text
    again = bot.run("once", anew=True)
    assert again.returncode == 0
    assert again.stdout == ""
    assert "posted before" in again.stderr
    assert TITLE in again.stderr
    assert (len(bot.telegram.posts(CHANNEL)), len(bot.x.posts())) == (1, 1)


def test_the_service_posts_what_is_new_and_the_json_says_so(bot: World) -> None:
    bot.write(
        TELEGRAM
        + X
        + CONSOLE
        + bot.feed("vn", "Tin một của ngày hôm nay", channels=["tin", "xtin", "terminal"])
    )
    with bot.service() as process:
        bot.wait_for(lambda: bot.telegram.posts(CHANNEL) and bot.x.posts())
        bot.add("vn", "Tin hai của ngày hôm nay")
        bot.wait_for(lambda: len(bot.telegram.posts(CHANNEL)) == 2 and len(bot.x.posts()) == 2)
        bot.wait_for(lambda: set(bot.states()) == {"sent"})
        out, _ = stop(process)
    assert process.returncode == 0
    assert [line for line in out.splitlines() if line.startswith("Tin ")] == [
        "Tin một của ngày hôm nay",
        "Tin hai của ngày hôm nay",
    ]
    rows = json.loads(bot.run("deliveries", "--json").stdout)
    (one,) = [row for row in rows if row["channel"] == "xtin" and "một" in row["items"][0]["title"]]
    assert one["remote_id"] == bot.x.posts()[0]["id"]
    assert one["cost"] == "0.20"
    assert one["items"][0]["link"] == bot.link("vn", 0) + "?utm_source=rss"
    assert bot.link("vn", 0) in one["text"]
    assert "utm_source" not in one["text"]
    status = json.loads(bot.run("status", "--json").stdout)
    assert status["budgets"][0]["spent_day"] == "0.40"
    assert [(feed["id"], feed["state"]) for feed in status["feeds"]] == [("vn", "ok")]
    assert {channel["id"]: channel["sent_24h"] for channel in status["channels"]} == {
        "tin": 2, "xtin": 2, "terminal": 2,
    }  # fmt: skip


def test_a_second_start_of_the_service_says_what_was_posted_before(bot: World) -> None:
    bot.write(CONSOLE + SAMPLE.replace('"tin", "xtin", ', ""))
    with bot.service() as first:
        bot.wait_for(
            lambda: list(bot.states()) == ["sent"] if (bot.home / "newsbot.db").exists() else False
        )
        stop(first)
    second = bot.start("run")
    lines = []
    for line in second.stderr or ():
        lines.append(line)
        if "posted before" in line:
            break
    out, _ = stop(second)
    assert TITLE in lines[-1]
    assert out == ""


def test_a_host_that_never_answers_delays_no_other(bot: World) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as silent:
        slow = "".join(
            f'[[feeds]]\nid = "slow{n}"\nurl = "http://127.0.0.1:{silent.getsockname()[1]}/{n}"\n'
            for n in range(80)
        )
        bot.write(CONSOLE + slow + bot.feed("vn", "Tin không phải đợi ai cả"))
        with bot.service() as process:
            began = time.monotonic()
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Tin không phải đợi ai cả")
            assert time.monotonic() - began < 20


def test_sigterm_finishes_what_is_in_flight(bot: World) -> None:
    bot.write(TELEGRAM + bot.feed("vn", "Tin đang được gửi đi ngay lúc này"))
    bot.telegram.faults.next(stall(1.5))
    with bot.service() as process:
        bot.wait_for(lambda: bot.telegram.requests)
        before = time.monotonic()
        stop(process)
    assert process.returncode == 0
    assert time.monotonic() - before < 8
    assert list(bot.states()) == ["sent"]


def test_a_second_instance_is_refused_in_one_line(bot: World) -> None:
    bot.write(CONSOLE + bot.feed("vn"))
    with bot.service() as process:
        bot.wait_for(
            lambda: (bot.home / "newsbot.db.lock").exists() and (bot.home / "newsbot.db").exists()
        )
        second = bot.run("once")
    assert second.returncode == 1
    (line,) = second.stderr.splitlines()
    assert f"process {process.pid}" in line
    assert "newsbot.db" in line


def test_a_flood_wait_stops_only_its_chat_and_holds_over_a_restart(bot: World) -> None:
    bot.telegram.add_chat(-100200)
    bot.write(TELEGRAM + SECOND + bot.feed("vn", "Một tin cho cả hai kênh Telegram"))
    limited = answer(
        429, error_body(429, "Too Many Requests: retry after 600", {"retry_after": 600})
    )
    bot.telegram.faults.next(limited)
    first = bot.run("once", "--wait", "5s")
    assert "the rest waits for its time" in first.stderr
    bot.run("once", "--wait", "5s")
    assert sorted(row["state"] for row in bot.json("deliveries")) == ["pending", "sent"]
    assert len(bot.telegram.requests) == 2


@pytest.mark.parametrize(
    "fault", [drop(after=True), answer(502, "<html>bad gateway</html>", after=True)]
)
def test_a_post_that_may_have_been_sent_is_listed_and_never_repeated(
    bot: World, fault: object
) -> None:
    bot.write(TELEGRAM + bot.feed("vn", "Tin không rõ đã gửi được hay chưa"))
    bot.telegram.faults.next(fault)
    assert bot.run("once").returncode == 1
    assert bot.run("once").returncode == 0
    (row,) = bot.json("deliveries", "--state", "unknown")
    assert row["reason"]["code"] in {"no_answer", "server_error"}
    assert len(bot.telegram.posts(CHANNEL)) == 1
    assert bot.json("status")["channels"][0]["unknown"] == 1
    assert bot.run("drop", row["id"]).returncode == 0
    assert list(bot.states()) == ["dropped"]
    assert bot.run("retry", row["id"]).returncode == 0
    bot.run("once")
    assert list(bot.states()) == ["sent"]


def test_a_post_that_was_certainly_not_sent_is_tried_again(bot: World) -> None:
    bot.write(TELEGRAM.replace('"tg"', '"down"') + bot.feed("vn", "Tin phải đợi máy chủ trở lại"))
    down = '[accounts.down]\nplatform = "telegram"\ntoken = { env = "TELEGRAM_TOKEN" }\napi_url = "http://127.0.0.1:9"\n'
    bot.config.write_text(bot.config.read_text() + down)
    bot.run("once", "--wait", "1s")
    assert list(bot.states()) == ["pending"]
    bot.config.write_text(bot.config.read_text().replace("http://127.0.0.1:9", bot.telegram.base))
    bot.run("once", "--wait", "15s")
    assert list(bot.states()) == ["sent"]
    assert len(bot.telegram.posts(CHANNEL)) == 1


def test_a_refused_image_and_button_are_left_out(bot: World) -> None:
    bot.write(TELEGRAM + X + CONSOLE + SAMPLE)
    for text in (
        "wrong type of the web page content",
        "inline keyboard button URL 'x' is invalid: Wrong HTTP URL",
    ):
        bot.telegram.faults.next(answer(400, error_body(400, f"Bad Request: {text}")))
    assert bot.run("once", "--wait", "20s").returncode == 0
    (message,) = bot.telegram.posts(CHANNEL)
    assert message["text"].startswith(TITLE)
    assert "reply_markup" not in message


@pytest.mark.parametrize(
    ("status", "description", "scope"),
    [
        (403, "Forbidden: bot was kicked from the channel chat", "tin"),
        (400, "Bad Request: chat not found", "tin"),
        (401, "Unauthorized", "tg"),
    ],
)
def test_a_fault_that_a_person_must_mend_holds_the_queue(
    bot: World, status: int, description: str, scope: str
) -> None:
    bot.write(TELEGRAM + bot.feed("vn", "Tin được giữ lại cho đến khi sửa xong"))
    bot.telegram.faults.next(answer(status, error_body(status, description)))
    assert bot.run("once", "--wait", "3s").returncode == 1
    assert list(bot.states()) == ["held"]
    (channel,) = bot.json("status")["channels"]
    assert channel["state"] == "paused"
    assert channel["held"] == 1
    assert bot.run("resume", scope).returncode == 0
    assert bot.run("once").returncode == 0
    assert list(bot.states()) == ["sent"]


def test_the_budget_is_never_exceeded(bot: World) -> None:
    titles = [f"Tin số {n} của buổi sáng trên X" for n in range(4)]
    bot.write(X + bot.feed("vn", *titles, channels=["xtin"]))
    bot.config.write_text(bot.config.read_text().replace("per_day = 100", "per_day = 0.5"))
    bot.run("once", "--wait", "10s")
    assert bot.x.billed == 400_000
    assert {state: len(titles) for state, titles in bot.states().items()} == {"sent": 2, "held": 2}
    (budget,) = bot.json("status")["budgets"]
    assert (budget["spent_day"], budget["left_day"]) == ("0.40", "0.10")


def test_credit_that_is_used_up_pauses_the_account(bot: World) -> None:
    bot.write(X + bot.feed("vn", "Tin đợi tài khoản X được nạp tiền", channels=["xtin"]))
    bot.x.credit = 0
    assert bot.run("once", "--wait", "3s").returncode == 1
    assert list(bot.states()) == ["held"]
    bot.x.credit = None
    bot.run("resume", "x")
    assert bot.run("once").returncode == 0
    assert list(bot.states()) == ["sent"]


def test_the_operators_hands_work_beside_the_service(bot: World) -> None:
    bot.write(TELEGRAM + bot.feed("vn"))
    with bot.service():
        bot.wait_for((bot.home / "newsbot.db").exists)
        bot.wait_for(lambda: bot.json("status")["feeds"][0]["state"] == "ok")
        assert bot.run("pause", "tin").returncode == 0
        bot.add("vn", "Tin đến trong lúc kênh tạm dừng")
        bot.wait_for(lambda: list(bot.states()) == ["held"])
        assert bot.telegram.posts(CHANNEL) == []
        assert bot.run("resume", "--all").returncode == 0
        bot.wait_for(lambda: bot.telegram.posts(CHANNEL), seconds=5)


def test_a_dry_run_shows_posts_and_changes_nothing(bot: World) -> None:
    bot.write(TELEGRAM + X + bot.feed("vn", "Tin chỉ để xem thử mà thôi"))
    done = bot.run("once", "--dry-run", TELEGRAM_TOKEN="")
    assert done.returncode == 0
    assert "Tin chỉ để xem thử" in done.stdout
    assert bot.telegram.requests == []
    assert not (bot.home / "newsbot.db").exists()
    bot.run("once")
    assert len(bot.telegram.posts(CHANNEL)) == 1


def test_a_test_post_reaches_the_channel_before_anything_ran_and_counts(bot: World) -> None:
    bot.write(TELEGRAM + X + bot.feed("vn", "Tin chưa ai thấy", channels=["tin", "xtin"]))
    done = bot.run("post", "--channel", "tin", "--test")
    assert done.returncode == 0, done.stderr
    assert "https://t.me/tincongnghe/" in done.stderr
    assert not (bot.home / "newsbot.db").exists()
    asked = bot.run("post", "--channel", "xtin", "--test")
    assert (asked.returncode, bot.x.posts()) == (2, [])
    assert "a test post costs up to 0.015 USD: say --yes" in asked.stderr
    paid = bot.run("post", "--channel", "xtin", "--test", "--yes")
    assert paid.returncode == 0, paid.stderr
    status = bot.json("status")
    assert status["budgets"][0]["spent_day"] == "0.015"
    assert [feed["state"] for feed in status["feeds"]] == ["new"]
    assert (len(bot.x.posts()), len(bot.telegram.posts(CHANNEL))) == (1, 1)


def test_no_secret_appears_anywhere(bot: World) -> None:
    private = '[[feeds]]\nid = "private"\nurl = "http://reader:FAKEpassw0rd@127.0.0.1:9/rss?key=FAKEkey123456789"\n'
    bot.write(
        TELEGRAM + X + bot.feed("vn", "Tin đi qua mọi lỗi", channels=["tin", "xtin"]) + private
    )
    bot.telegram.faults.next(answer(401, error_body(401, "Unauthorized")))
    bot.x.faults.next(answer(500, "<html>"))
    written = [
        bot.run("--debug", *words.split())
        for words in (
            "once --wait 1s",
            "once --wait 1s",
            "status",
            "status --json",
            "deliveries",
            "explain tin",
            "check",
            "post --channel tin --test",
        )
    ]
    assert bot.x.requests
    text = "".join(done.stdout + done.stderr for done in written)
    text += "".join(path.read_bytes().decode("latin-1") for path in bot.home.glob("newsbot.db*"))
    for secret in (*SECRETS.values(), "FAKEpassw0rd", "FAKEkey123456789"):
        assert secret not in text
        assert secret.partition(":")[2][:20] == "" or secret.partition(":")[2] not in text


def test_a_feed_that_fails_costs_only_itself(bot: World) -> None:
    bot.write(
        CONSOLE
        + '[[feeds]]\nid = "dead"\nurl = "http://127.0.0.1:9/rss"\n'
        + bot.feed("vn", "Tin vẫn đến đúng giờ")
    )
    done = bot.run("once")
    assert done.returncode == 1
    assert "Tin vẫn đến đúng giờ" in done.stdout
    (line,) = [line for line in done.stderr.splitlines() if "dead" in line]
    assert "failed" in line
    feeds = {feed["id"]: feed for feed in bot.json("status")["feeds"]}
    assert (feeds["dead"]["state"], feeds["dead"]["errors"]) == ("failing", 1)


def test_quiet_hours_hold_posts_back_and_say_so(bot: World) -> None:
    now = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))
    quiet = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"
    bot.write(TELEGRAM + f'quiet_hours = "{quiet}"\n' + bot.feed("vn", "Tin đến giữa đêm khuya"))
    done = bot.run("once", "--wait", "5s")
    assert done.returncode == 0
    assert "the rest waits for its time" in done.stderr
    assert bot.telegram.requests == []
    assert list(bot.states()) == ["pending"]


def test_explain_tells_each_stage(bot: World) -> None:
    bot.write(
        TELEGRAM
        + bot.feed("vn", "Một tin cũ hơn của hôm qua", "Một tin mới hơn của hôm nay", first_run=1)
    )
    bot.run("once")
    (sent,) = json.loads(bot.run("explain", "tin moi hon", "--json").stdout)
    assert sent["deliveries"][0]["state"] == "sent"
    assert (
        sent["deliveries"][0]["url"]
        == f"https://t.me/tincongnghe/{bot.telegram.posts()[0]['message_id']}"
    )
    (skipped,) = bot.json("explain", bot.link("vn", 0))
    assert skipped["passed_over"][0]["reason"]["code"] == "first_run"
    assert bot.run("explain", "nothing like it").returncode == 1


def test_the_database_of_a_newer_program_is_refused(bot: World) -> None:
    bot.write(CONSOLE + bot.feed("vn"))
    bot.run("once")
    with sqlite3.connect(bot.home / "newsbot.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999', works_from = '9999'")
    database.close()
    done = bot.run("once")
    assert done.returncode == 1
    assert "newer" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_one_document_of_json_also_without_a_database(bot: World) -> None:
    bot.write(CONSOLE + bot.feed("vn"))
    assert json.loads(bot.run("deliveries", "--json").stdout) == []
    assert bot.json("status")["feeds"][0]["state"] == "new"
    assert not (bot.home / "newsbot.db").exists()
