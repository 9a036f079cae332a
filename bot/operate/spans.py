"""Spans of time in a few letters."""

from __future__ import annotations

from datetime import timedelta

from bot.wording import ENGLISH


def span(seconds: float) -> str:
    """Return a span in the largest unit that it holds twice: "90 s", "15 min", "3 h", "2 d"."""
    return ENGLISH.span(timedelta(seconds=seconds))
