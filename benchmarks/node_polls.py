"""Polls a second of one, two and four nodes as they run: jobs, fetching and reading included.

Each node is `newsbot run --role poll` on one PostgreSQL, on the same cores. FEEDS feeds, each on a
server of its own, are due each second and answer that nothing is new. What comes in SECONDS is
counted after WARM, with the milliseconds of the processor that a poll took of the nodes and of the
database, and its transactions: `SECONDS=20 NODES=1,2,4 FEEDS=400 python -m benchmarks node_polls`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from aiohttp import web

from benchmarks._spent import Spent
from tests.standins.postgres import PostgresServer, running_postgres

SECONDS = float(os.environ.get("SECONDS", "20"))
NODES = [int(word) for word in os.environ.get("NODES", "1,2,4").split(",")]
FEEDS = int(os.environ.get("FEEDS", "400"))
WARM = float(os.environ.get("WARM", "20"))
_BODY = (
    "<rss version='2.0'><channel><title>t</title><item><title>Tin một</title>"
    "<link>https://example.org/1</link></item></channel></rss>"
)
_HEAD = '[collect]\nevery = "1s"\n[[channels]]\nid = "t"\nplatform = "console"\n'


class Outlets:
    """All servers of feeds: whatever is asked for stays as it is."""

    def __init__(self) -> None:
        self.asked = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        if "If-None-Match" in request.headers:
            return web.Response(status=304)
        return web.Response(text=_BODY, content_type="application/rss+xml", headers={"ETag": '"1"'})


async def measure(folder: Path, server: PostgresServer, nodes: int) -> str:
    """Return the polls a second, and what one costs."""
    name = server.new_database()
    outlets, application = Outlets(), web.Application()
    application.router.add_get("/feed", outlets.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    # Any address of the loopback interface is a server of its own.
    site = web.TCPSite(runner, "0.0.0.0", 0)
    await site.start()
    port = runner.addresses[0][1]
    _configure(folder, server.url(name), port)
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    words = [sys.executable, "-m", "bot", "run", "--role", "poll"]
    running = [
        await asyncio.create_subprocess_exec(
            *words, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(nodes)
    ]
    try:
        await asyncio.sleep(WARM)
        before, spent = outlets.asked, Spent(server, name, [one.pid for one in running])
        await asyncio.sleep(SECONDS)
        count = outlets.asked - before
        return f"{count / SECONDS:5.0f} polls a second of at most {FEEDS}; {spent.each(count)}"
    finally:
        for one in running:
            one.terminate()
        await asyncio.gather(*(one.wait() for one in running))
        await runner.cleanup()


def _configure(folder: Path, url: str, port: int) -> None:
    feeds = "".join(
        f'[[feeds]]\nid = "f{number}"\n'
        f'url = "http://127.0.{number // 250 + 1}.{number % 250 + 1}:{port}/feed"\n'
        for number in range(FEEDS)
    )
    text = f'database = "{url}"\n[nodes]\nconcurrency = 64\n{_HEAD}{feeds}'
    (folder / "newsbot.toml").write_text(text, encoding="utf-8")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server:
        for nodes in NODES:
            print(f"{nodes} nodes: {asyncio.run(measure(Path(folder), server, nodes))}")


if __name__ == "__main__":
    main()
