"""Numbers of things, in words."""

from __future__ import annotations


def counted(number: int, one: str, several: str = "") -> str:
    """Return "1 feed" or "3 feeds"; `several` is the plural where an "s" does not make it."""
    return f"{number} {plural(number, one, several)}"


def plural(number: int, one: str, several: str = "") -> str:
    """Return the form of a word that fits the number, without that."""
    return one if number == 1 else several or f"{one}s"
