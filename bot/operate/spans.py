"""Spans of time in a few letters."""

from __future__ import annotations


def span(seconds: float) -> str:
    """Return a span in the largest unit that it holds twice: "90 s", "15 min", "3 h", "2 d"."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds)} s"
