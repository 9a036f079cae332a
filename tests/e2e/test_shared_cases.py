"""Every small input rebuilt from a public bug report, through the program as a user runs it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.nursery import Forked
from tests.standins.telegram import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

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


@pytest.fixture
def runner() -> Iterator[ModuleType]:
    """The script of the cases, with a bot that starts fast and sites that are closed in the end."""
    spec = importlib.util.spec_from_file_location("shared_cases", CASES / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with ExitStack() as stack:
        site_of = module.Site

        def site(*arguments: object) -> Any:
            made = site_of(*arguments)
            stack.callback(made.server.server_close)
            return made

        module.Site, module.newsbot = site, _forked  # type: ignore[attr-defined]
        yield module


def _forked(work: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    process = Forked(
        [sys.executable, "-m", "bot", "-c", str(work / "newsbot.toml"), *arguments],
        cwd=work,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_input_of_a_bug_report_is_read_as_it_should_be(runner: ModuleType, folder: Path) -> None:
    wrong = runner.run(folder)
    assert bool(wrong) == (folder.name in DECIDED_OTHERWISE), wrong


@pytest.mark.parametrize("folder", FOLDERS[:1], ids=lambda folder: folder.name)
def test_the_installed_command_reads_it_as_well(folder: Path) -> None:
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
    shown = [post["text"].split("\n")[0] for post in bot.telegram.posts()]
    assert shown == expected["channel"]
