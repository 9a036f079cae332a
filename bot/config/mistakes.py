"""The words for mistakes of the file: unknown and missing keys, wrong values, the nearest name."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from bot.config.secret_shapes import looks_secret
from bot.wording import HIDDEN, HIDDEN_NAME, marked, told

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHOWN = 60


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


_ABSENT = {
    "channel": (
        marked("there is no channel {name}"),
        marked("there is no channel {name}, expected {names}"),
    ),
    "account": (
        marked("there is no account {name}"),
        marked("there is no account {name}, expected {names}"),
    ),
}
"""What is nowhere in the file, without and with all that are there."""
_IN_TABLES = marked(" in a feed, a channel, or a table of `channels`")
_AT_THE_TOP = marked(
    "unknown key here; it belongs at the top of the file, before the first [table]"
)


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
            return marked("a huge number")
        case int() | float():
            return str(value)
        case _:
            return kind_of(value)


def not_this(expected: str, value: object, hint: str = "") -> Mistake:
    """Return the mistake that `value` stands where `expected` belongs."""
    return Mistake(told("must be {why}, not {also}", why=expected, also=quote(value)) + hint)


def kind_of(value: object) -> str:
    """Name the TOML type of a value, with its article; never the value."""
    match value:
        case str():
            return marked("a string")
        case bool():
            return marked("true or false")
        case int() | float():
            return marked("a number")
        case list():
            return marked("a list") if value else marked("an empty list")
        case dict():
            return marked("a table") if value else marked("an empty table")
        case _:
            return marked("a date or time")


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
    return HIDDEN_NAME if looks_secret(name) else name


def nearest(name: str, known: Iterable[str]) -> str:
    """Return '; did you mean "x"?' for the known name nearest to `name`, or nothing."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    return told("; did you mean {near}?", near=quote(by_folded[found[0]])) if found else ""


def no_such(kind: str, name: str, known: Collection[str]) -> str:
    """Say that `name` is nowhere in the file, and name the nearest one, or all."""
    absent, others = _ABSENT[kind]
    if hint := nearest(name, known):
        return told(absent, name=quote(name)) + hint
    if not known:
        return told(absent, name=quote(name)) + told("; this file has no {why}", why=f"{kind}s")
    return told(others, name=quote(name), names=one_of(sorted(known)))


def one_of(names: Iterable[str]) -> str:
    """List names as people do: "a", "b" or "c"."""
    *others, last = [quote(name) for name in names]
    return f"{', '.join(others)} or {last}" if others else last


def unknown_key(name: str, known: Collection[str], *, top: Collection[str]) -> str:
    """Say that a table has no key `name`; `known` are its keys, `top` those above all tables."""
    if meant := _FILTERS.get(name.casefold()):
        text = told("unknown key; write {meant}", meant=meant)
        return text if "include" in known else text + _IN_TABLES
    if hint := nearest(name, known):
        return marked("unknown key") + hint
    if name in top:
        return _AT_THE_TOP
    return told("unknown key, expected {names}", names=one_of(known))


def missing(meaning: str) -> str:
    """Say that a key is missing, and which value belongs there."""
    return told("is missing: {why}", why=meaning)


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
    "string_type": lambda value, _: told("must be text in quotes, not {also}", also=kind_of(value)),
    "int_type": lambda value, _: str(not_this(marked("a whole number without quotes"), value)),
    "bool_type": lambda value, _: str(not_this(marked("true or false without quotes"), value)),
    "list_type": lambda value, _: told(
        'must be a list such as ["a", "b"], not {also}', also=kind_of(value)
    ),
    "model_type": lambda value, _: told(
        "must be a table in braces {{ … }}, not {also}", also=kind_of(value)
    ),
    "greater_than_equal": lambda value, seen: str(
        not_this(told("at least {least}", least=seen["ge"]), value)
    ),
    "less_than_equal": lambda value, seen: str(
        not_this(told("at most {most}", most=seen["le"]), value)
    ),
}
"""Type of pydantic's error -> the words for it; complete for the types in `schema`."""
