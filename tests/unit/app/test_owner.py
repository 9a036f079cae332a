"""Root leaves nothing beside a database that its owner could not write any more."""

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.app.owner import as_owner_of

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
OTHER = 12345


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of another user, who can reach it."""
    with TemporaryDirectory(dir="/dev/shm") as made:
        os.chown(made, OTHER, OTHER)
        yield Path(made)


def test_files_beside_it_belong_to_its_owner_and_root_comes_back(folder: Path) -> None:
    database = folder / "newsbot.db"
    database.touch()
    os.chown(database, OTHER, OTHER)
    groups = os.getgroups()
    with as_owner_of(database, {}, program=()):
        (folder / "newsbot.db.lock").touch()
        with pytest.raises(PermissionError):
            Path("/etc/shadow").read_bytes()
    assert (folder / "newsbot.db.lock").stat().st_uid == OTHER
    assert (os.geteuid(), os.getegid(), os.getgroups()) == (0, 0, groups)


def test_a_database_that_is_still_to_be_made_belongs_to_the_service(folder: Path) -> None:
    database = folder / "newsbot.db"
    with as_owner_of(database, {"STATE_DIRECTORY": str(folder)}, program=()):
        database.touch()
    assert database.stat().st_uid == OTHER


@pytest.mark.parametrize("where", ["a server", "a folder of somebody", "root's own file"])
def test_elsewhere_root_stays_root(where: str, folder: Path, tmp_path: Path) -> None:
    database = {
        "a server": None,
        "a folder of somebody": folder / "newsbot.db",
        "root's own file": tmp_path / "newsbot.db",
    }[where]
    if where == "root's own file":
        (tmp_path / "newsbot.db").touch()
    with as_owner_of(database, {}, program=()):
        assert os.geteuid() == 0


def test_a_program_that_its_owner_cannot_read_goes_on_as_root(folder: Path, tmp_path: Path) -> None:
    """As a checkout in a home, whose libraries are imported only when they are needed."""
    database, other = folder / "newsbot.db", tmp_path / "other"
    database.touch()
    other.touch()
    os.chown(database, OTHER, OTHER)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with as_owner_of(database, {}, program=(str(home),)):
        assert os.geteuid() == 0
        (folder / "newsbot.db.lock").touch()
        (folder / "backups").mkdir()
        (folder / "backups" / "newsbot.db.1").touch()
        (folder / "newsbot.db.link").symlink_to(other)
        (folder / "somebody's").touch()
    mine = {path.name for path in folder.rglob("*") if path.lstat().st_uid == 0}
    assert mine == {"somebody's"}
    assert other.stat().st_uid == 0


def test_root_that_may_become_nobody_goes_on_as_root(folder: Path) -> None:
    """As in a container that was started with --cap-drop=ALL."""
    child = os.fork()
    if child == 0:
        os._exit(_without_capabilities(folder / "newsbot.db"))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _without_capabilities(database: Path) -> int:
    """Return 0 where root without any right of root's can work on its own folder."""
    database.touch()
    (database.parent / "backups").mkdir()
    database.parent.chmod(0o777)
    os.chown(database, OTHER, OTHER)
    header, data = (0x20080522, 0), (0,) * 6  # capset(2), version 3: no capability is left
    ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(*header), (ctypes.c_uint32 * 6)(*data))
    try:
        os.setgroups([])
    except PermissionError:
        with as_owner_of(database, {}, program=()):
            (database.parent / "newsbot.db.lock").touch()
            (database.parent / "backups").chmod(0)
        return 0
    return 1
