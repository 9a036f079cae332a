"""The words for mistakes of the file: unknown and missing keys, wrong values, the nearest name."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from bot.config.secret_shapes import looks_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHOWN = 60
HIDDEN = "a value that looks like a secret and is not shown"


# What filters are called elsewhere.
_FILTERS = {
    **dict.fromkeys(
        ("filter", "filters", "filtering", "rules", "match", "keyword", "words", "terms", "regex"),
        'include = ["…"] or exclude = ["…"]',
    ),
    **dict.fromkeys(
        (
            "keywords",
            "whitelist",
            "allowlist",
            "allow",
            "allowed",
            "only",
            "require",
            "included",
            "keep",
            "must_contain",
            "include_keywords",
            "title_include",
        ),
        'include = ["…"]',
    ),
    **dict.fromkeys(
        (
            "blacklist",
            "blocklist",
            "block",
            "blocked",
            "deny",
            "denylist",
            "ignore",
            "skip",
            "mute",
            "muted",
            "excluded",
            "ban",
            "banned",
            "not",
            "stopwords",
            "stop_words",
            "badwords",
            "exclude_keywords",
            "title_exclude",
            "must_not_contain",
            "banned_words",
        ),
        'exclude = ["…"]',
    ),
}


class Mistake(ValueError):
    """A fault of one value, in plain words; pydantic collects it as a `value_error`."""


def quote(value: object) -> str:
    """Show a value on one line: strings quoted and shortened, tables and lists by their kind.

    One that looks like a secret, pasted to the wrong place, is not shown.
    """
    match value:
        case str() if looks_secret(value):
            return HIDDEN
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


def not_this(expected: str, value: object, hint: str = "") -> Mistake:
    """Return the mistake that `value` stands where `expected` belongs."""
    return Mistake(f"must be {expected}, not {quote(value)}{hint}")


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
            return "a list" if value else "an empty list"
        case dict():
            return "a table" if value else "an empty table"
        case _:
            return "a date or time"


def is_one_line(text: str) -> bool:
    """Tell whether `text` has something to show and no control character or line break."""
    return bool(text.strip()) and not _CONTROL.search(text)


def printable(text: str) -> str:
    r"""Write characters that break a line or are invisible (controls, surrogates) as \uXXXX."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def show_key(name: str) -> str:
    """Write a key as it would stand in the file."""
    return name if _BARE_KEY.fullmatch(name) and not looks_secret(name) else quote(name)


def show_name(name: str) -> str:
    """Show the name of a variable or file, unless the secret itself stands in its place."""
    return "(not shown: it looks like the secret itself)" if looks_secret(name) else name


def nearest(name: str, known: Iterable[str]) -> str:
    """Return '; did you mean "x"?' for the known name nearest to `name`, or nothing."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    return f"; did you mean {quote(by_folded[found[0]])}?" if found else ""


def no_such(kind: str, name: str, known: Collection[str]) -> str:
    """Say that `name` is nowhere in the file, and name the nearest one, or all."""
    hint = nearest(name, known)
    if not hint:
        hint = f", expected {one_of(sorted(known))}" if known else f"; this file has no {kind}s"
    return f"there is no {kind} {quote(name)}{hint}"


def one_of(names: Iterable[str]) -> str:
    """List names as people do: "a", "b" or "c"."""
    *others, last = [quote(name) for name in names]
    return f"{', '.join(others)} or {last}" if others else last


def unknown_key(name: str, known: Collection[str], *, top: Collection[str]) -> str:
    """Say that a table has no key `name`; `known` are its keys, `top` those above all tables."""
    if meant := _FILTERS.get(name.casefold()):
        where = "" if "include" in known else " in a feed, a channel, or a table of `channels`"
        return f"unknown key; write {meant}{where}"
    if hint := nearest(name, known):
        return f"unknown key{hint}"
    if name in top:
        return "unknown key here; it belongs at the top of the file, before the first [table]"
    return f"unknown key, expected {one_of(known)}"


def missing(meaning: str) -> str:
    """Say that a key is missing, and which value belongs there."""
    return f"is missing: {meaning.replace('`', '')}"


def wrong_value(kind: str, value: object, context: Mapping[str, Any]) -> str:
    """Say why `value` is wrong; `kind` and `context` are those of pydantic's error."""
    return _WRONG[kind](value, context)


def _literal(value: object, context: Mapping[str, Any]) -> str:
    # pydantic gives the values as text: 'never', 'auto' or 'always'
    names = re.findall(r"'([^']*)'", context["expected"])
    hint = nearest(value, names) if isinstance(value, str) else ""
    return str(not_this(one_of(names), value, hint))


_WRONG: Mapping[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "value_error": lambda _, context: str(context["error"]),
    "literal_error": _literal,
    "string_type": lambda value, _: f"must be text in quotes, not {kind_of(value)}",
    "int_type": lambda value, _: str(not_this("a whole number without quotes", value)),
    "bool_type": lambda value, _: str(not_this("true or false without quotes", value)),
    "list_type": lambda value, _: f'must be a list such as ["a", "b"], not {kind_of(value)}',
    "model_type": lambda value, _: f"must be a table in braces {{ … }}, not {kind_of(value)}",
    "greater_than_equal": lambda value, seen: str(not_this(f"at least {seen['ge']}", value)),
    "less_than_equal": lambda value, seen: str(not_this(f"at most {seen['le']}", value)),
}
"""Type of pydantic's error -> the words for it; complete for the types in `schema`."""
