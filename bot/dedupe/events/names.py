"""The names that a text speaks of, and whether another text speaks of them, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.dedupe.events.lists import lists
from bot.dedupe.events.words import fold, is_title_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.dedupe.events.report import Report
    from bot.dedupe.events.words import Word

    Capitals = Callable[[str], float | None]
    """Which share of a folded word's places within sentences had a capital; None if unknown."""

_NAME_SHARE, _WORD_SHARE = 2 / 3, 0.1
"""Of a word's places within sentences: with so many capitals it is a name, with so few a word."""
_INITIALS = range(2, 6)
_NOUNS_LEAST, _NOUNS_SHARE = 5, 0.28
_INSIDE, _STEM, _ENDING = 4, 6, 2


def names_in(words: Sequence[Word], capitals: Capitals) -> frozenset[str]:
    """Return the folded names: capitals within a sentence, or a capital or digit inside a word."""
    title_case, known = is_title_case(words), lists()
    return frozenset(
        word.folded
        for word in words
        if _is_named(word, capitals, unsure=title_case or word.opens)
        and word.text.casefold() not in known.weekdays
        and word.text.casefold() not in known.months
    )


def _is_named(word: Word, capitals: Capitals, *, unsure: bool) -> bool:
    letters = any(map(str.isalpha, word.text))
    if (word.has_digit and letters) or word.text[1:] != word.text[1:].lower():
        return True
    if not word.is_capital or len(word.text) == 1:
        return False
    share = capitals(word.folded)
    if unsure:
        return share is not None and share > _NAME_SHARE
    return share is None or share > _WORD_SHARE


def has_all_nouns(words: Sequence[Word]) -> bool:
    """Tell whether each noun has a capital, as in German: then a capital says nothing."""
    inner = [word for word in words[1:] if word.text[0].isalpha()]
    capitals = sum(word.is_capital for word in inner)
    return (
        len(inner) > _NOUNS_LEAST
        and capitals > _NOUNS_SHARE * len(inner)
        and any(word.text in lists().all_nouns for word in words)
    )


def initials_in(*texts: Iterable[Word]) -> frozenset[str]:
    """Return the abbreviations that names may have: "ec" of European Commission."""
    found: set[str] = set()
    for words in texts:
        letters = "".join(word.text[0].lower() if word.is_capital else " " for word in words)
        for run in letters.split():
            for count in _INITIALS:
                found.update(fold(run[at : at + count]) for at in range(len(run) - count + 1))
    return frozenset(found)


def is_known(name: str, one: Report, other: Report) -> bool:
    """Tell whether the other report has `name` of `one`: inflected, short or by another name."""
    return (
        name in other.words
        or (len(name) >= _INSIDE and name in other.joined)
        or (len(name) >= _STEM and name[:-_ENDING] in other.joined)
        or has_alias(name, one, other)
    )


def has_alias(name: str, one: Report, other: Report) -> bool:
    """Tell whether the other report has another name, or the initials, of what `one` names.

    Where `one` itself has the other name, too, they are two things: "Apple shows an iPhone".
    """
    if len(name) in _INITIALS and name in other.initials:
        return True
    aliases = lists().aliases.get(name)
    return aliases is not None and not (aliases - one.words).isdisjoint(other.words)
