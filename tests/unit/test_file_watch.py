"""A saved file is noticed once, when it is whole."""

from pathlib import Path

import pytest

from bot.file_watch import FileWatch


@pytest.fixture
def watch(tmp_path: Path) -> FileWatch:
    (tmp_path / "newsbot.toml").write_text("one")
    return FileWatch(lambda: [tmp_path / "newsbot.toml", tmp_path / "templates"])


def looks(watch: FileWatch, times: int = 4) -> int:
    return sum(watch.has_changed() for _ in range(times))


def test_nothing_changed(watch: FileWatch) -> None:
    assert looks(watch) == 0


def test_a_saved_file_counts_once(watch: FileWatch, tmp_path: Path) -> None:
    (tmp_path / "newsbot.toml").write_text("two!")
    assert looks(watch) == 1


def test_a_file_put_in_place_counts(watch: FileWatch, tmp_path: Path) -> None:
    """As editors save: a new file takes the old one's name."""
    (tmp_path / "new").write_text("one")
    (tmp_path / "new").replace(tmp_path / "newsbot.toml")
    assert looks(watch) == 1


def test_a_file_that_is_still_being_written_does_not_count(
    watch: FileWatch, tmp_path: Path
) -> None:
    for size in range(5):
        (tmp_path / "newsbot.toml").write_text("x" * (10 + size))
        assert not watch.has_changed()
    assert looks(watch) == 1


def test_a_template_that_comes_or_goes_counts(watch: FileWatch, tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "sub"
    folder.mkdir(parents=True)
    looks(watch)
    (folder / "x.txt.j2").write_text("{{ title }}")
    assert looks(watch) == 1
    (folder / "x.txt.j2").unlink()
    assert looks(watch) == 1


def test_a_file_that_vanishes_for_a_moment_does_not_count(watch: FileWatch, tmp_path: Path) -> None:
    (tmp_path / "newsbot.toml").rename(tmp_path / "aside")
    assert not watch.has_changed()
    (tmp_path / "aside").rename(tmp_path / "newsbot.toml")
    assert looks(watch) == 0


def test_an_accepted_state_is_no_change(watch: FileWatch, tmp_path: Path) -> None:
    (tmp_path / "newsbot.toml").write_text("two!")
    watch.accept()
    assert looks(watch) == 0
