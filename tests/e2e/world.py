"""The bot as a process, between feeds on disk and stand-ins for the platforms."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from bot.cli import newsbot
from bot.cli.options import Settings
from tests.e2e.nursery import Forked, is_ready_for
from tests.standins import feeds, telegram, x
from tests.standins.serving import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).parents[2]
SECRETS = {
    "TELEGRAM_TOKEN": telegram.TOKEN,
    "X_API_KEY": x.Keys().api_key,
    "X_API_SECRET": x.Keys().api_secret,
    "X_ACCESS_TOKEN": x.Keys().access_token,
    "X_ACCESS_TOKEN_SECRET": x.Keys().access_token_secret,
}


class World:
    """A directory with a configuration, feeds over HTTP, Telegram and X."""

    def __init__(
        self, home: Path, web: feeds.FeedServer, tg: telegram.TelegramServer, xs: x.XServer
    ) -> None:
        self.home = home
        self.web = web
        self.telegram = tg
        self.x = xs
        self.config = home / "newsbot.toml"
        self.items: dict[str, list[str]] = {}
        self._moved = threading.Event()
        tg.on_turn = xs.on_turn = self._moved.set

    def write(self, text: str) -> None:
        """Write the configuration: accounts and pace are given, channels and feeds are `text`."""
        self.config.write_text(
            f"""
            [collect]
            every = "1s"
            [accounts.tg]
            platform = "telegram"
            token = {{ env = "TELEGRAM_TOKEN" }}
            api_url = "{self.telegram.base}"
            [accounts.x]
            platform = "x"
            api_key = {{ env = "X_API_KEY" }}
            api_secret = {{ env = "X_API_SECRET" }}
            access_token = {{ env = "X_ACCESS_TOKEN" }}
            access_token_secret = {{ env = "X_ACCESS_TOKEN_SECRET" }}
            api_url = "{self.x.base}"
            budget = {{ per_day = 100, per_month = 1000 }}
            {text}
            """,
            encoding="utf-8",
        )

    def use_database(self, url: str) -> None:
        """Let the configuration name another database."""
        lines = self.config.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith("database")]
        self.config.write_text(f'database = "{url}"\n' + "".join(kept), encoding="utf-8")

    def feed(self, name: str, *titles: str, first_run: int = 50, **keys: object) -> str:
        """Publish `titles` (newest last) in a feed and return its entry for the configuration."""
        self.items.setdefault(name, []).extend(titles)
        self._publish(name)
        extra = "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())
        return (
            f'[[feeds]]\nid = "{name}"\nurl = "{self.web.base}/{name}.rss"\n'
            f"first_run = {first_run}\n{extra}\n"
        )

    def add(self, name: str, *titles: str) -> None:
        """Publish more items."""
        self.items[name].extend(titles)
        self._publish(name)

    def _publish(self, name: str) -> None:
        start = datetime.now(UTC) - timedelta(hours=1)
        items = "".join(
            f"<item><title>{title}</title><link>{self.link(name, number)}?utm_source=rss</link>"
            f"<guid isPermaLink='false'>{name}-{number}</guid>"
            f"<pubDate>{format_datetime(start + timedelta(seconds=number))}</pubDate>"
            f"<description>Đoạn mở đầu của tin {name} số {number}.</description></item>"
            for number, title in reversed(list(enumerate(self.items[name])))
        )
        path = self.home / "feeds" / f"{name}.rss"
        fresh = path.with_suffix(".new")
        fresh.write_text(
            f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>",
            encoding="utf-8",
        )
        fresh.replace(path)

    @staticmethod
    def link(name: str, number: int) -> str:
        return f"https://example.org/{name}/{number}"

    # --- what happens ----------------------------------------------------------------------------

    def wait_for(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Return when the condition holds; ask again when a platform or the database moved."""
        end = time.monotonic() + seconds
        while True:
            self._moved.clear()
            written = self._written()
            if condition():
                return
            assert time.monotonic() < end, "it did not happen in time"
            self._wait_for_move(written)

    def _wait_for_move(self, written: list[tuple[int, int]]) -> None:
        """Wait a quarter of a second at most: a database on a server gives no sign."""
        for _ in range(10):
            if self._moved.wait(0.025) or self._written() != written:
                return

    def _written(self) -> list[tuple[int, int]]:
        """Return what changes with each transaction of SQLite."""
        found = []
        for name in ("newsbot.db", "newsbot.db-wal"):
            with suppress(FileNotFoundError):
                found.append((self.home / name).stat())
        return [(one.st_size, one.st_mtime_ns) for one in found]

    # --- the program -----------------------------------------------------------------------------

    def start(
        self,
        *arguments: str,
        stderr: int = subprocess.PIPE,
        wrapper: Sequence[str] = (),
        anew: bool = False,
        **environ: str,
    ) -> subprocess.Popen[str]:
        """Start the program, as the last words of the command `wrapper` if there is one.

        It comes from the nursery, which saves the time of all imports, unless it is to be a new
        interpreter: then start, memory and descriptors are those that an operator has.
        """
        env = {**os.environ, "PYTHONPATH": str(ROOT), **SECRETS, **environ}
        is_forked = not (anew or wrapper) and is_ready_for(env)
        kind = Forked if is_forked else subprocess.Popen
        return kind(
            [*wrapper, sys.executable, "-m", "bot", *arguments],
            cwd=self.home,
            env=env,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
        )

    def run(
        self, *arguments: str, anew: bool = False, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, anew=anew, **environ)
        try:
            out, err = process.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def json(self, *arguments: str) -> Any:
        """Return what a command tells. It runs in this process: a look costs no start."""
        words = [*arguments, "--json", "--config", str(self.config)]
        done = CliRunner().invoke(newsbot, words, obj=Settings(), standalone_mode=False)
        if done.exception is not None:
            raise done.exception
        return json.loads(done.stdout)

    def states(self) -> dict[str, list[str]]:
        """Return the titles of the outbox by state."""
        found: dict[str, list[str]] = {}
        for row in self.json("deliveries", "--limit", "0"):
            found.setdefault(row["state"], []).append(row["items"][0]["title"])
        return found

    @contextmanager
    def service(
        self, *arguments: str, stderr: int = subprocess.PIPE
    ) -> Iterator[subprocess.Popen[str]]:
        """Run the service while the block runs; end it as systemd does."""
        process = self.start("run", *arguments, stderr=stderr)
        try:
            yield process
        finally:
            stop(process)


def stop(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Send SIGTERM and return what the process wrote."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    return out, err


@contextmanager
def world(home: Path) -> Iterator[World]:
    (home / "feeds").mkdir()
    with ExitStack() as stack:
        yield World(
            home,
            stack.enter_context(feeds.in_thread(directory=home / "feeds")),
            stack.enter_context(in_thread(telegram.TelegramServer())),
            stack.enter_context(in_thread(x.XServer())),
        )
