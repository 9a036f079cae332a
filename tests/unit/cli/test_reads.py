"""Each command reads the configuration file once, an edit once more before it writes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
[[channels]]
id = "terminal"
platform = "console"
[[feeds]]
id = "sample"
url = "feed.xml"
[[feeds]]
id = "other"
url = "other.xml"
"""
COMMANDS = """
check
preview --feed sample
once --dry-run --wait 1s
status
deliveries
explain text
retry 1
drop 1
pause terminal
pause --all
resume terminal
post --channel terminal --test
post --channel terminal --item text
retract --channel terminal --last 1
chats
feeds list
feeds export
feeds release sample
feeds add third.xml
feeds remove other
feeds adopt old sample
state export state.jsonl
service install --root .
"""
# The interpreter reports every file that it opens: https://docs.python.org/3/library/audit_events.html
COUNTER = """
import contextlib, io, json, sys
from bot.cli import main
opened = []
sys.addaudithook(lambda event, args: opened.append(args[:2]) if event == "open" else None)
counts = {}
for command in sys.argv[1:]:
    opened.clear()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        with contextlib.suppress(SystemExit):
            main(command.split())
    counts[command] = sum(str(path).endswith("newsbot.toml") for path, mode in opened)
print(json.dumps(counts))
"""


@pytest.fixture(scope="module")
def reads(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    folder: Path = tmp_path_factory.mktemp("reads")
    (folder / "newsbot.toml").write_text(GOOD, encoding="utf-8")
    for name in ("feed", "other", "third"):
        (folder / f"{name}.xml").write_text("<rss><channel/></rss>", encoding="utf-8")
    commands = COMMANDS.split("\n")[1:-1]
    done = subprocess.run(
        [sys.executable, "-c", COUNTER, *commands],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


EDITS = {"feeds add third.xml", "feeds remove other"}


def test_each_command_reads_the_configuration_once(reads: dict[str, int]) -> None:
    assert {reads[command] for command in reads.keys() - EDITS} == {1}, reads


def test_an_edit_reads_the_file_again_only_before_it_replaces_it(reads: dict[str, int]) -> None:
    assert {command: reads[command] for command in EDITS} == dict.fromkeys(EDITS, 2)
