"""The sequence begin, publish, finish stands in one module, and so do a search and an edit.

The tests and kits call those sentences, too: a second copy of the sequence proves nothing.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STEPS = {
    "begin": "bot/pipeline/deliver.py",
    "publish": "bot/pipeline/deliver.py",
    "finish": "bot/pipeline/deliver.py",
    "begin_search": "bot/pipeline/settle.py",
    "finish_search": "bot/pipeline/settle.py",
    "find": "bot/pipeline/settle.py",
    "edit": "bot/pipeline/correct.py",
    "finish_correction": "bot/pipeline/correct.py",
}
HOLDERS = {"store", "outbox", "publisher", "finder", "editor"}
KITS = ("tests/pipeline", "tests/e2e/fault_kit.py", "tests/e2e/test_killed_anywhere.py")


def calls(source: str) -> list[tuple[str, str]]:
    """Return (what it is called on, method) for each call of a method."""
    return [
        (_last_name(node.func.value), node.func.attr)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]


def _last_name(value: ast.expr) -> str:
    return getattr(value, "attr", getattr(value, "id", ""))


def steps_in(*places: str) -> dict[str, set[str]]:
    """Return the modules that take each step of the sequences."""
    found: dict[str, set[str]] = {step: set() for step in STEPS}
    for place in places:
        path = ROOT / place
        for file in [path] if path.is_file() else path.rglob("*.py"):
            for holder, method in calls(file.read_text()):
                if method in STEPS and holder in HOLDERS:
                    found[method].add(file.relative_to(ROOT).as_posix())
    return found


def test_each_step_is_taken_in_one_module() -> None:
    assert steps_in("bot", *KITS) == {step: {module} for step, module in STEPS.items()}


@pytest.mark.parametrize(
    "copy",
    [
        "await store.outbox.begin(delivery.id, post, now)",
        "receipt = await self.route.publisher.publish(post)",
        "await outbox.finish(delivery, outcome, now)",
        "await route.finder.find(sought)",
    ],
)
def test_a_copy_of_a_step_would_be_noticed(copy: str) -> None:
    assert [(holder in HOLDERS, method in STEPS) for holder, method in calls(copy)] == [
        (True, True)
    ]
