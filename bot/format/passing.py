"""Which sentences of an article its lead passes over, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.format.boilerplate import CUT_MARK
from bot.format.phrases import phrases
from bot.format.quotations import begins_with, has_quotation, is_bare, is_nameless
from bot.format.sentences import is_real, join_sentences, reading_length
from bot.format.text import DENSE, fold, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.format.phrases import References

STANDFIRST = 280
"""Letters: an editor's text to be read at once, shown whole. Of longer text a part is enough."""
COLONS = (":", "：")
# How far down the news is looked for, in sentences.
_FURTHER_DOWN = 8
# A sentence further down is the news if it has this share of the title's words, and so many more
# of them than the first. Of a title of few words, chance has as many.
_OF_THE_TITLE = 0.55
_MORE_WORDS = 3
_LEAST_MATTER = 4
# A shorter word is no matter of a title unless it is a name; a beginning stands for its forms.
_LEAST_LETTERS = 4
_STEM = 6
_FEWEST_WORDS = 3  # of a sentence that the title says already
_ANSWER = 40  # letters: an answer to a question passed over is shorter
_LONGEST_LEAD_IN = 160
_WORD = re.compile(r"\w+")
_QUESTION_MARKS = ("?", "？", "؟")
# "The subject is: who writes Wikipedia?" is a statement.
_ASKED_OF = re.compile(r"\w\s?[:：]\s")


class Why(StrEnum):
    """Why a sentence is passed over."""

    ASKS = "it asks"
    LEADS_IN = "it only leads in, asks or advertises"
    NAMELESS = "it does not say who speaks"
    KNOWN = "the title says it"
    REFERS = "it refers to a sentence that is left out"
    LATER = "the news stands further down"
    CUT = "it is cut off"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, with the quotation that it belongs to, and the place of its paragraph."""

    text: str
    paragraph: int


def passed_over(
    sentences: Sequence[Sentence], title: str, references: References
) -> dict[int, Why]:
    """Return the places of the sentences to pass over, with why; none where none would stay."""
    return _Reader(title, references).passed_over(sentences)


def is_question(text: str) -> bool:
    """Tell whether a sentence asks, and does not only say what is asked."""
    return text.endswith(_QUESTION_MARKS) and not _ASKED_OF.search(text)


def is_lead_in(text: str) -> bool:
    """Tell whether a sentence only leads in or asks: "Here is what you need to know"."""
    return len(text) <= _LONGEST_LEAD_IN and phrases().lead_ins.fits(fold(text))


def stands_alone(text: str, references: References) -> bool:
    """Tell whether a sentence can be understood without the one before it."""
    if not is_real(text) or text.endswith((CUT_MARK, *COLONS)):
        return False
    is_said = is_bare(text) or is_nameless(text, references)
    return not is_said and not begins_with(text, references.back)


def joined(sentences: Iterable[Sentence]) -> str:
    """Return the text of `sentences`."""
    return join_sentences(one.text for one in sentences)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Judges the sentences of an article with this `title`."""

    title: str
    references: References

    def passed_over(self, sentences: Sequence[Sentence]) -> dict[int, Why]:
        passed: dict[int, Why] = {}
        for place, sentence in enumerate(sentences):
            why = self._why(sentence, is_first=len(passed) == place)
            if why is None and self._hangs(sentences, place, passed):
                why = Why.REFERS
            if why is not None:
                passed[place] = why
        first = next((place for place in range(len(sentences)) if place not in passed), None)
        if first is None:
            return {}
        for place in range(first, self._news(sentences, first, passed)):
            passed.setdefault(place, Why.LATER)
        return passed

    def _why(self, sentence: Sentence, *, is_first: bool) -> Why | None:
        text = sentence.text
        if is_question(text):
            return Why.ASKS
        if is_lead_in(text):
            return Why.LEADS_IN
        if is_first and (is_bare(text) or is_nameless(text, self.references)):
            return Why.NAMELESS
        return Why.KNOWN if self._is_known(text) else None

    def _is_known(self, text: str) -> bool:
        if len(text) > len(self.title):
            return False
        words = words_of(text)
        return len(words) >= _FEWEST_WORDS and set(words_of(self.title)).issuperset(words)

    def _hangs(self, sentences: Sequence[Sentence], place: int, passed: dict[int, Why]) -> bool:
        """Tell whether a sentence cannot be understood without one passed over before it.

        An answer is short; a quotation belongs to the one before it.
        """
        text = sentences[place].text
        before = passed.get(place - 1)
        if before is None:
            return bool(place) and is_bare(text) and not has_quotation(sentences[place - 1].text)
        if before is Why.ASKS and len(text) < _ANSWER and not is_real(text):
            return True
        return before is not Why.KNOWN and (
            is_bare(text) or begins_with(text, self.references.back)
        )

    def _news(self, sentences: Sequence[Sentence], first: int, passed: dict[int, Why]) -> int:
        """Return the place where the news is told: `first`, or one that has the title's words.

        A short text is its editor's own summary, and begins where it begins.
        """
        title = matter(self.title)
        if len(title) < _LEAST_MATTER or reading_length(joined(sentences)) <= STANDFIRST:
            return first
        said = len(title & matter(sentences[first].text))
        for place in range(first + 1, min(first + _FURTHER_DOWN, len(sentences))):
            text = sentences[place].text
            found = len(title & matter(text))
            is_news = found >= max(said + _MORE_WORDS, _OF_THE_TITLE * len(title))
            if is_news and place not in passed and stands_alone(text, self.references):
                return place
        return first


def matter(text: str) -> frozenset[str]:
    """Return what `text` is about: its longer words, names and numbers, without their endings."""
    if DENSE.search(text):
        return frozenset(word for word in words_of(text) if len(word) > 1 or word.isdigit())
    words = _WORD.findall(text)
    names = {fold(word) for word in words if word[0].isupper() and len(word) > 1}
    is_matter = (
        word
        for word in fold(text).split()
        if len(word) >= _LEAST_LETTERS or word.isdigit() or word in names
    )
    return frozenset(word[:_STEM] for word in is_matter)
