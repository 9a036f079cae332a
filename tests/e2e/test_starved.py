"""A service that may open few files: its polls leave room for its posts."""

from __future__ import annotations

import socket
import subprocess

import pytest

from tests.e2e.world import World, stop

SILENT = 120
TITLES = [f"Tin công nghệ rất mới mang số {number}" for number in range(12)]


@pytest.mark.long
def test_posts_leave_though_silent_servers_could_take_all_descriptors(bot: World) -> None:
    """Servers that accept, each under an address of its own, and never say a word."""
    with socket.create_server(("", 0), backlog=2 * SILENT) as silent:
        port = silent.getsockname()[1]
        feeds = "".join(
            f'[[feeds]]\nid = "silent-{number}"\nurl = "http://127.0.9.{number + 1}:{port}/rss"\n'
            for number in range(SILENT)
        )
        bot.write(
            '[[channels]]\nid = "c"\naccount = "tg"\nchat = "@tincongnghe"\nmin_gap = "1s"\n'
            "max_per_hour = 1000\nmax_per_day = 1000\n"
            + bot.feed("good", *TITLES, fetch_page="never", storm=0)
            + feeds
        )
        with (bot.home / "err.txt").open("w+") as err:
            process = bot.start(
                "run", stderr=err.fileno(), wrapper=("sh", "-c", 'ulimit -n 64; exec "$@"', "sh")
            )
            try:
                bot.wait_for(lambda: len(bot.states().get("sent", [])) == len(TITLES), 60)
                opened = subprocess.run(
                    ["ls", f"/proc/{process.pid}/fd"], capture_output=True, text=True, check=True
                )
            finally:
                stop(process)
            err.seek(0)
            told = err.read()
    assert len(opened.stdout.split()) < 64
    assert "Traceback" not in told
    assert "too many" not in told.lower()
    (line,) = [line for line in told.splitlines() if "LimitNOFILE=" in line]
    assert "ulimit -n" in line
