"""In a service whose log is JSON each line is one, an error at the start and a post included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from bot.cli.errors import Errors
from bot.cli.options import Settings
from bot.errors import ConfigError, Place, StoreError
from tests.e2e.world import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

JSON = Settings(log_form=("json", True), excerpts=True)
TEXT = Settings(log_form=("text", False))
AT = Place(file="newsbot.toml", line=3, column=1, excerpt="    3 | x\n      | ^")


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_errors_are_lines_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    tell = Errors(JSON)
    tell.problems(ConfigError([AT.problem("unknown key"), "two\nlines"]))
    tell.problems(StoreError("database lost"))
    tell.fault(KeyError, KeyError("k"), None)
    tell.traceback(KeyError, KeyError("k"), None)
    lines = said(capsys)
    assert {line[:3] for line in lines} == {"<3>"}
    found = [json.loads(line.removeprefix("<3>")) for line in lines]
    assert [one["event"] for one in found][:4] == [
        "newsbot.toml:3:1: unknown key", "two", "lines", "database lost",
    ]  # fmt: skip
    assert {one["level"] for one in found} == {"error"}
    assert "KeyError" in found[-1]["exception"]


def test_elsewhere_they_are_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    for settings in (TEXT, Settings()):
        Errors(settings).problems(ConfigError([AT.problem("unknown key"), "two\nlines"]))
        assert said(capsys) == [
            "newsbot.toml:3:1: unknown key", "newsbot: two", "newsbot: lines",
        ]  # fmt: skip


def test_a_service_whose_output_is_the_log_writes_nothing_but_json(tmp_path: Path) -> None:
    """As systemd has it: the journal is standard output and standard error."""
    sample = tmp_path / "feed.xml"
    sample.write_text(
        "<rss version='2.0'><channel><title>f</title><item><title>Tin một</title>"
        "<link>https://example.org/1</link></item></channel></rss>",
        encoding="utf-8",
    )
    (tmp_path / "newsbot.toml").write_text(
        '[[channels]]\nid = "terminal"\nplatform = "console"\n'
        '[[feeds]]\nid = "f"\nurl = "feed.xml"\nmax_age = "off"\nfetch_page = "never"\n',
        encoding="utf-8",
    )
    journal = tmp_path / "journal"
    with journal.open("w") as log:
        at = os.fstat(log.fileno())
        subprocess.run(
            [sys.executable, "-m", "bot", "once", "--wait", "5s"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT),
                 "JOURNAL_STREAM": f"{at.st_dev}:{at.st_ino}"},
            stdout=log,
            stderr=log,
            check=True,
        )  # fmt: skip
    lines = [line[3:] for line in journal.read_text(encoding="utf-8").splitlines()]
    found = [json.loads(line) for line in lines]
    (post,) = [one for one in found if one["event"] == "post"]
    assert post["channel"] == "terminal"
    assert "Tin một" in post["text"]
    assert len(found) > 2
