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

from bot.format.text import DENSE, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MOST_READ = 400
_COMMON = 0.1
"""Share of a text's words: a language that has so many of them in its lists is the text's."""
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


@dataclass(frozen=True, slots=True)
class WordRuns:
    """Words, and runs of them ("anh ấy"), that are found anywhere in a sentence.

    They stand as they are written, or folded. Those of scripts without spaces are found by signs.
    `others` are longer runs that begin like one and are none: "this week".
    """

    by_first: Mapping[str, list[tuple[str, ...]]]
    dense: tuple[str, ...]
    others: frozenset[tuple[str, ...]] = frozenset()

    @classmethod
    def of(cls, listed: Iterable[str], others: Iterable[str] = ()) -> WordRuns:
        none = frozenset(tuple(run.split()) for run in others)
        by_first: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        dense: list[str] = []
        for run in listed:
            words = tuple(run.split())
            by_first[words[0]].append(words)
            dense += [run] if DENSE.match(run) else ()
        for words in none:
            by_first[words[0]].append(words)
        return cls(by_first, tuple(dense), none)

    def at(self, words: Sequence[str], place: int) -> int:
        """Return how many of `words` are a run that begins at `place`."""
        runs = self.by_first.get(words[place]) if place < len(words) else None
        if runs is None:
            return 0
        found = (run for run in runs if tuple(words[place : place + len(run)]) == run)
        longest = max(found, key=len, default=())
        return 0 if longest in self.others else len(longest)


@dataclass(frozen=True, slots=True)
class References:
    """Words of one language by which a sentence leans on another one.

    `said` are verbs of those who are quoted, `back` stand at the beginning of what refers back.
    """

    said: WordRuns
    pronouns: WordRuns
    back: WordRuns


NO_REFERENCES = References(*[WordRuns.of(())] * 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """All kinds of phrases, of all languages: a feed's claim of its language is often wrong.

    `weak` are longer words that say nothing by themselves.

    `short` and `references` alone are by language: a word of one is a name, or another word, in
    another. So are `common`: their short words and those that point back, folded. `names` are found
    by their words in small letters.
    """

    calls: PhraseSet
    labels: PhraseSet
    openings: PhraseSet
    walls: PhraseSet
    news: PhraseSet
    lead_ins: PhraseSet
    scenes: PhraseSet
    deeds: PhraseSet
    read_more: frozenset[str]
    credits: frozenset[str]
    captions: frozenset[str]
    in_brackets: frozenset[str]
    by: frozenset[str]
    and_: frozenset[str]
    general: frozenset[str]
    agencies: frozenset[str]
    references: Mapping[str, References]
    short: Mapping[str, frozenset[str]]
    common: Mapping[str, frozenset[str]]
    any_short: frozenset[str]
    weak: frozenset[str]
    names: Mapping[str, str]


@cache
def phrases() -> Phrases:
    """Return the phrases that ship with the program."""
    kinds: dict[str, list[str]] = defaultdict(list)
    short, references, common = {}, {}, {}
    for file in (files("bot.format") / "lists").iterdir():
        if file.name.endswith(".toml"):
            listed = tomllib.loads(file.read_text(encoding="utf-8"))
            language = file.name.removesuffix(".toml")
            short[language] = frozenset(listed.get("short", ()))
            references[language] = _references_in(listed)
            pointing = (*listed.get("pronouns", ()), *listed.get("back", ()))
            common[language] = frozenset(map(fold, (*short[language], *pointing)))
            for kind, values in listed.items():
                kinds[kind] += values
    words = {kind: frozenset(values) for kind, values in kinds.items()}
    return Phrases(
        calls=phrase_set(kinds["calls"]),
        labels=phrase_set(kinds["labels"]),
        openings=phrase_set(kinds["openings"]),
        walls=phrase_set(kinds["walls"]),
        news=phrase_set(kinds["news"]),
        lead_ins=phrase_set(kinds["lead_ins"]),
        scenes=phrase_set(kinds["scenes"]),
        deeds=phrase_set(kinds["deeds"]),
        read_more=words["read_more"],
        credits=words["credits"],
        captions=words["captions"],
        in_brackets=words["in_brackets"],
        by=words["by"],
        and_=words["and"],
        general=words["general"],
        agencies=words["agencies"],
        references=references,
        short=short,
        common=common,
        any_short=frozenset().union(*short.values()),
        weak=words["weak"],
        names={name.casefold(): name for name in kinds["names"]},
    )


def _references_in(listed: Mapping[str, Iterable[str]]) -> References:
    return References(
        said=WordRuns.of(listed.get("said", ())),
        pronouns=WordRuns.of(listed.get("pronouns", ())),
        back=WordRuns.of(listed.get("back", ()), listed.get("times", ())),
    )


def references_of(language: str, text: str) -> References:
    """Return the references of the language of `text`, which need not be what its feed states.

    Feeds often state none, or that of their software.
    """
    known, stated = phrases(), language.lower().partition("-")[0]
    words = fold(text[:_MOST_READ]).split()
    counts = {name: sum(map(common.__contains__, words)) for name, common in known.common.items()}
    most = max(counts, key=counts.__getitem__)
    is_other = counts[most] > max(_COMMON * len(words), 2 * counts.get(stated, 0))
    return known.references.get(most if is_other else stated, NO_REFERENCES)


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
