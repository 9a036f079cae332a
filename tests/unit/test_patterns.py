"""No regular expression of this program takes more than linear time, whatever is repeated."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import bot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(bot.__file__).parents[1]
SHORT, LONG = 3_000, 12_000
MOST = 9.0
"""How much longer a text four times as long may take: linear is 4, quadratic 16."""
UNMEASURABLE = 0.006
"""Seconds of computing for the long text below which a ratio says nothing; quadratic takes more."""
PARTS = (
    *(" ", ",", ".", "-", "–", "a", "A", "1", "(", "[", "<", "/", "…", ":", "»", "\r", "\n", "\t", "&", "{", "}", ";", "=", "#", "'", '"', "_", "@"),
    *("a ", "1 ", ". ", ", ", "a:", "a.", "A ", "...", "http://", "a=", "1:", "12/3/", "AN - ", "&#1", "<a ", "</", "<?xml ", "<link>", "<p>"),
)  # fmt: skip
WHOLE = ("match", "fullmatch")
SEARCHES = ("search", "finditer", "findall", "sub", "subn", "split")
# Expressions that see only a few signs of a text, cut off by the line that uses them.
BOUNDED = {"bot.format.headline._SENTENCE_START", "bot.format.ending._LAST_MARKS"}


def _modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(bot.__path__, "bot."):
        if "migrations" not in found.name and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def _patterns(value: object) -> Iterator[Any]:
    if hasattr(value, "finditer") and hasattr(value, "pattern"):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _patterns(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _patterns(each)


def _is_searched(name: str, source: str) -> bool:
    used = set(re.findall(rf"\b{name}\.(\w+)", source))
    return not used or not used.intersection(WHOLE) or bool(used.intersection(SEARCHES))


def _compiled() -> Iterator[tuple[str, Any, bool]]:
    for module in _modules():
        source = Path(module.__file__).read_text(encoding="utf-8")
        for name, value in vars(module).items():
            if f"{name} = " in source or f"{name}: " in source:
                for pattern in _patterns(value):
                    yield f"{module.__name__}.{name}", pattern, _is_searched(name, source)


def _written_in_place() -> Iterator[tuple[str, Any, bool]]:
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name("re"), attr=way),
                    args=[ast.Constant(value=str() | bytes() as text), *_],
                ) if way in {*WHOLE, *SEARCHES}:
                    yield f"{path.stem}:{node.lineno}", re.compile(text), way in SEARCHES


def _run(pattern: Any, text: str, *, searched: bool) -> float:
    given = text.encode() if isinstance(pattern.pattern, bytes) else text
    work: Callable[[], Iterable[Any] | None]
    work = partial(pattern.findall, given) if searched else partial(pattern.match, given)
    start = time.thread_time()
    work()
    return time.thread_time() - start


def grows_too_fast(pattern: Any, part: str, *, searched: bool) -> bool:
    """Tell whether `pattern` is worse than linear on repetitions of `part`, best of three."""
    for tail in ("", "\x01x"):
        short, long = (
            partial(_run, pattern, (part * size)[:size] + tail, searched=searched)
            for size in (SHORT, LONG)
        )
        if all((taken := long()) > UNMEASURABLE and taken > MOST * short() for _ in range(3)):
            return True
    return False


@pytest.mark.long
def test_every_pattern_takes_linear_time_on_repetitions() -> None:
    tried = {
        (one.pattern, one.flags, searched): (name, one)
        for name, one, searched in (*_compiled(), *_written_in_place())
        if name not in BOUNDED
    }
    assert len(tried) > 150
    slow = {
        (name, part)
        for (_, _, searched), (name, pattern) in tried.items()
        for part in PARTS
        if grows_too_fast(pattern, part, searched=searched)
    }
    assert slow == set()


@pytest.mark.parametrize(
    ("pattern", "part", "is_slow"),
    [(r"\s+$", " ", True), (r"[a-z]+\.", "a", True), (r"(?<!\s)\s+$", " ", False), (r"\w+", "a", False)],
)  # fmt: skip
def test_growth_is_told_from_length(pattern: str, part: str, is_slow: bool) -> None:
    assert grows_too_fast(re.compile(pattern), part, searched=True) is is_slow
