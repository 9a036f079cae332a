"""The tables of all commands."""

from __future__ import annotations

import os
import sys
from itertools import zip_longest
from typing import TYPE_CHECKING

from bot.operate.cells import cells_of, columns_of, folded
from bot.operate.say import say_as_is
from bot.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

_IDLE = frozenset({"", "0"})
_INDENT = "    "  # before the notes on a row
_KEPT = 2  # first columns, which say of what a row is and how that is
_LEAST = 2  # cells of a column: a letter may be two wide


def print_table(
    headers: Sequence[str], rows: Iterable[Sequence[object]], *, notes: Collection[str] = ()
) -> None:
    """Print rows under headers, whole in a pipe.

    On a terminal that is too narrow the columns called as in `notes`, which hold long texts, go to
    lines of their own below their row, and columns go that are empty or 0 in all rows; then the
    last columns go below, with their names. An id is folded only where it alone has no room.
    """
    table = _Table(headers, [[_text_of(cell) for cell in row] for row in rows])
    columns = columns_of(sys.stdout)
    width = columns or table.whole
    below = _Table((), [() for _ in table.rows])
    if table.width > width:
        table, below = table.parted(notes)
    if table.width > width:
        table = table.without_idle()
    table, said = table.shortened(width)
    is_plain = columns is None or os.environ.get("TERM") == "dumb"
    under = [(words, *texts) for words, texts in zip(said, below.rows, strict=True)]
    for line in table.lines(under, width, style=str if is_plain else _bold):
        say_as_is(f"{line}\n")


def _text_of(cell: object) -> str:
    return "" if cell is None else visible_line(str(cell))


class _Table:
    """Headers and rows: `width` cells hold a row unfolded, `whole` the headers as well."""

    def __init__(self, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.headers = headers
        self.rows = rows
        cells = [max(map(cells_of, column), default=0) for _, column in self._columns()]
        words = [max(map(cells_of, header.split()), default=0) for header in headers]
        self._least = [max(pair) for pair in zip(cells, words, strict=True)]
        self._most = [max(pair) for pair in zip(cells, map(cells_of, headers), strict=True)]
        self.width, self.whole = _line_of(self._least), _line_of(self._most)

    def _columns(self) -> Iterator[tuple[str, list[str]]]:
        for place, header in enumerate(self.headers):
            yield header, [row[place] for row in self.rows]

    def parted(self, notes: Collection[str]) -> tuple[_Table, _Table]:
        """Return the table without the columns of `notes`, and one of these."""
        below = {place for place, header in enumerate(self.headers) if header in notes}
        return self._only(set(range(len(self.headers))) - below), self._only(below)

    def without_idle(self) -> _Table:
        """Return the table without the columns that are empty or 0 in all rows."""
        busy = {
            place for place, (_, cells) in enumerate(self._columns()) if not _IDLE.issuperset(cells)
        }
        return self._only(busy)

    def shortened(self, width: int) -> tuple[_Table, list[str]]:
        """Return the table without the last columns that have no room, and these in words."""
        end = len(self.headers)
        while end > _KEPT and _line_of(self._least[:end]) > width:
            end -= 1
        said = [
            ", ".join(
                f"{header.lower()} {cell}"
                for header, cell in zip(self.headers[end:], row[end:], strict=True)
                if cell not in _IDLE
            )
            for row in self.rows
        ]
        return self._only(range(end)), said

    def _only(self, places: Collection[int]) -> _Table:
        wanted = sorted(places)
        rows = [[row[place] for place in wanted] for row in self.rows]
        return _Table([self.headers[place] for place in wanted], rows)

    def lines(
        self, notes: Sequence[Sequence[str]], width: int, *, style: Callable[[str], str]
    ) -> Iterator[str]:
        """Yield the lines of the table, each row with its `notes` below it, cut nowhere."""
        widths = self._most if self.whole <= width else _narrowed(self._least, width)
        for line in _folded_row(self.headers, widths):
            yield style(line)
        for row, below in zip(self.rows, notes, strict=True):
            yield from _folded_row(row, widths)
            for note in filter(None, below):
                room = max(width - len(_INDENT), _LEAST)
                yield from (f"{_INDENT}{line}" for line in folded(note, room))


def _line_of(widths: Sequence[int]) -> int:
    """Return the width of a line with columns of these widths."""
    return sum(widths) + len(widths) - 1


def _bold(line: str) -> str:
    return f"\x1b[1m{line}\x1b[0m"


def _narrowed(widths: Sequence[int], most: int) -> list[int]:
    """Return widths that fit: the widest column gives first."""
    found = list(widths)
    while _line_of(found) > most and max(found) > _LEAST:
        found[found.index(max(found))] -= 1
    return found


def _folded_row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """Yield the lines of a row whose columns have these widths."""
    columns = [folded(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for line in zip_longest(*columns, fillvalue=""):
        padded = (_padded(part, width) for part, width in zip(line, widths, strict=True))
        yield " ".join(padded).rstrip()


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells_of(text))
