"""Long lists of values, cut to the size that one statement takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Value = TypeVar("_Value")

# SQLite takes 32,766 parameters, PostgreSQL 65,535; a poll may bring thousands of items.
_AT_ONCE = 1000


def in_batches(values: Iterable[_Value]) -> Iterator[list[_Value]]:
    """Yield `values` in lists short enough for one statement."""
    every = list(values)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
