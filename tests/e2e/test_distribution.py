"""What `make dist` builds installs into a clean environment, and works there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from bot import __version__
from tests.docs.pages import BY_NAME
from tests.e2e.world import ROOT

ENGLISH, VIETNAMESE = BY_NAME["README.md"], BY_NAME["README.vi.md"]
WHEEL = f"newsbot-{__version__}-py3-none-any.whl"
UV = Path(sys.executable).with_name("uv")
AWAY = re.compile(
    "(?i)failed to fetch|error sending request|dns error|timed out|not found in the cache|network connectivity"
)
INSIDE = (
    "bot/data/newsbot.toml",
    "bot/data/newsbot.service",
    "bot/data/newsbot.schema.json",
    "bot/data/sample/feed.xml",
    "bot/data/templates/telegram.html.j2",
    "bot/data/pages/layout.html.j2",
    "bot/data/locale/vi/LC_MESSAGES/newsbot.mo",
    f"newsbot-{__version__}.data/data/share/man/man1/newsbot.1",
)


def build(source: Path, into: Path, *kinds: str) -> Path:
    done = ran(sys.executable, "-m", "hatchling", "build", "-d", str(into), *kinds, cwd=source)
    assert done.returncode == 0, done.stderr
    return into


def ran(*command: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", str(cwd))} | environ
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_all_that_the_program_reads(built: Path) -> None:
    with zipfile.ZipFile(built / WHEEL) as wheel:
        names = set(wheel.namelist())
    code = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "bot").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert code <= names
    assert set(INSIDE) <= names
    assert {name for name in names if name.startswith(("tests", "benchmarks"))} == set()


def test_the_source_archive_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    with tarfile.open(built / f"newsbot-{__version__}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    again = build(tmp_path / f"newsbot-{__version__}", tmp_path / "again")
    for name in (WHEEL, f"newsbot-{__version__}.tar.gz"):
        assert (again / name).read_bytes() == (built / name).read_bytes(), name


def test_the_links_of_the_readme_lead_to_files_of_the_source_archive(built: Path) -> None:
    """The metadata show README.md as the description: whoever unpacks the archive follows it."""
    with tarfile.open(built / f"newsbot-{__version__}.tar.gz") as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        metadata = archive.extractfile(f"newsbot-{__version__}/PKG-INFO")
        assert metadata is not None
        described = metadata.read().decode()
    assert "Description-Content-Type: text/markdown" in described
    assert ENGLISH.text in described
    links = {to.partition("#")[0] for page in (ENGLISH, VIETNAMESE) for to in page.links}
    here = {to for to in links if not to.startswith("https://")}
    assert len(here) > 8
    assert here <= names


def install(environment: Path, wheel: Path) -> None:
    """Install the locked libraries and the wheel; skip where no library can be had."""
    python = str(environment / "bin" / "python")
    assert ran(str(UV), "venv", "--quiet", str(environment), cwd=ROOT).returncode == 0
    libraries = ("--require-hashes", "-r", "requirements.txt")
    for way in (("--offline",), ()):
        done = ran(
            str(UV), "pip", "install", "--quiet", "--python", python, *way, *libraries, cwd=ROOT
        )
        if done.returncode == 0:
            break
    if done.returncode and AWAY.search(done.stderr):
        pytest.skip("the libraries are not in uv's cache, and no registry can be reached")
    assert done.returncode == 0, done.stderr
    done = ran(
        str(UV),
        "pip",
        "install",
        "--quiet",
        "--offline",
        "--no-deps",
        "--python",
        python,
        str(wheel),
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_the_wheel_in_a_clean_environment_begins_checks_shows_and_posts(
    built: Path, tmp_path: Path
) -> None:
    environment, home = tmp_path / "clean", tmp_path / "home"
    home.mkdir()
    install(environment, built / WHEEL)
    newsbot = str(environment / "bin" / "newsbot")
    said = {}
    (home / "newsbot.toml").write_text(
        '[[channels]]\nid = "terminal"\nplatform = "console"\n'
        '[[feeds]]\nid = "sample"\nurl = "sample/feed.xml"\nmax_age = "off"\n',
        encoding="utf-8",
    )
    for words in ("init .", "check", "once", "preview --json"):
        done = ran(newsbot, *words.split(), cwd=home)
        assert done.returncode == 0, (words, done.stderr)
        said[words] = done.stdout
    assert "Cách Trung Quốc đối phó" in said["once"]
    assert '"decision": "skip"' in said["preview --json"]
    share = environment / "share"
    assert {path.name for path in share.rglob("*") if path.is_file()} == {
        "newsbot.1", "newsbot.toml.5", "newsbot", "_newsbot", "newsbot.fish"
    }  # fmt: skip
