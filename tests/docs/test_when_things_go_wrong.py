"""docs/when-things-go-wrong.md is true: its tests exist, and the program prints what it quotes."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

import pytest

import bot
from bot.models.alerts import TroubleKind
from bot.operate.alerts.wording import heading
from bot.wording import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(bot.__file__).parents[1]
PAGE = ROOT / "docs" / "when-things-go-wrong.md"
COLUMNS = ("symptom", "within", "status", "alert", "log", "exit", "remedy", "proof")
LEAST = 40
EXITS = {"0", "1", "2", "runs on"}
QUOTED = re.compile("“([^”]+)”")
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
# Words that stand for a value, in the page as in the program's own messages (`newsbot retry ID`).
VALUE = re.compile(r"\b[A-Z]{2,}\b|\{[^{}]*\}|\x00")


class Row(NamedTuple):
    """One line of a table of the page."""

    symptom: str
    within: str
    status: str
    alert: str
    log: str
    exit: str
    remedy: str
    proof: str


def rows() -> Iterator[Row]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| ") and tuple(cells) != COLUMNS and not cells[0].startswith("---"):
            yield Row(*cells)


ROWS = list(rows())
IDS = [row.symptom for row in ROWS]
each_row = pytest.mark.parametrize("row", ROWS, ids=IDS)


def _form(text: str) -> str:
    """Return a text with its values blanked and its white space folded."""
    return " ".join(VALUE.sub("\0", text).split())


@cache
def printed() -> str:
    """Return all texts of the program; what is put into them is blank."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "bot").rglob("*.py"))
    return "\n".join(_form(text) for tree in trees for text in _texts(tree))


def _texts(tree: ast.AST) -> Iterator[str]:
    comments = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (one.value if isinstance(one, ast.Constant) else "\0" for one in node.values)
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and id(node) not in comments:
            yield str(node.value)


@cache
def _tests_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def test_the_page_has_many_rows_and_none_twice() -> None:
    assert len(ROWS) >= LEAST
    assert len(set(IDS)) == len(ROWS)


@each_row
def test_each_row_is_complete(row: Row) -> None:
    assert all(row)
    assert row.exit in EXITS


@each_row
def test_each_row_is_proved_by_tests_that_exist(row: Row) -> None:
    proofs = PROOF.findall(row.proof)
    assert proofs
    for path, name in proofs:
        assert name in _tests_of(path)


@each_row
def test_the_program_prints_what_each_row_quotes(row: Row) -> None:
    for text in QUOTED.findall(" ".join(row)):
        assert _form(text) in printed(), text


def test_every_kind_of_trouble_has_a_row() -> None:
    told = {_form(text) for row in ROWS for text in QUOTED.findall(row.status + row.alert)}
    headings = {kind: _form(heading(kind, ENGLISH)) for kind in get_args(TroubleKind)}
    assert {kind for kind, text in headings.items() if text not in told} == set()
