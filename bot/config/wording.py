"""How messages of the configuration name things: values, keys and the nearest known name."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHOWN = 60


class Mistake(ValueError):
    """What is wrong with one value, in plain words; pydantic collects it as a `value_error`."""


def quote(value: object) -> str:
    """Show a value on one line: strings quoted and shortened, tables and lists by their kind."""
    match value:
        case str():
            text = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
            return f'"{printable(text)}"'
        case bool():
            return "true" if value else "false"
        case int() if abs(value) >= 10**_SHOWN:
            return "a huge number"
        case int() | float():
            return str(value)
        case _:
            return kind_of(value)


def kind_of(value: object) -> str:
    """Name the TOML type of a value, with its article; never the value."""
    match value:
        case str():
            return "a string"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"


def is_one_line(text: str) -> bool:
    """Tell whether `text` has something to show and no control character or line break."""
    return bool(text.strip()) and not _CONTROL.search(text)


def printable(text: str) -> str:
    r"""Write what would break a line or hide (controls, surrogates) as \uXXXX."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def show_key(name: str) -> str:
    """Write a key as it would stand in the file."""
    return name if _BARE_KEY.fullmatch(name) else quote(name)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return '; did you mean "x"?' for the known name nearest to `name`, or nothing."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    return f'; did you mean "{by_folded[found[0]]}"?' if found else ""


def no_such(kind: str, name: str, known: Collection[str]) -> str:
    """Say that `name` is nowhere in the file, and what is: the nearest, or all."""
    hint = nearest(name, known)
    if not hint:
        hint = f", expected {one_of(sorted(known))}" if known else f"; this file has no {kind}s"
    return f"there is no {kind} {quote(name)}{hint}"


def one_of(names: Iterable[str]) -> str:
    """List names as people do: "a", "b" or "c"."""
    *others, last = [f'"{name}"' for name in names]
    return f"{', '.join(others)} or {last}" if others else last
