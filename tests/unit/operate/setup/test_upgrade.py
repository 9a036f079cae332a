"""The service's program is replaced as a whole, or the former one runs again."""

from __future__ import annotations

import runpy
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import bot
from bot.config import load_config
from bot.errors import NewsbotError
from bot.operate.setup.installer import plan
from bot.operate.setup.removal import removal
from bot.operate.setup.steps import Places, apply
from bot.operate.setup.upgrade import Plan, take

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(bot.__file__).parents[1]
PREFIX = Path("/opt/newsbot")
FORMER_UNIT = "[Service]\nExecStart=/opt/newsbot/bin/newsbot run\n# of 0.9.0\n"
COMMANDS = 16
"""More than an upgrade has; a test below says so."""


class Killed(BaseException):
    """The installer is no more."""


class Machine:
    """A root with newsbot 0.9.0 as a service, whose commands do to the root what they would do.

    `fault` is raised by command number `at`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.places = Places(prefix=PREFIX, unit_dir=Path("/etc/systemd/system"), root=root)
        self.unit = root / "etc/systemd/system/newsbot.service"
        self.config = root / "etc/newsbot/newsbot.toml"
        self.database = root / "var/lib/newsbot/newsbot.db"
        self.program = root / "opt/newsbot"
        self._write(self.unit, FORMER_UNIT)
        self._write(self.config, '[[channels]]\nid = "terminal"\nplatform = "console"\n')
        self._write(self.database, "rows")
        self._write(self.program / "bin/newsbot", "0.9.0")
        self._write(self.program / "pyvenv.cfg", "")
        packages = self.program / "lib/python3.11/site-packages"
        self._write(packages / "bot/__init__.py", '__version__ = "0.9.0"')
        (packages / "newsbot-0.9.0.dist-info").mkdir()
        self.ran: list[str] = []
        self.at: int | None = None
        self.fault: BaseException | None = None

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def plan(self) -> Plan:
        config = load_config(self.config, environ={"STATE_DIRECTORY": "/var/lib/newsbot"})
        return plan(config, {}, self.places)

    def run(self, command: Sequence[str]) -> None:
        number = len(self.ran)
        self.ran.append(" ".join(command))
        if number == self.at and self.fault:
            raise self.fault
        words = [str(self.places.real(Path(one))) if one[0] == "/" else one for one in command]
        if words[0] in {"mv", "rm"}:
            subprocess.run(words, check=True)
        elif words[0] == "cp":
            self._link(*map(Path, command[-2:]))
        elif "venv" in words:
            shutil.rmtree(words[-1], ignore_errors=True)  # --clear
            self._write(Path(words[-1]) / "pyvenv.cfg", "")
        elif "--no-build-isolation" in words:
            packages = Path(words[0]).parents[1] / "lib/python3.11/site-packages"
            self._write(packages.parents[2] / "bin/newsbot", "#!opt/newsbot.next/bin/python")
            packages.mkdir(parents=True)
            shutil.copytree(ROOT / "share", packages.parents[2] / "share")
            (packages / "bot").symlink_to(Path(bot.__file__).parent)

    def _link(self, source: Path, target: Path) -> None:
        """Do as `cp -rsfT`."""
        real = self.places.real(source)
        for file in (path.relative_to(real) for path in real.rglob("*") if path.is_file()):
            link = self.places.real(target / file)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(source / file)

    def fails(self, at: int, fault: BaseException) -> None:
        self.ran.clear()
        self.at, self.fault = at, fault

    def is_former(self) -> bool:
        program = (self.program / "bin/newsbot").read_text(encoding="utf-8")
        return program == "0.9.0" and self.unit.read_text(encoding="utf-8") == FORMER_UNIT

    def is_new(self) -> bool:
        packages = self.program / "lib/python3.11/site-packages"
        return (packages / "bot").resolve() == Path(bot.__file__).parent.resolve()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_an_upgrade_makes_the_new_program_first_and_copies_the_database_at_rest(
    machine: Machine,
) -> None:
    found = machine.plan()
    shown = "\n".join(step.shown() for step in (*found.prepare, *found.steps))
    assert f"newsbot 0.9.0 becomes {bot.__version__}" in shown
    assert "-# of 0.9.0" in shown
    assert "+WatchdogSec=60" in shown
    take(found, machine.places, machine.run)
    order = [
        next(n for n, one in enumerate(machine.ran) if part in one)
        for part in (
            "check -c",
            "systemctl stop",
            "state backup",
            "mv /opt/newsbot /opt/newsbot.before",
            "mv /opt/newsbot.next",
            "restart newsbot",
        )
    ]
    assert order == sorted(order)
    assert len(machine.ran) < COMMANDS
    assert machine.is_new()
    start = (machine.program / "bin/newsbot").read_text(encoding="utf-8")
    assert start.startswith("#!/opt/newsbot/bin/python\n")
    assert "terminal" in machine.config.read_text(encoding="utf-8")


def test_a_second_install_of_the_same_version_changes_nothing(machine: Machine) -> None:
    take(machine.plan(), machine.places, machine.run)
    again = machine.plan()
    assert again.prepare == ()
    assert again.former is None
    assert [one.text for one in again.steps if one.path and not one.is_done] == []


@pytest.mark.parametrize("at", range(COMMANDS))
def test_whatever_fails_the_former_program_runs_on_or_again(machine: Machine, at: int) -> None:
    machine.fails(at, subprocess.CalledProcessError(1, "x"))
    found = machine.plan()
    prepared = sum(not step.path for step in found.prepare)
    total = prepared + sum(not step.path and not step.is_done for step in found.steps)
    if at >= total:
        take(found, machine.places, machine.run)
        assert machine.is_new()
        return
    with pytest.raises(NewsbotError) as caught:
        take(found, machine.places, machine.run)
    assert machine.is_former()
    if at < prepared:
        assert not any("systemctl" in one for one in machine.ran)
    else:
        assert "newsbot 0.9.0 runs again" in str(caught.value)
        assert machine.ran[-1].endswith("start newsbot.service")
    assert not any("restore" in one for one in machine.ran)


def test_a_database_that_the_former_program_cannot_read_is_put_back(machine: Machine) -> None:
    def run(command: Sequence[str]) -> None:
        machine.run(command)
        if "restart" in command or command[1:3] == ("state", "check"):
            raise subprocess.CalledProcessError(1, "x")

    with pytest.raises(NewsbotError, match="runs again"):
        take(machine.plan(), machine.places, run)
    assert machine.is_former()
    assert machine.ran[-2:] == [
        "/opt/newsbot/bin/newsbot state restore -c /etc/newsbot/newsbot.toml",
        machine.ran[-1],
    ]
    assert machine.ran[-1].endswith("start newsbot.service")


@pytest.mark.parametrize("at", range(COMMANDS))
def test_an_install_after_a_killed_one_ends_well(machine: Machine, at: int) -> None:
    machine.fails(at, Killed())
    try:
        take(machine.plan(), machine.places, machine.run)
    except Killed:
        machine.fails(-1, Killed())
        take(machine.plan(), machine.places, machine.run)
    assert machine.is_new()
    assert machine.ran[-1].endswith("start newsbot.service")
    assert machine.database.read_text(encoding="utf-8") == "rows"


def test_a_prefix_that_is_no_environment_is_never_replaced_or_deleted(machine: Machine) -> None:
    (machine.program / "pyvenv.cfg").unlink()
    assert machine.plan().former is None
    steps, _ = removal(machine.places, purge=True)
    assert "/opt/newsbot goes" not in [one.text for one in steps]


@pytest.mark.parametrize("purge", [False, True])
def test_removal_leaves_the_data_unless_it_is_purged(machine: Machine, purge: bool) -> None:
    steps, kept = removal(machine.places, purge=purge)
    for step in steps:
        apply(step, machine.places, machine.run)
    assert not machine.unit.exists()
    assert not machine.program.exists()
    assert machine.config.exists()
    assert machine.database.exists() is not purge
    data = [] if purge else [Path("/var/lib/newsbot")]
    assert kept == [Path("/etc/newsbot/newsbot.toml"), *data]
    assert any("userdel" in one for one in machine.ran) is purge


def test_manual_and_completions_come_with_the_program_and_go_with_it(machine: Machine) -> None:
    take(machine.plan(), machine.places, machine.run)
    shared = machine.root / "usr/local/share"
    there = {str(path.relative_to(shared)) for path in shared.rglob("*") if path.is_symlink()}
    assert there == {
        str(path.relative_to(ROOT / "share"))
        for path in (ROOT / "share").rglob("*")
        if path.is_file()
    }
    other = shared / "man/man1/other.1"
    other.touch()
    steps, _ = removal(machine.places, purge=False)
    for step in steps:
        apply(step, machine.places, machine.run)
    assert [path for path in shared.rglob("*") if not path.is_dir()] == [other]


def test_children_of_the_upgraded_program_do_not_run_the_command(machine: Machine) -> None:
    """They import it anew; a feed is read in a child."""
    take(machine.plan(), machine.places, machine.run)
    start = (machine.program / "bin/newsbot").read_text(encoding="utf-8")
    script = start.replace("from bot.__main__ import main", "def main():\n    raise ValueError")
    runpy.run_path(str(_written(machine.root / "start.py", script)), run_name="__mp_main__")
    with pytest.raises(ValueError):  # noqa: PT011 - of the line above
        runpy.run_path(str(machine.root / "start.py"), run_name="__main__")


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
