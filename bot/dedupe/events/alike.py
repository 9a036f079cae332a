"""What the words of a text say, whichever of several words say it: "unveils", "launched"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.dedupe.events.lists import lists
from bot.dedupe.events.stems import stem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.dedupe.events.words import Word

MEANING = "="
"""Begins a meaning of `lists/`, as no word does."""
_MEANING_WEIGHT = 0.35
"""How telling a meaning is: about as much as the commoner ones of its words."""


def said_in(words: Sequence[Word]) -> dict[str, str]:
    """Return what `words` say, by stem or meaning, with the folded word that is weighed for it."""
    spelled = [stem(word.text.casefold()) for word in words]
    found: dict[str, str] = {}
    place = 0
    while place < len(words):
        meaning, count = _meaning(spelled, place)
        folded = words[place].folded
        found[meaning or stem(folded)] = meaning or folded
        place += count
    return found


def weigh_said(word: str, weigh: Callable[[str], float]) -> float:
    """Return how telling a folded word or a meaning is, 0 to 1."""
    return _MEANING_WEIGHT if word.startswith(MEANING) else weigh(word)


def _meaning(spelled: Sequence[str], place: int) -> tuple[str, int]:
    """Return the meaning of the longest phrase that begins at `place`, and its words."""
    for phrase, meaning in lists().alike.get(spelled[place], ()):
        if tuple(spelled[place : place + len(phrase)]) == phrase:
            return MEANING + meaning, len(phrase)
    return "", 1
