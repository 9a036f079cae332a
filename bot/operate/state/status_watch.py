"""Shows something again and again: redrawn on a terminal, else only when it changed."""

from __future__ import annotations

import re
import shutil
import sys
import time
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

from bot.counted import counted
from bot.operate.cells import cells_of, columns_of
from bot.operate.say import as_a_whole, say_as_is

if TYPE_CHECKING:
    from collections.abc import Callable

_PAUSE = 2.0  # seconds
_HOME, _CLEAR_LINE, _CLEAR_REST = "\x1b[H", "\x1b[K", "\x1b[J"
_STYLE = re.compile(r"\x1b\[[0-9;]*m")


class _Screen(StringIO):
    """Keeps what is drawn for a terminal."""

    def isatty(self) -> bool:
        """Let tables and colours be those of a terminal."""
        return True


def watch(
    draw: Callable[[], object], *, sleep: Callable[[float], None] = time.sleep, crop: bool = True
) -> None:
    """Let `draw` write to standard output every 2 seconds until Ctrl-C, or until nobody reads.

    A terminal shows as many of the first lines as it has room for, so that the verdict stands
    still; a document is not to be cropped.
    """
    is_screen = crop and columns_of(sys.stdout) is not None
    shown = None
    try:
        while True:
            shown = _draw_on_screen(draw) if is_screen else _draw_if_new(draw, shown)
            sleep(_PAUSE)
    except BrokenPipeError:
        return
    except KeyboardInterrupt:
        if is_screen:
            say_as_is("\n")


def _draw_on_screen(draw: Callable[[], object]) -> str:
    with redirect_stdout(_Screen()) as drawn:
        draw()
    text = drawn.getvalue()
    size = shutil.get_terminal_size()
    lines = first_lines(text.splitlines(), size.columns, size.lines)
    # Line by line over the last picture: a screen that is cleared first flickers.
    say_as_is(_HOME + f"{_CLEAR_LINE}\n".join(lines) + _CLEAR_LINE + _CLEAR_REST)
    return text


def first_lines(lines: list[str], columns: int, rows: int) -> list[str]:
    """Return the first of `lines` that fit on a screen, and a last one that tells of the others."""
    if sum(_rows(line, columns) for line in lines) <= rows:
        return lines
    left, kept = rows - 1, 0
    while (need := _rows(lines[kept], columns)) <= left:
        left, kept = left - need, kept + 1
    more = len(lines) - kept
    return [*lines[:kept], f"… {counted(more, 'more line')}: `newsbot status`"]


def with_verdict_last(text: str, columns: int, rows: int) -> str:
    """Return `text`, its first part again at the end where that scrolled out of the screen."""
    lines = text.splitlines()
    if sum(_rows(line, columns) for line in lines) < rows:
        return text
    verdict, _, _ = text.partition("\n\n")
    return f"{text}\n{verdict.rstrip()}\n"


def show_verdict_last(draw: Callable[[], object]) -> None:
    """Let `draw` write to standard output; a terminal too low for it gets the verdict last, too."""
    if columns_of(sys.stdout) is None:
        draw()
        return
    with redirect_stdout(_Screen()) as drawn:
        draw()
    size = shutil.get_terminal_size()
    say_as_is(with_verdict_last(drawn.getvalue(), size.columns, size.lines))


def _rows(line: str, columns: int) -> int:
    return max(-(-cells_of(_STYLE.sub("", line)) // columns), 1)


def _draw_if_new(draw: Callable[[], object], shown: str | None) -> str:
    with redirect_stdout(StringIO()) as drawn:
        draw()
    text = drawn.getvalue()
    if text != shown:
        with as_a_whole():
            say_as_is(text)
    return text
