"""`newsbot init` writes into the directory that it was given, and nowhere else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bot.errors import NewsbotError
from bot.operate.setup.init import write_project

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_init_keeps_everything(tmp_path: Path) -> None:
    first = dict(write_project(tmp_path))
    assert all(first.values())
    assert list(write_project(tmp_path)) == [(path, False) for path in first]


@pytest.mark.parametrize("name", ["newsbot.toml", "templates/telegram.html.j2"])
@pytest.mark.parametrize("is_dangling", [True, False])
def test_a_link_in_the_place_of_a_file_is_kept_and_its_target_untouched(
    tmp_path: Path, name: str, is_dangling: bool
) -> None:
    project, victim = tmp_path / "project", tmp_path / "victim"
    if not is_dangling:
        victim.write_text("precious", encoding="utf-8")
    link = project / name
    link.parent.mkdir(parents=True)
    link.symlink_to(victim)
    assert (link, False) in list(write_project(project))
    assert link.is_symlink()
    assert victim.exists() is not is_dangling
    assert is_dangling or victim.read_text(encoding="utf-8") == "precious"


def test_a_link_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    (project / "templates").symlink_to(elsewhere)
    with pytest.raises(NewsbotError, match="templates is a link"):
        list(write_project(project))
    assert list(elsewhere.iterdir()) == []


def test_the_directory_itself_may_be_a_link(tmp_path: Path) -> None:
    project, link = tmp_path / "project", tmp_path / "link"
    project.mkdir()
    link.symlink_to(project)
    assert all(written for _, written in write_project(link))
    assert (project / "newsbot.toml").is_file()


def test_no_file_or_folder_can_be_written_by_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        list(write_project(tmp_path / "project"))
    finally:
        os.umask(before)
    made = [tmp_path / "project", *(tmp_path / "project").rglob("*")]
    assert [path for path in made if path.stat().st_mode & 0o022] == []
