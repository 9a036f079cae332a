"""A service with twenty good feeds and one of each poison goes on with the good ones."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import World, stop
from tests.standins.feeds import Reply
from tests.standins.poison import DOCUMENTS

GOOD = 20
CHAT = 1_002_000
UNIT_MEMORY = 768
"""MiB: MemoryMax of the unit."""
REFUSED = {"JSON with NUL", "UTF-16", "attributes", "empty gzip members", "tags with comments"}
"""Some of the poisons that are no feed for anybody; others are read, cheaply."""


def name_of(poison: str) -> str:
    return "poison-" + "".join(sign if sign.isalnum() else "-" for sign in poison.lower())


def memory_of(process: int) -> float:
    """Return the MiB that a process and its children hold, shared pages once (proc(5), PSS)."""
    total = 0.0
    with contextlib.suppress(OSError):  # it ended meanwhile
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) / 1024
        for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
            total += memory_of(int(child))
    return total


def configured(bot: World) -> None:
    channels = "".join(
        f'[[channels]]\nid = "c{number}"\naccount = "tg"\nchat = {-CHAT - number}\nmax_per_hour = 1200\n'
        for number in range(GOOD + 1)
    )
    good = "".join(
        bot.feed(f"good{number}", title(number, 0), fetch_page="never", channels=[f"c{number}"])
        for number in range(GOOD)
    )  # fmt: skip
    poisons = ""
    for poison, body in DOCUMENTS.items():
        address = bot.web.serve(f"/{name_of(poison)}.rss", Reply(body))
        poisons += (
            f'[[feeds]]\nid = "{name_of(poison)}"\nurl = "{address}"\nchannels = ["c{GOOD}"]\n'
        )
    bot.write(channels + poisons + good)


def title(feed: int, number: int) -> str:
    return f"Tin thứ {number} của nguồn mang số {feed} trong ngày hôm nay"


@pytest.mark.long
def test_posts_of_good_feeds_leave_beside_poisoned_ones_that_are_named(bot: World) -> None:
    for number in range(GOOD + 1):
        bot.telegram.add_chat(-CHAT - number)
    configured(bot)
    most = 0.0

    def feeds() -> dict[str, Any]:
        return {feed["id"]: feed for feed in bot.json("status")["feeds"]}

    def sent(number: int) -> bool:
        nonlocal most
        most = max(most, memory_of(process.pid))
        titles = bot.states().get("sent", [])
        return {title(feed, number) for feed in range(GOOD)} <= set(titles)

    with (bot.home / "err.txt").open("w+") as err:
        process = bot.start("run", stderr=err.fileno(), anew=True)
        try:
            bot.wait_for(lambda: sent(0), 90)
            poisons = {name_of(poison) for poison in DOCUMENTS}
            bot.wait_for(lambda: all(feeds()[one]["state"] != "new" for one in poisons), 90)
            for feed in range(GOOD):
                bot.add(f"good{feed}", title(feed, 1))
            bot.wait_for(lambda: sent(1), 90)
            found = feeds()
            assert process.poll() is None
        finally:
            stop(process)
        err.seek(0)
        told = err.read()
    assert process.returncode == 0
    for poison in REFUSED:
        feed = found[name_of(poison)]
        assert (feed["state"], feed["errors"] > 0) == ("failing", True)
        assert feed["reason"]
        assert f"feed failed feed={name_of(poison)}" in told
    assert {found[f"good{number}"]["state"] for number in range(GOOD)} == {"ok"}
    assert "internal error" not in told
    assert "Traceback" not in told
    assert 0 < most < UNIT_MEMORY
