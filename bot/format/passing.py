"""Which sentences of an article its lead passes over, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.format.boilerplate import CUT_MARK
from bot.format.phrases import phrases
from bot.format.quotations import begins_with, has_early, has_quotation, is_bare, is_nameless
from bot.format.retelling import covers, matter, names_of, new_facts, retells, retold_by
from bot.format.sentences import ends_sentence, is_real, join_sentences, reading_length
from bot.format.text import fold, words_of
from bot.wording import marked

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
# One that says what was done may have so many fewer of them.
_FEWER_WORDS = 1
_LEAST_MATTER = 4
_FEWEST_WORDS = 3  # of a sentence that the title says already
_ANSWER = 40  # letters: an answer to a question passed over is shorter
_LONGEST_LEAD_IN = 160
_LONGEST_VAGUE = 80
_LONGEST_FULLER = 350
_ENOUGH_LEFT = 60  # letters that follow a first sentence, so that it can be spared
# A first sentence with so many numbers that are no years is the news, whatever the title's words.
_FIGURES = 2
_FIGURE = re.compile(r"(?<![\w-])(?!(?:19|20)\d\d(?!\d))\d+(?:[.,]\d+)*")
_QUESTION_MARKS = ("?", "？", "؟")
# "3. extend it": the third of a list.
_ITEM = re.compile(r"(\d{1,2})[.)]\s+(?=[^\W\d_])")
# "The subject is: who writes Wikipedia?" is a statement.
_ASKED_OF = re.compile(r"\w\s?[:：]\s")


class Why(StrEnum):
    """Why a sentence is passed over."""

    ASKS = marked("it asks")
    LEADS_IN = marked("it only leads in, asks or advertises")
    NAMELESS = marked("it does not say who speaks")
    KNOWN = marked("the title says it")
    AGAIN = marked("another sentence says it")
    VAGUE = marked("it names nothing")
    REFERS = marked("it refers to a sentence that is left out")
    LATER = marked("the news stands further down")
    SCENE = marked("it sets the scene, and the news follows")
    LESS = marked("one behind it says more")
    CUT = marked("it is cut off")


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
        kept = [place for place in range(len(sentences)) if place not in passed]
        if not kept:
            return self._questions(sentences, passed)
        news, why = self._news(sentences, kept[0], passed)
        for place in range(kept[0], news):
            passed.setdefault(place, why)
        return passed | self._said_again(sentences, [each for each in kept if each not in passed])

    def _questions(self, sentences: Sequence[Sentence], passed: dict[int, Why]) -> dict[int, Why]:
        """Return the questions alone, where all would be passed over and the rest tells more."""
        asked: dict[int, Why] = {place: why for place, why in passed.items() if why is Why.ASKS}
        left = [one for place, one in enumerate(sentences) if place not in asked]
        is_telling = reading_length(joined(left)) >= _ENOUGH_LEFT
        return asked if is_telling and stands_alone(left[0].text, self.references) else {}

    def _said_again(self, sentences: Sequence[Sentence], kept: list[int]) -> dict[int, Why]:
        """Return the places of sentences whose matter the title has, or those kept before them."""
        found: dict[int, Why] = {}
        if len(kept) > 1 and (why := self._gives_way(sentences, *kept[:2])):
            found[kept.pop(0)] = why
        told = self.title
        for before, place in pairwise(kept[:_FURTHER_DOWN]):
            told = f"{told} {sentences[before].text}"
            text = sentences[place].text
            is_other = sentences[place].paragraph != sentences[before].paragraph
            is_again = is_other and (retells(text, told) or covers(text, self.title))
            if is_again and not self._is_needed(sentences[place : place + 2]):
                found[place] = Why.AGAIN
        return found

    def _is_needed(self, pair: Sequence[Sentence]) -> bool:
        """Tell whether the second of two sentences refers to the first."""
        return len(pair) > 1 and begins_with(pair[1].text, self.references.back)

    def _gives_way(self, sentences: Sequence[Sentence], first: int, second: int) -> Why | None:
        """Return why the first sentence gives way to the next, which does without it; else None."""
        text, following = sentences[first].text, sentences[second].text
        if not stands_alone(following, self.references):
            return None
        if self._is_title(text, following):
            return Why.KNOWN
        if self._is_vague(text) and not self._is_vague(following):
            return Why.VAGUE if reading_length(joined(sentences)) > STANDFIRST else None
        is_other = sentences[first].paragraph != sentences[second].paragraph
        is_fuller = is_other and reading_length(following) <= _LONGEST_FULLER
        return Why.AGAIN if is_fuller and retold_by(text, following) else None

    def _is_title(self, text: str, following: str) -> bool:
        """Tell whether `text` is the title in other words, and `following` needs no more of it."""
        is_title = retells(text, self.title) or (
            covers(text, self.title) and bool(names_of(following))
        )
        if not is_title or not self._has_names_of(text) or retells(following, self.title):
            return False
        is_clear = not has_early(following, self.references.pronouns)
        return is_clear and reading_length(following) >= _ENOUGH_LEFT

    def _has_names_of(self, text: str) -> bool:
        """Tell whether the title has all names that `text` has."""
        known = matter(self.title)
        return all(matter(name) <= known for name in names_of(text))

    def _is_vague(self, text: str) -> bool:
        """Tell whether a sentence refers back, and to nothing that is named: "It was close."."""
        if len(text) > _LONGEST_VAGUE or not begins_with(text, self.references.back):
            return False
        return not names_of(text) and matter(self.title).isdisjoint(matter(text))

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

    def _is_concrete(self, text: str) -> bool:
        """Tell whether a first sentence reports with figures, and says of what."""
        is_reporting = len(_FIGURE.findall(text)) >= _FIGURES
        return is_reporting and not begins_with(text, self.references.back)

    def _hangs(self, sentences: Sequence[Sentence], place: int, passed: dict[int, Why]) -> bool:
        """Tell whether a sentence cannot be understood without one passed over before it.

        An answer is short; a quotation belongs to the one before it.
        """
        text = sentences[place].text
        before = passed.get(place - 1)
        if self._is_later_item(sentences, place, passed):
            return True
        if before is None:
            return bool(place) and is_bare(text) and not has_quotation(sentences[place - 1].text)
        if before is Why.ASKS and len(text) < _ANSWER and not is_real(text):
            return True
        return before is not Why.KNOWN and (
            is_bare(text) or begins_with(text, self.references.back)
        )

    def _is_later_item(
        self, sentences: Sequence[Sentence], place: int, passed: dict[int, Why]
    ) -> bool:
        """Tell whether a sentence is an entry of a numbered list without the one before it.

        A German ordinal is one only before a small letter: "2. Bundesliga".
        """
        item = _ITEM.match(sentences[place].text)
        if item is None or int(item[1]) <= 1 or sentences[place].text[item.end()].isupper():
            return False
        kept = (one.text for earlier, one in enumerate(sentences[:place]) if earlier not in passed)
        return not any(text.startswith(str(int(item[1]) - 1)) for text in kept)

    def _news(
        self, sentences: Sequence[Sentence], first: int, passed: dict[int, Why]
    ) -> tuple[int, Why]:
        """Return the place where the news is told, and why what stands before it is passed over.

        That is `first`, a sentence that says what was done, the one that has the title's words,
        or, where the first only sets the scene, one that names somebody. A short text is its
        editor's own summary, and begins where it begins, unless it begins with such a scene.
        """
        begin = sentences[first].text
        if self._is_concrete(begin):
            return first, Why.LATER
        further = range(first + 1, min(first + _FURTHER_DOWN, len(sentences)))
        alone = [
            (place, sentences[place].text)
            for place in further
            if place not in passed
            and ends_sentence(sentences[place].text)
            and stands_alone(sentences[place].text, self.references)
        ]
        is_short = reading_length(joined(sentences)) <= STANDFIRST
        signs = (self._says_what_was_done, self._has_the_title) if not is_short else ()
        for has_news in (*signs, self._follows_a_scene):
            place = next((place for place, text in alone if has_news(text, begin)), None)
            if place is not None:
                return place, Why.SCENE if has_news == self._follows_a_scene else Why.LATER
        return first, Why.LATER

    def _in_title(self, text: str) -> int:
        """Return how much of the title's matter `text` has."""
        return len(matter(self.title) & matter(text))

    def _has_the_title(self, text: str, begin: str) -> bool:
        """Tell whether `text` has the title's words, and far more of them than `begin`."""
        wanted = len(matter(self.title))
        least = max(self._in_title(begin) + _MORE_WORDS, _OF_THE_TITLE * wanted)
        return wanted >= _LEAST_MATTER and self._in_title(text) >= least

    def _says_what_was_done(self, text: str, begin: str) -> bool:
        """Tell whether `text` says what was done or found, and `begin` does not."""
        deeds = phrases().deeds
        if not deeds.fits(fold(text)) or deeds.fits(fold(begin)):
            return False
        return self._in_title(text) >= max(1, self._in_title(begin) - _FEWER_WORDS)

    def _follows_a_scene(self, text: str, begin: str) -> bool:
        """Tell whether `begin` sets a scene, and `text` names somebody or something in it."""
        scenes, said = phrases().scenes, self._in_title(begin)
        is_clear = said >= _OF_THE_TITLE * len(matter(self.title))  # it goes on with the news
        if is_clear or not scenes.fits(fold(begin)) or scenes.fits(fold(text)):
            return False
        is_telling = reading_length(text) >= _ENOUGH_LEFT and bool(
            new_facts(text, begin, self.references)
        )
        return is_telling and self._in_title(text) >= max(1, said)
