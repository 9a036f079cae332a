"""A configuration that a container mounts is edited in the file itself, whole or not at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
OWN_MOUNTS = ("unshare", "--map-root-user", "--mount")
TEXT = '[[channels]]\nid = "terminal"\nplatform = "console"\n[[feeds]]\nid = "a"\nurl = "https://a.example/f"\n'
MOUNTS = """
set -e
cd {home}
mkdir alone locked small tiny && touch alone/newsbot.toml locked/newsbot.toml small/newsbot.toml
mount --bind newsbot.toml alone/newsbot.toml
mount --bind locked locked && mount --bind second.toml locked/newsbot.toml
mount -o remount,bind,ro locked
mount -t tmpfs -o size=8k none tiny
cp newsbot.toml tiny && mount --bind tiny/newsbot.toml small/newsbot.toml
exec {python} -c '
import json, sys
from pathlib import Path
from bot.errors import NewsbotError
from bot.operate.feeds.configfile import ConfigFile
from bot.operate.feeds.feedlist import add_feed
def add(place, more):
    path = Path(place, "newsbot.toml")
    try:
        add_feed(ConfigFile(path, {{}}), "https://b.example/" + more, name="b", channels=(), cwd=Path())
    except NewsbotError as error:
        print(json.dumps([place, str(error), path.read_text()]))
    else:
        print(json.dumps([place, None, path.read_text()]))
add("alone", "f"); add("locked", "f"); add("small", "f" * 20000)
'
"""


def _has_own_mounts() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*OWN_MOUNTS, "true"], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not _has_own_mounts(), reason="no mounts of its own may be made here (unshare)")
def test_a_mounted_file_is_edited_in_place_and_stays_whole_where_the_disk_is_full(
    tmp_path: Path,
) -> None:
    for name in ("newsbot.toml", "second.toml"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    script = MOUNTS.format(home=tmp_path, python=sys.executable)
    done = subprocess.run(
        [*OWN_MOUNTS, "sh", "-c", script],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    alone, locked, small = (json.loads(line) for line in done.stdout.splitlines())
    new = f'{TEXT}\n[[feeds]]\nid = "b"\nurl = "https://b.example/f"\n'
    assert alone == ["alone", None, new]
    assert locked == ["locked", None, new]
    file = tmp_path / "small" / "newsbot.toml"
    assert small[1] == f"cannot write {file}: No space left on device"
    assert small[2] == TEXT
    assert (tmp_path / "newsbot.toml").read_text(encoding="utf-8") == new
    assert [one.name for one in (tmp_path / "locked").iterdir()] == ["newsbot.toml"]
