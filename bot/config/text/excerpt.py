"""A line of the file with a mark under the mistake, as compilers show it; secrets stay hidden."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDTH = 100
_BEFORE = 30
_HIDDEN = "•"


def excerpt(
    line: str, number: int, *, start: int, end: int, hidden: Iterable[tuple[int, int]] = ()
) -> str:
    """Return the line, numbered, and below it marks under its characters `start` to `end`.

    Offsets count from 0 and may lie behind the line. `hidden` are the pieces not to be shown. Of
    a long line the part around `start` is shown.
    """
    cells = [_cell(char) for char in line]
    for first, last in hidden:
        cells[first:last] = [_HIDDEN] * len(cells[first:last])
    left = 0 if len(cells) <= _WIDTH else max(0, min(start - _BEFORE, len(cells) - _WIDTH))
    shown = cells[left : left + _WIDTH]
    before = "…" if left else ""
    after = "…" if left + _WIDTH < len(cells) else ""
    indent = len(before) + _columns(cells[left:start]) + max(0, start - max(len(cells), left))
    marked = cells[start : min(end, left + _WIDTH)]
    gutter = f"{number:>5} | "
    margin = " " * (len(gutter) - 2) + "| "
    return (
        f"{gutter}{before}{''.join(shown)}{after}".rstrip()
        + f"\n{margin}{' ' * indent}{'^' * max(1, _columns(marked))}"
    )


def _cell(char: str) -> str:
    if char == "\t":
        return "    "
    return char if char.isprintable() else "\ufffd"


def _columns(cells: Iterable[str]) -> int:
    """Return how wide a terminal shows the characters (Unicode Standard Annex 11)."""
    return sum(_column(cell) for cell in cells)


def _column(cell: str) -> int:
    if len(cell) > 1:
        return len(cell)
    if unicodedata.combining(cell):
        return 0
    return 2 if unicodedata.east_asian_width(cell) in "WF" else 1
