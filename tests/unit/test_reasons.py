"""Reasons that decide: a closed set, each with one meaning."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.models.reasons import ReasonCode

BOT = Path(__file__).parents[2] / "bot"
FILES = [path for path in BOT.rglob("*.py") if "migrations" not in path.parts]


def decided_by_text(source: str) -> list[str]:
    """Return the texts that a code is compared with."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and _is_code(node.left):
            for one in node.comparators:
                found += [part.value for part in ast.walk(one) if isinstance(part, ast.Constant)]
        if isinstance(node, ast.MatchClass):
            for name, pattern in zip(node.kwd_attrs, node.kwd_patterns, strict=True):
                if name == "code" and isinstance(pattern, ast.MatchValue):
                    found += [
                        v.value for v in ast.walk(pattern.value) if isinstance(v, ast.Constant)
                    ]
    return [value for value in found if isinstance(value, str) and value.isidentifier()]


def _is_code(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in {"code", "reason_code"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("reason.code == 'storm'", ["storm"]),
        ("pause.reason.code not in {'dns', 'gone'}", ["dns", "gone"]),
        ("columns.reason_code != 'by_owner'", ["by_owner"]),
        ("match error:\n    case Unknown(code='no_answer'):\n        pass", ["no_answer"]),
        ("reason.code == ReasonCode.STORM", []),
        ("reason.text == 'storm'", []),
    ],
)
def test_a_code_that_is_compared_with_a_text_is_found(source: str, found: list[str]) -> None:
    assert sorted(decided_by_text(source)) == found


def test_nothing_is_decided_by_a_text() -> None:
    found = {path.name: decided_by_text(path.read_text("utf-8")) for path in FILES}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_each_reason_is_used_and_explained() -> None:
    source = (BOT / "models" / "reasons.py").read_text("utf-8")
    body = next(one for one in ast.parse(source).body if isinstance(one, ast.ClassDef)).body[1:]
    assert [type(one).__name__ for one in body] == ["Assign", "Expr"] * len(ReasonCode)
    texts = "\n".join(path.read_text("utf-8") for path in FILES)
    assert [code.name for code in ReasonCode if f"ReasonCode.{code.name}" not in texts] == []
    assert len(set(ReasonCode)) == len(ReasonCode.__members__)
