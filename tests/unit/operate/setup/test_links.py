"""Links to the program are made where they are of use, and never over those of another program."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.operate.setup.links import ON_PATH, command, manual
from bot.operate.setup.steps import Places

PREFIX = Path("/opt/newsbot")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(prefix=PREFIX, unit_dir=Path("/etc/systemd/system"), root=tmp_path)
    made.real(ON_PATH).parent.mkdir(parents=True)
    return made


@pytest.mark.parametrize(
    ("target", "done"),
    [(None, [False]), (PREFIX / "bin/newsbot", [True]), (Path("/opt/other/gone"), [])],
)
def test_the_command_of_another_program_stays_even_where_it_leads_nowhere(
    places: Places, target: Path | None, done: list[bool]
) -> None:
    if target is not None:
        places.real(ON_PATH).symlink_to(target)
    assert [step.is_done for step in command(places)] == done


@pytest.mark.parametrize(
    ("is_there", "has_manual", "is_made", "steps"),
    [(False, False, False, 1), (True, False, False, 0), (True, True, False, 1), (True, False, True, 1)],
)  # fmt: skip
def test_a_program_of_another_way_of_install_may_have_no_manual_to_link(
    places: Places, is_there: bool, has_manual: bool, is_made: bool, steps: int
) -> None:
    if is_there:
        program = places.real(PREFIX / "bin" / "newsbot")
        program.parent.mkdir(parents=True)
        program.touch()
    if has_manual:
        places.real(PREFIX / "share").mkdir(parents=True)
    assert len([*manual(places, is_made=is_made)]) == steps
