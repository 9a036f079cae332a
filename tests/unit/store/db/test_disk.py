"""The room of the database: that of the disk on which its file lies."""

import shutil
from pathlib import Path

import pytest

from bot.store.db.disk import disk_of


def test_the_disk_is_that_of_the_folder_of_the_file(tmp_path: Path) -> None:
    found = disk_of(tmp_path / "newsbot.db")
    assert found is not None
    assert found.folder == str(tmp_path)
    assert found.free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.1)


@pytest.mark.parametrize("file", [None, Path("/no/such/folder/newsbot.db")])
def test_nothing_is_known_of_a_database_elsewhere(file: Path | None) -> None:
    assert disk_of(file) is None
