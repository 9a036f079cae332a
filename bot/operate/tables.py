"""The tables of all commands, and the form of a time in them."""

from __future__ import annotations

import os
import shutil
import sys
from itertools import zip_longest
from typing import TYPE_CHECKING

from bot.operate.say import say_as_is
from bot.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

_IDLE = frozenset({"", "0"})
_INDENT = "    "  # before the notes on a row
_LEAST = 2  # cells of a column: a letter may be two wide


def local_time(moment: datetime | None, timezone: ZoneInfo) -> str:
    """Return a time for people, in the operator's time zone."""
    return f"{moment.astimezone(timezone):%Y-%m-%d %H:%M}" if moment else "never"


def print_table(
    headers: Sequence[str], rows: Iterable[Sequence[object]], *, notes: Collection[str] = ()
) -> None:
    """Print rows under headers, whole in a pipe.

    On a terminal that is too narrow the columns called as in `notes`, which hold long texts, go to
    lines of their own below their row, and columns go that are empty or 0 in all rows: ids are
    folded only where that leaves no room for them.
    """
    table = _Table(headers, [[_text_of(cell) for cell in row] for row in rows])
    is_screen = sys.stdout is not None and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_screen else table.whole
    below = _Table((), [() for _ in table.rows])
    if table.width > width:
        table, below = table.parted(notes)
    if table.width > width:
        table = table.without_idle()
    is_plain = not is_screen or os.environ.get("TERM") == "dumb"
    for line in table.lines(below.rows, width, style=str if is_plain else _bold):
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


def folded(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width` cells, which must be 2 or more; words stay whole.

    Except for those that are longer than a line.
    """
    if cells_of(text) <= width:
        return [text]
    lines = [""]
    for word in text.split():
        rest = word
        if lines[-1] and cells_of(lines[-1]) + 1 + cells_of(word) <= width:
            lines[-1] += f" {word}"
            continue
        while cells_of(rest) > width:
            head = _head(rest, width)
            lines.append(head)
            rest = rest[len(head) :]
        lines.append(rest)
    return [line for line in lines if line]


def _head(word: str, width: int) -> str:
    """Return the beginning of `word` that fills at most `width` cells, one letter at least."""
    end = 1
    while end < len(word) and cells_of(word[: end + 1]) <= width:
        end += 1
    return word[:end]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells_of(text))


def cells_of(text: str) -> int:
    """Return how many cells of a terminal `text` fills."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - most tables do without

    return cell_len(text)
