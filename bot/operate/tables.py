"""The tables of all commands, and the form of a time in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo


def local_time(moment: datetime | None, timezone: ZoneInfo) -> str:
    """Return a time for people, in the operator's time zone."""
    return f"{moment.astimezone(timezone):%Y-%m-%d %H:%M}" if moment else "never"


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headers; long texts fold on a terminal and stay whole in a pipe."""
    from rich.console import Console  # noqa: PLC0415 - only people pay for it
    from rich.table import Table  # noqa: PLC0415

    table = Table(*headers, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(cell) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=500)
    console.print(table)


def _cell(value: object) -> Any:
    from rich.text import Text  # noqa: PLC0415 - a feed's "[red]" is no markup

    return Text("" if value is None else str(value))
