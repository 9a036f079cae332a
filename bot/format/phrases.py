"""The phrases around articles, by language, as `lists/` lists them.

They are read once, where the first article is written: a command that writes none need not wait.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.format.text import DENSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ROOM = 150
"""Letters that may follow where a phrase ends in "..." and says no number."""
_TOKEN = re.compile(r"\([^)]*\)|\S+")
_GAP = re.compile(r"(.*?)\.\.\.(\d*)")
_NUMBER = "#"


@dataclass(slots=True)
class PhraseSet:
    """Phrases of one kind, for whole lines. They are found by their first word, then compiled."""

    by_first: Mapping[str, list[str]]
    _compiled: dict[str, re.Pattern[str]] = field(default_factory=dict)

    def fits(self, folded: str) -> bool:
        """Tell whether `folded` (see `fold`) is one of the phrases, from its first to last sign."""
        first = folded.partition(" ")[0]
        key = _NUMBER if first.isdecimal() else first
        line = f"{folded} "
        return any(
            self._pattern(each).fullmatch(line) for each in (key, "") if each in self.by_first
        )

    def _pattern(self, first: str) -> re.Pattern[str]:
        if first not in self._compiled:
            patterns = map(_pattern_of, self.by_first[first])
            self._compiled[first] = re.compile("|".join(patterns))
        return self._compiled[first]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """All kinds of phrases, of all languages: a feed's claim of its language is often wrong.

    `short` alone is by language: a word of one is a name in another. `names` are found by their
    words in small letters.
    """

    calls: PhraseSet
    labels: PhraseSet
    openings: PhraseSet
    walls: PhraseSet
    news: PhraseSet
    read_more: frozenset[str]
    credits: frozenset[str]
    captions: frozenset[str]
    in_brackets: frozenset[str]
    by: frozenset[str]
    and_: frozenset[str]
    general: frozenset[str]
    agencies: frozenset[str]
    short: Mapping[str, frozenset[str]]
    names: Mapping[str, str]


@cache
def phrases() -> Phrases:
    """Return the phrases that ship with the program."""
    kinds: dict[str, list[str]] = defaultdict(list)
    short = {}
    for file in (files("bot.format") / "lists").iterdir():
        if file.name.endswith(".toml"):
            listed = tomllib.loads(file.read_text(encoding="utf-8"))
            short[file.name.removesuffix(".toml")] = frozenset(listed.get("short", ()))
            for kind, values in listed.items():
                kinds[kind] += values
    words = {kind: frozenset(values) for kind, values in kinds.items()}
    return Phrases(
        calls=phrase_set(kinds["calls"]),
        labels=phrase_set(kinds["labels"]),
        openings=phrase_set(kinds["openings"]),
        walls=phrase_set(kinds["walls"]),
        news=phrase_set(kinds["news"]),
        read_more=words["read_more"],
        credits=words["credits"],
        captions=words["captions"],
        in_brackets=words["in_brackets"],
        by=words["by"],
        and_=words["and"],
        general=words["general"],
        agencies=words["agencies"],
        short=short,
        names={name.casefold(): name for name in kinds["names"]},
    )


def phrase_set(listed: Iterable[str]) -> PhraseSet:
    """Return phrases as `lists/` writes them, ready to be found."""
    by_first: dict[str, list[str]] = defaultdict(list)
    for phrase in listed:
        for first in _first_words(phrase):
            is_anywhere = DENSE.search(first) or first.startswith("...")
            by_first["" if is_anywhere else first].append(phrase)
    return PhraseSet(by_first)


def _first_words(phrase: str) -> set[str]:
    """Return the words with which `phrase` may begin."""
    found: set[str] = set()
    for token in _TOKEN.findall(phrase):
        alternatives = token.strip("()").split("|")
        found.update(each.split()[0] for each in alternatives)
        if not token.startswith("("):
            break
    return found


def _pattern_of(phrase: str) -> str:
    """Return the pattern of a phrase; every word of it, the last one too, brings a space."""
    return "".join(map(_token_pattern, _TOKEN.findall(phrase)))


def _token_pattern(token: str) -> str:
    if token.startswith("("):
        return f"(?:{_either(token.strip('()'))} )?"
    gap = _GAP.fullmatch(token)
    if gap is None:
        return f"{_either(token)} "
    room = f".{{0,{gap[2] or _ROOM}}} "
    return f"{re.escape(gap[1])}{room}" if gap[1] else f"(?:{room})?"


def _either(alternatives: str) -> str:
    words = (r"\d+" if word == _NUMBER else re.escape(word) for word in alternatives.split("|"))
    return f"(?:{'|'.join(words)})"
