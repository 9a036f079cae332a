"""Polls a second of one, two and four nodes as they run: jobs, fetching and reading included.

Nodes on one PostgreSQL, on the same cores. FEEDS feeds, each on a server of its own, are due each
second and answer that nothing is new: `SECONDS=20 NODES=1,2,4 FEEDS=1500 python -m benchmarks
node_polls` (`_whole_nodes.py`). WARM is to cover the first poll of each, which brings news.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from aiohttp import web

from benchmarks._whole_nodes import NODES, measure
from tests.standins.postgres import PostgresServer, running_postgres

FEEDS = int(os.environ.get("FEEDS", "1500"))
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


async def polls(folder: Path, server: PostgresServer, nodes: int) -> str:
    """Return the polls a second, and what each took."""
    outlets, application = Outlets(), web.Application()
    application.router.add_get("/feed", outlets.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    # Any address of the loopback interface is a server of its own.
    await web.TCPSite(runner, "0.0.0.0", 0).start()
    name = server.new_database()
    _configure(folder, server.url(name), runner.addresses[0][1])
    try:
        return await measure(folder, server, name, lambda: outlets.asked, role="poll", nodes=nodes)
    finally:
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
            found = asyncio.run(polls(Path(folder), server, nodes))
            print(f"polls of {FEEDS} feeds, {nodes} nodes: {found}")


if __name__ == "__main__":
    main()
