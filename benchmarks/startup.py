"""How long newsbot takes to start: `--help`, and `check` on 500 feeds.

The limits are for an idle machine, so each time stands beside that of `python -c pass`, the
median of 7 turns in which all commands take part, and the least time of the processor.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TURNS = 7
FEEDS = 500
LIMITS = {"--help": 0.2, f"check, {FEEDS} feeds": 0.7}
HEAD = """
[accounts.tg]
platform = "telegram"
token = { file = "token" }
[[channels]]
id = "tin-cong-nghe"
account = "tg"
chat = "@tincongnghe"
"""
FEED = '[[feeds]]\nid = "feed-{0}"\nname = "Báo {0}"\nurl = "https://news-{0}.example/rss.xml"\n'


def write_config(folder: Path) -> Path:
    token = folder / "token"
    token.write_text("12345:fake", encoding="utf-8")
    token.chmod(0o600)
    path = folder / "newsbot.toml"
    path.write_text(HEAD + "".join(map(FEED.format, range(FEEDS))), encoding="utf-8")
    return path


def timed(arguments: list[str]) -> tuple[float, float]:
    """Return the time on the wall and on the processor, in seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        config = str(write_config(Path(folder)))
        commands = {
            "python -c pass": ["-c", "pass"],
            "--help": ["-m", "bot", "--help"],
            f"check, {FEEDS} feeds": ["-m", "bot", "check", "-c", config],
        }
        for arguments in commands.values():
            timed(arguments)  # byte code is written, files are in memory
        turns = [
            {name: timed(arguments) for name, arguments in commands.items()} for _ in range(TURNS)
        ]
    bare = statistics.median(turn["python -c pass"][0] for turn in turns)
    good = True
    for name in commands:
        wall = statistics.median(turn[name][0] for turn in turns)
        least = min(turn[name][1] for turn in turns)
        limit = LIMITS.get(name)
        kept = limit is None or wall <= limit
        good &= kept
        said = f"  limit {limit * 1000:.0f} ms {'kept' if kept else 'NOT KEPT'}" if limit else ""
        print(
            f"{name:18} {wall * 1000:5.0f} ms  {wall / bare:5.1f} × python  "
            f"processor {least * 1000:4.0f} ms{said}"
        )
    return good
