"""The tables of all commands, and the form of a time in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from rich.console import Console
    from rich.table import Table

_IDLE = frozenset({"", "0"})
_INDENT = 4  # cells before the notes on a row


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
    from rich.console import Console  # noqa: PLC0415 - only people pay for it

    table = _Table(headers, [[_text_of(cell) for cell in row] for row in rows])
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=table.width + 1)
    if table.width <= console.width:
        table.draw(console)
        return
    narrow, below = table.parted(notes)
    if narrow.width > console.width:
        narrow = narrow.without_idle()
    narrow.draw(console, below.rows if notes else ())


def _text_of(cell: object) -> str:
    return "" if cell is None else visible_line(str(cell))


class _Table:
    """Headers and rows, with the least width at which no cell is folded."""

    def __init__(self, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        from rich.cells import cell_len  # noqa: PLC0415

        self.headers = headers
        self.rows = rows
        cells = ([*header.split(), *column] for header, column in self._columns())
        self.widths = [max(map(cell_len, column), default=0) for column in cells]
        self.width = sum(self.widths) + len(self.widths) - 1

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

    def draw(self, console: Console, notes: Sequence[Sequence[str]] = ()) -> None:
        """Print the table, each row with its `notes` below it."""
        from rich.padding import Padding  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        widths = _narrowed(self.widths, console.width)
        console.print(_line(self.headers, widths, style="bold"))
        for place, row in enumerate(self.rows):
            console.print(_line(row, widths))
            for note in filter(None, notes[place] if notes else ()):
                console.print(Padding(Text(note, overflow="fold"), (0, 0, 0, _INDENT)))


def _narrowed(widths: Sequence[int], most: int) -> list[int]:
    """Return widths that fit: the widest column gives first."""
    found = list(widths)
    while sum(found) + len(found) - 1 > most and max(found) > 1:
        found[found.index(max(found))] -= 1
    return found


def _line(cells: Sequence[str], widths: Sequence[int], *, style: str = "") -> Table:
    """Return one row with columns of these widths; a feed's "[red]" in it is no markup."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    grid = Table.grid(padding=(0, 1))
    for width in widths:
        grid.add_column(width=width, overflow="fold")
    grid.add_row(*(Text(cell, style=style) for cell in cells))
    return grid
