"""Posts a second of one, two and four nodes as they run: jobs, claims and rendering included.

Nodes on one PostgreSQL, on the same cores. STORIES wait in each of CHANNELS channels of the
console, which takes a post at once, as often as one comes: `SECONDS=10 WARM=10 NODES=1,2,4
python -m benchmarks node_posts` (`_whole_nodes.py`). What a client of a platform costs is on top.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import psycopg

from benchmarks._decided import all_new
from benchmarks._whole_nodes import NODES, measure
from benchmarks.nodes import poll, story
from bot.models.basics import FeedId
from bot.store.engine import open_store
from tests.standins.postgres import PostgresServer, running_postgres

CHANNELS = int(os.environ.get("CHANNELS", "64"))
STORIES = int(os.environ.get("STORIES", "150"))
_SENT = "SELECT count(*) FROM deliveries WHERE state = 'sent'"


async def posts(folder: Path, server: PostgresServer, nodes: int) -> str:
    """Return the posts a second, and what each took."""
    name = server.new_database()
    _configure(folder, server.url(name))
    await _queue(server.url(name))

    def sent() -> int:
        with psycopg.connect(server.dsn(name)) as connection:
            [count] = connection.execute(_SENT).fetchone() or (0,)
        return int(count)

    return await measure(folder, server, name, sent, role="deliver", nodes=nodes)


def _configure(folder: Path, url: str) -> None:
    channels = "".join(
        f'[[channels]]\nid = "c{number}"\nplatform = "console"\n' for number in range(CHANNELS)
    )
    feed = '[[feeds]]\nid = "q"\nurl = "https://example.org/feed"\n'
    text = f'database = "{url}"\n[nodes]\nconcurrency = 64\n{channels}{feed}'
    (folder / "newsbot.toml").write_text(text, encoding="utf-8")


async def _queue(url: str) -> None:
    store = open_store(url, create=True)
    every = [f"c{number}" for number in range(CHANNELS)]
    for number in range(STORIES):
        new = story(f"q{number}", *every)
        await store.feeds.finish_poll(poll(FeedId("q")), new.keys, all_new([new]))
    await store.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server:
        for nodes in NODES:
            found = asyncio.run(posts(Path(folder), server, nodes))
            print(f"posts in {CHANNELS} channels, {nodes} nodes: {found}")


if __name__ == "__main__":
    main()
