"""One thing is no "things", in any line that a person reads."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import bot
from bot.counted import counted

ROOT = Path(bot.__file__).parent
PLURAL = re.compile(
    r" (?:(?:more|new|newer|other) )?(feeds|channels|posts|items|rows|stories|deliveries|accounts|"
    r"seconds|minutes|hours|days|lines|keys|polls|entries|headlines|mistakes|errors|copies|nodes)\b"
)
CONSTANT = re.compile(r"_?[A-Z_]+|bounds\.\w+|self\._patience")
ALWAYS_MANY = {"age", "now - late[0].since", "new"}
"""Seconds of a clockwork or a job that is stuck, and stories that `storm` holds back."""


@pytest.mark.parametrize(
    ("number", "words", "expected"),
    [
        (0, ("feed",), "0 feeds"),
        (1, ("feed",), "1 feed"),
        (2, ("feed",), "2 feeds"),
        (1, ("story", "stories"), "1 story"),
        (3, ("story", "stories"), "3 stories"),
    ],
)
def test_a_number_has_the_form_of_its_word(
    number: int, words: tuple[str, ...], expected: str
) -> None:
    assert counted(number, *words) == expected


def _bare_plurals() -> set[str]:
    """Return the texts in which a plural follows a number that may be one."""
    found = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.JoinedStr):
                continue
            for before, after in zip(node.values, node.values[1:], strict=False):
                if (
                    isinstance(before, ast.FormattedValue)
                    and isinstance(after, ast.Constant)
                    and PLURAL.match(str(after.value))
                    and not CONSTANT.fullmatch(ast.unparse(before.value))
                    and ast.unparse(before.value) not in ALWAYS_MANY
                ):
                    found.add(f"{path.name}: {ast.unparse(before.value)}{after.value}")
    return found


def test_no_plural_follows_a_bare_number() -> None:
    assert _bare_plurals() == set()
