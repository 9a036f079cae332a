"""Every small input rebuilt from a public bug report, through the program as a user runs it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.standins.telegram import TOKEN

if TYPE_CHECKING:
    from tests.e2e.world import World

CASES = Path(__file__).parents[3] / "shared" / "cases"
# A story dated more than a day ahead counts as undated and goes out at once (decision 20): a
# wrong year in a feed must not hide its news. This case expects it to wait.
DECIDED_OTHERWISE = {"questionable-dated-in-the-future"}
NEWSBOT = str(Path(sys.executable).with_name("newsbot"))
FOLDERS = sorted(path.parent for path in CASES.glob("*/case.json"))

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FOLDERS, reason="the shared cases are not there"),
]


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shared_cases", CASES / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_input_of_a_bug_report_is_read_as_it_should_be(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, CASES / "run.py", CASES, folder.name],
        env={**os.environ, "NEWSBOT": NEWSBOT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) == (folder.name in DECIDED_OTHERWISE), done.stdout + done.stderr


@pytest.mark.parametrize(
    "folder",
    [folder for folder in FOLDERS if "telegram" in (folder / "case.json").read_text()],
    ids=lambda folder: folder.name,
)
def test_the_channel_shows_each_story_in_a_post_of_its_own(
    runner: ModuleType, bot: World, folder: Path
) -> None:
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    expected = json.loads(folder.with_name(f"{folder.name}.expect").read_text(encoding="utf-8"))
    site = runner.Site(folder, case["serve"])
    try:
        telegram = SimpleNamespace(url=bot.telegram.base, token=TOKEN)
        runner.configured(bot.home, case, site, telegram)
        for poll in range(case["polls"]):
            site.poll = poll
            assert bot.run("once", "--wait", "15s").returncode == 0
    finally:
        site.server.shutdown()
        site.server.server_close()
    shown = [post["text"].split("\n")[0] for post in bot.telegram.posts()]
    assert shown == expected["channel"]
