"""What deploy/ holds fits the program: nothing of it can be built or run by these tests."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot import __version__
from tests.e2e.world import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CONTAINER = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
UNIT = (ROOT / "config" / "newsbot.service").read_text(encoding="utf-8")
DEB = runpy.run_path(str(ROOT / "deploy" / "deb.py"))


def compose(name: str) -> str:
    """Return a file of compose without its comments."""
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def service(text: str, name: str) -> str:
    """Return the lines of one service."""
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", text + "\n", re.MULTILINE)
    assert found is not None, name
    return found[1]


def instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"^#.*\n", "", CONTAINER, flags=re.MULTILINE).replace("\\\n", " ")
    return [
        (word, rest.strip())
        for line in joined.splitlines()
        if line
        for word, _, rest in [line.partition(" ")]
    ]


def test_the_container_s_sources_build_the_program(tmp_path: Path) -> None:
    for word, rest in instructions():
        *sources, target = rest.split()
        if word != "COPY" or rest.startswith("--from"):
            continue
        for source in sources:
            place = tmp_path / target.lstrip("/")
            if (ROOT / source).is_dir():
                shutil.copytree(
                    ROOT / source,
                    place,
                    symlinks=True,
                    ignore=shutil.ignore_patterns("__pycache__"),
                )
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)
    source = tmp_path / "source"
    assert (source / "requirements.txt").exists()
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=source, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"newsbot-{__version__}-py3-none-any.whl").exists()


def test_the_container_runs_without_rights_and_is_asked_for_its_health() -> None:
    last = CONTAINER.rpartition("FROM ")[2]
    words = [word for word, _ in instructions()]
    assert set(words) <= {
        "FROM",
        "COPY",
        "RUN",
        "ENV",
        "USER",
        "VOLUME",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    assert "USER 10001:10001\n" in last
    assert "pip" not in last
    assert 'CMD ["newsbot", "status", "--json"]' in last
    assert last.rstrip().endswith('ENTRYPOINT ["newsbot"]\nCMD ["run"]')


def test_every_service_of_compose_has_a_read_only_root_and_no_privileges() -> None:
    newsbot = service(compose("compose.yaml"), "newsbot")
    database = service(compose("compose.postgres.yaml"), "database")
    for one in (newsbot, database):
        assert "    read_only: true\n" in one
        assert "    cap_drop: [ALL]\n" in one
        assert '    security_opt: ["no-new-privileges:true"]\n' in one
    assert "- state:/var/lib/newsbot\n" in newsbot
    assert "healthcheck:" in database
    memory = re.search(r"MemoryMax=(\d+)M", UNIT)
    stop = re.search(r"TimeoutStopSec=(\d+)", UNIT)
    assert memory is not None
    assert stop is not None
    assert f"mem_limit: {memory[1]}m\n" in newsbot
    assert f"stop_grace_period: {stop[1]}s\n" in newsbot


@pytest.mark.parametrize("name", ["compose.yaml", "compose.postgres.yaml"])
def test_every_volume_and_secret_that_compose_names_is_declared(name: str) -> None:
    text = compose(name)
    declared = compose("compose.yaml") + "\n" + text
    used = {one for found in re.findall(r"secrets: \[(.+)\]", text) for one in found.split(", ")}
    used |= set(re.findall(r"- ([a-z]+):/", text))
    assert used
    tops = set(re.findall(r"^  ([a-z-]+):$", declared, re.MULTILINE))
    assert used <= tops
    assert "\t" not in text


def test_the_command_of_the_package_reads_feeds_in_child_processes(tmp_path: Path) -> None:
    """A child that imports the command anew must not run it."""
    start = tmp_path / "newsbot"
    start.write_text(DEB["START"], encoding="utf-8")
    shutil.copytree(ROOT / "config" / "sample", tmp_path / "sample")
    (tmp_path / "newsbot.toml").write_text(
        '[[channels]]\nid = "terminal"\nplatform = "console"\n'
        '[[feeds]]\nid = "sample"\nurl = "sample/feed.xml"\nmax_age = "off"\n',
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(start), "once"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Cách Trung Quốc đối phó" in done.stdout


@pytest.mark.parametrize("name", ["PREINST", "POSTINST", "PRERM", "POSTRM"])
def test_the_scripts_of_the_package_are_shell(name: str) -> None:
    done = subprocess.run(
        ["sh", "-n"], input=DEB[name], text=True, capture_output=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_the_package_is_the_version_of_the_program_at_the_place_of_the_unit() -> None:
    assert DEB["version"]() == __version__
    assert f"ExecStart=/{DEB['PREFIX']}/bin/newsbot run" in UNIT
    assert "rm -rf" not in DEB["PRERM"]
    assert DEB["POSTRM"].index("= purge ]") < DEB["POSTRM"].index("rm -rf")
