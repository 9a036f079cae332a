"""The running program takes a changed file, refuses a bad one, and goes on posting."""

import os
import signal
from collections import Counter

from tests.e2e.world import World, stop
from tests.standins.faults import stall

CHATS = (-100401, -100402)
FAST = "max_per_hour = 1200\nmax_per_day = 9000\n"


def channels(*names: str, more: str = "") -> str:
    return "".join(
        f'[[channels]]\nid = "{name}"\naccount = "tg"\nchat = {chat}\n{FAST}{more}'
        for name, chat in zip(names, CHATS, strict=False)
    )


def title(number: int) -> str:
    return f"Tin công nghệ mang số hiệu {number:04d} của hôm nay"


def shown(bot: World, chat: int) -> Counter[str]:
    return Counter(post["text"].split("\n", 1)[0] for post in bot.telegram.posts(chat))


def test_reloads_under_load_lose_and_double_nothing(bot: World) -> None:
    """By SIGHUP and by saving, good files and bad ones, while posts are on their way."""
    for chat in CHATS:
        bot.telegram.add_chat(chat)
    console = '[[channels]]\nid = "terminal"\nplatform = "console"\n'
    vn = bot.feed("vn", *(title(n) for n in range(2)), channels=["one", "two", "terminal"])
    bot.write(console + channels("one", "two") + vn)
    good = bot.config.read_text()
    bot.telegram.faults.next(stall(0.4), times=4)
    log = bot.home / "log"
    with log.open("w") as heard, bot.service(stderr=heard.fileno()) as process:
        bot.wait_for(lambda: bot.telegram.requests)
        bot.config.write_text(good + "nonsense = 1\n")
        process.send_signal(signal.SIGHUP)
        bot.wait_for(lambda: "refused: the one before goes on" in log.read_text())
        bot.config.write_text(good + '\nhashtags = ["AI"]\n')
        process.send_signal(signal.SIGHUP)
        bot.wait_for(lambda: "feed vn: hashtags [] -> [AI]" in log.read_text())
        bot.config.write_text(good.replace("max_per_hour = 1200", "max_per_hour = 1100"))
        bot.wait_for(lambda: "channel one: max_per_hour 1200 -> 1100" in log.read_text())
        bot.wait_for(lambda: bot.telegram.posts(CHATS[1]))
        bot.add("vn", title(2))
        bot.wait_for(lambda: all(len(shown(bot, chat)) == 3 for chat in CHATS), seconds=40)
        out, _ = stop(process)
    err = log.read_text()
    assert process.returncode == 0
    everything = Counter(title(n) for n in range(3))
    assert [shown(bot, chat) for chat in CHATS] == [everything, everything]
    assert Counter(line for line in out.splitlines() if line.startswith("Tin ")) == everything
    assert "unknown key" in err
    assert "feed vn: hashtags [AI] -> []" in err


def test_channels_feeds_and_accounts_come_and_go(bot: World) -> None:
    for chat in CHATS:
        bot.telegram.add_chat(chat)
    vn = bot.feed("vn", title(0))
    bot.write(channels("one") + vn.replace("first_run", 'channels = ["one"]\nfirst_run'))
    (bot.home / "templates").mkdir()
    template = bot.home / "templates" / "telegram.html.j2"
    with bot.service() as process:
        bot.wait_for(lambda: bot.telegram.posts(CHATS[0]))
        template.write_text("NEU {{ title }}")
        other = bot.feed("other", title(7)).replace("first_run", 'channels = ["two"]\nfirst_run')
        bot.write(channels("gone", "two") + other)
        bot.wait_for(lambda: bot.telegram.posts(CHATS[1]))
        bot.write(channels("gone") + other.replace('"two"', '"gone"'))
        bot.wait_for(lambda: not bot.json("status")["well"])
        (trouble,) = bot.json("status")["troubles"]
        assert "lost channel two" in trouble["text"]
        os.utime(bot.config)
        bot.wait_for(lambda: bot.json("status")["well"])
        assert process.poll() is None
        _, err = stop(process)
    (post,) = bot.telegram.posts(CHATS[1])
    assert post["text"] == f"NEU {title(7)}"
    assert len(bot.telegram.posts(CHATS[0])) == 1
    for line in (
        "channel two removed",
        "channel one removed",
        "channel two added",
        "feed vn removed",
        "feed other added",
    ):
        assert line in err
