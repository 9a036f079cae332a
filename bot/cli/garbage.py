"""When Python looks for garbage: a command imports for most of its time, and drops nothing."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_USUAL = gc.get_threshold()
_SELDOM = 50_000
"""New objects between two searches. With Python's 700 they are a tenth of what `check` costs."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Search seldom in the block, or until `collected_as_usual`."""
    gc.set_threshold(_SELDOM, *_USUAL[1:])
    try:
        yield
    finally:
        gc.set_threshold(*_USUAL)


def collected_as_usual() -> None:
    """Search as often as Python does by itself: a service makes garbage for weeks."""
    gc.set_threshold(*_USUAL)
