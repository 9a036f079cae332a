"""The table of commands in the README names the commands and options that there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli import newsbot

if TYPE_CHECKING:
    from collections.abc import Iterator

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (`newsbot [^|]*?) \|", re.MULTILINE)


def leaves(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, *path, name)
        else:
            yield (*path, name)


def command_at(path: tuple[str, ...]) -> click.Command | None:
    found: click.Command = newsbot
    for name in path:
        if not isinstance(found, click.Group) or name not in found.commands:
            return None
        found = found.commands[name]
    return found


def named_in(row: str) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Yield each command of a row with its options; `add URL` after `feeds list` is `feeds add`."""
    before: tuple[str, ...] = ()
    for code in re.findall(r"`([^`]+)`", row):
        words = code.removeprefix("newsbot ").split()
        names = tuple(word for word in words if re.fullmatch("[a-z]+", word))
        options = set(re.findall(r"--[a-z-]+", code))
        before = next(
            (path for path in (names, (*before[:-1], *names)) if names and command_at(path)),
            () if names else before,
        )
        yield before, options


NAMED = [one for row in ROW.findall(README) for one in named_in(row)]


def test_every_command_is_in_the_readme() -> None:
    assert {path for path, _ in NAMED} >= set(leaves(newsbot)) - {("completion",)}
    assert "newsbot completion" in README


def test_every_command_and_option_of_the_readme_exists() -> None:
    assert len(NAMED) >= 25
    for path, options in NAMED:
        command = command_at(path)
        assert path, NAMED
        assert command is not None
        known = {name for parameter in command.params for name in parameter.opts}
        assert options <= known, path
