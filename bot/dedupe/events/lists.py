"""The words by which facts are found, as `lists/` has them; of all languages at once.

A feed's claim of its language is often wrong, so no table is of one language only.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bot.dedupe.events.stems import stem
from bot.dedupe.events.words import fold, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases that tell one fact; a text has one of the `roots` of each that is in it.

    Looking for roots takes a tenth of the time of the pattern, and most texts have none.
    """

    pattern: re.Pattern[str]
    roots: tuple[str, ...]

    def are_in(self, low: str) -> bool:
        """Tell whether one is in a text of small letters."""
        return any(root in low for root in self.roots) and self.pattern.search(low) is not None

    def taken_out(self, low: str) -> tuple[str, int]:
        """Return a text of small letters without them, and how many there were."""
        if not any(root in low for root in self.roots):
            return low, 0
        return self.pattern.subn(" ", low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Words in small letters; phrases stand for such text by the fact that they tell.

    `alike` has phrases, as stems, and what they mean; by their first word, the longest first.
    """

    scale: Mapping[str, float]
    percent: frozenset[str]
    currency: Mapping[str, str]
    about: re.Pattern[str]
    no_unit: frozenset[str]
    time_units: frozenset[str]
    before_dates: frozenset[str]
    month_before: frozenset[str]
    months: Mapping[str, int]
    not_bare: frozenset[str]
    weekdays: Mapping[str, int]
    all_nouns: frozenset[str]
    periods: Mapping[str, Phrases]
    ordinals: Mapping[str, Phrases]
    kinds: Mapping[str, Phrases]
    platforms: Mapping[str, Phrases]
    aliases: Mapping[str, frozenset[str]]
    alike: Mapping[str, Sequence[tuple[tuple[str, ...], str]]]
    variants: frozenset[str]


@cache
def lists() -> Lists:
    """Return the lists that ship with the program."""
    found = sorted((files("bot.dedupe.events") / "lists").iterdir(), key=lambda file: file.name)
    tables = [
        tomllib.loads(file.read_text(encoding="utf-8"))
        for file in found
        if file.name.endswith(".toml")
    ]
    about = "|".join(map(re.escape, sorted(_words(tables, "about"))))
    return Lists(
        scale={word: float(key) for word, key in _keyed(tables, "scale").items()},
        percent=_words(tables, "percent") | {"%"},
        currency=_keyed(tables, "currency"),
        about=re.compile(rf"(?:^|\W)(?:{about}) ?[$€£]? ?$"),
        no_unit=_words(tables, "no_unit"),
        time_units=_words(tables, "time_units"),
        before_dates=_words(tables, "before_dates"),
        month_before=_words(tables, "month_before"),
        months=_numbered(tables, "months"),
        not_bare=_words(tables, "not_bare"),
        weekdays=_numbered(tables, "weekdays"),
        all_nouns=_words(tables, "all_nouns"),
        periods=_phrases(tables, "periods"),
        ordinals=_phrases(tables, "ordinals"),
        kinds=_phrases(tables, "kinds"),
        platforms=_phrases(tables, "platforms"),
        aliases=_aliases(tables),
        alike=_alike(tables),
        variants=_words(tables, "variants"),
    )


def _words(tables: Sequence[Mapping[str, Any]], name: str) -> frozenset[str]:
    return frozenset(word for table in tables for word in table.get(name, ()))


def _keyed(tables: Sequence[Mapping[str, Any]], name: str) -> dict[str, str]:
    """Return the key of each word of tables that list words by key."""
    return {
        word: key
        for table in tables
        for key, words in table.get(name, {}).items()
        for word in words
    }


def _numbered(tables: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    """Return the place, from 1, of each word in lists of lists."""
    return {
        word: number
        for table in tables
        for number, words in enumerate(table.get(name, ()), 1)
        for word in words
    }


def _phrases(tables: Sequence[Mapping[str, Any]], name: str) -> dict[str, Phrases]:
    found: dict[str, list[str]] = defaultdict(list)
    for table in tables:
        for key, listed in table.get(name, {}).items():
            found[key] += listed
    return {key: Phrases(_pattern(listed), _roots(listed)) for key, listed in found.items()}


def _roots(phrases: Iterable[str]) -> tuple[str, ...]:
    """Return the letters of which each phrase has some: those of its longest word."""
    found: set[str] = set()
    for phrase in phrases:
        words = [word.split("|") for word in phrase.split() if word != "..." and word[0] != "!"]
        beginnings = [[part.partition("*")[0] for part in word] for word in words]
        found.update(max(beginnings, key=lambda word: min(map(len, word))))
    return tuple(sorted(found))


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of any of `phrases`; `lists/en.toml` says how they are written."""
    return re.compile(rf"\b(?:{'|'.join(map(_phrase, phrases))})\b")


def _phrase(phrase: str) -> str:
    words = [_either(word) for word in phrase.split()]
    text = "[ -]".join(words).replace("...[ -]", r"(?:[\w-]+ ){0,4}")
    return text.replace(" )[ -]", " )")


def _either(word: str) -> str:
    if word == "...":
        return word
    if word.startswith("!"):
        return "".join(rf"(?<!\b{re.escape(before)} )" for before in word[1:].split("|"))
    parts = (re.escape(part).replace(r"\*", r"\w*") for part in word.split("|"))
    return f"(?:{'|'.join(parts)})" if "|" in word else next(parts)


def _aliases(tables: Sequence[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Return for each folded name the other names of the same thing."""
    found: dict[str, set[str]] = defaultdict(set)
    for group in (group for table in tables for group in table.get("aliases", ())):
        names = set(map(fold, group))
        for name in names:
            found[name] |= names
    return {name: frozenset(others) for name, others in found.items()}


def _alike(tables: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    found: defaultdict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    for text, meaning in _keyed(tables, "alike").items():
        phrase = tuple(stem(word.text) for word in words_of(text))
        found[phrase[0]].append((phrase, meaning))
    for phrases in found.values():
        phrases.sort(key=lambda known: (-len(known[0]), known))
    return found
