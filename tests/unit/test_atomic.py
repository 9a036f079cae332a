"""A file that is replaced appears whole or not at all, with the rights that it should have."""

import os
import re
import stat
from pathlib import Path

import pytest

from bot.atomic import replacing


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def replace(path: Path, content: bytes, mode: int | None = None) -> None:
    with replacing(path, mode=mode) as file:
        file.write(content)


def write_half(path: Path) -> None:
    with replacing(path) as file:
        file.write(b"half")
        raise TypeError


def test_a_file_appears_at_the_end_of_the_block_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    with replacing(path) as file:
        file.write(b"whole")
        file.flush()
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(b"old")
    with pytest.raises(TypeError):
        write_half(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "newsbot.toml"
    path.write_bytes(b"old")
    path.chmod(mode)
    replace(path, b"new")
    assert (path.read_bytes(), rights(path)) == (b"new", mode)


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_mode_that_is_asked_for_is_set_whatever_was_there(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "state.jsonl"
    replace(path, b"first", mode)
    assert rights(path) == mode
    path.chmod(0o666)
    replace(path, b"second", mode)
    assert rights(path) == mode


def test_a_secret_is_never_readable_by_others_while_it_is_written(tmp_path: Path) -> None:
    with replacing(tmp_path / "state.jsonl", mode=0o600) as file:
        file.write(b"secret")
        (fresh,) = tmp_path.iterdir()
        assert rights(fresh) == 0o600


def test_a_link_in_the_place_of_the_file_is_replaced_and_its_target_stays(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "state.jsonl"
    victim.write_bytes(b"precious")
    path.symlink_to(victim)
    replace(path, b"state")
    assert (victim.read_bytes(), path.read_bytes()) == (b"precious", b"state")
    assert not path.is_symlink()


def test_a_first_file_is_writable_by_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        replace(tmp_path / "page.html", b"new")
    finally:
        os.umask(before)
    assert rights(tmp_path / "page.html") == 0o644


def test_a_folder_that_does_not_exist_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace(tmp_path / "none" / "file", b"")


def test_no_other_module_makes_files_by_itself() -> None:
    bot = Path(__file__).parents[2] / "bot"
    makers = re.compile(r"O_CREAT|mkstemp|NamedTemporaryFile|os\.replace\(|\.rename\(|copyfile\(")
    found = {
        str(path.relative_to(bot))
        for path in bot.rglob("*.py")
        if makers.search(path.read_text(encoding="utf-8"))
    }
    # SQLite itself writes a copy, by its path; a former database is renamed, not written.
    others = {"store/db/lock.py", "store/db/backup.py", "operate/state/upkeep.py"}
    assert found == {"atomic.py", *others}
