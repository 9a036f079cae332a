"""Shows something again and again: redrawn on a terminal, else only when it changed."""

from __future__ import annotations

import sys
import time
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PAUSE = 2.0  # seconds
_HOME_AND_CLEAR = "\x1b[H\x1b[J"


def watch(draw: Callable[[], None], *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Let `draw` write to standard output every 2 seconds until Ctrl-C, or until nobody reads."""
    shown = None
    try:
        while True:
            if sys.stdout.isatty():
                sys.stdout.write(_HOME_AND_CLEAR)
                draw()
            else:
                shown = _draw_if_new(draw, shown)
            sys.stdout.flush()
            sleep(_PAUSE)
    except (KeyboardInterrupt, BrokenPipeError):
        return


def _draw_if_new(draw: Callable[[], None], shown: str | None) -> str:
    with redirect_stdout(StringIO()) as drawn:
        draw()
    text = drawn.getvalue()
    if text != shown:
        sys.stdout.write(text)
    return text
