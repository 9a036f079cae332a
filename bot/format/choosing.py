"""The few sentences of an article that a post has room for: who did what, with the numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from bot.format.boilerplate import CUT_MARK
from bot.format.limits import cut_text
from bot.format.passing import (
    COLONS,
    STANDFIRST,
    Sentence,
    Why,
    joined,
    matter,
    passed_over,
    stands_alone,
)
from bot.format.phrases import NO_REFERENCES, phrases
from bot.format.quotations import whole_sentences
from bot.format.sentences import (
    SHORT_LEAD,
    ends_sentence,
    is_real,
    join_sentences,
    reading_length,
    sentence_ends,
    with_stop,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.format.phrases import References
    from bot.models.stories import Article

USUAL_LEAD = 450
"""Characters: two or three sentences. A post is not the article."""
# Text of this length that ends inside a sentence was cut off by its feed; short summaries often
# have no full stop.
_SURELY_CUT = 280
# Of longer text than a standfirst two sentences are enough, unless they are shorter than this.
_SENTENCES = 2
_ENOUGH_SAID = 160
# A shorter text that is no sentence is a label: "Locus Magazine".
_LABEL = 20
# Sentences that are read at all.
_MOST_READ = 14
_LONG = 140  # letters: a shorter sentence finds room in any post
_SHOWN = 40  # letters by which a sentence is found in the lead
_DIGIT = re.compile(r"\d")
# Marks at the end of a text that end nothing, and slashes that do not end an address.
_LAST_MARKS = re.compile(r"(?:[\s|»›→•·*~^<>=–—,;¦-]|(?<=\s)[/\\#_])+$")
_MOST_MARKS = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """A lead: its `text`, the `sentences` that it is made of, and those passed over before its end.

    The last sentence may be cut in `text` where there is no room for all of it. `spare` are shorter
    sentences that say something by themselves, for a post that has no room for the first.
    """

    text: str
    sentences: tuple[Sentence, ...] = ()
    passed_over: tuple[tuple[Sentence, Why], ...] = ()
    spare: tuple[str, ...] = ()


def lead_of(article: Article) -> Choice:
    """Return the lead of a post about `article`."""
    return choose(article.paragraphs, USUAL_LEAD, article.title, article.language)


def choose(paragraphs: Sequence[str], limit: int, title: str = "", language: str = "") -> Choice:
    """Return the lead: all of a short text, of others two good sentences that carry the news.

    At most `limit` by `reading_length`. Passed over are questions, sentences that only lead in or
    say the title again, a first one that does not say who speaks; and those before the first that
    tells what the title is about. Where nothing else is there, the text is taken as it stands.
    """
    known = phrases().references
    references = known.get(language.lower().partition("-")[0], NO_REFERENCES)
    sentences = [*_sentences(paragraphs, references)]
    passed = passed_over(sentences, title, references)
    kept = [one for place, one in enumerate(sentences) if place not in passed]
    chosen = _within(limit, _beginning(kept))
    text = _finished(join_sentences(one.text for one in chosen), limit)
    shown = tuple(one for one in chosen if text and _is_in(one, text))
    last = sentences.index(shown[-1]) if shown else -1
    before = ((sentences[place], why) for place, why in sorted(passed.items()) if place < last)
    left = ((one, Why.CUT) for one in chosen if one not in shown)
    unused = [one for place, one in enumerate(sentences) if passed.get(place) is Why.LATER]
    spare = _spare(unused, shown[0].text, title, references) if shown else ()
    return Choice(text, shown, (*before, *left), spare)


def _spare(
    sentences: Iterable[Sentence], first: str, title: str, references: References
) -> tuple[str, ...]:
    """Return shorter sentences than a long `first` one, with words of the title, by themselves."""
    if len(first) <= _LONG:
        return ()
    wanted = matter(title)
    shorter = (one.text for one in sentences if len(one.text) < len(first))
    about = (text for text in shorter if not wanted.isdisjoint(matter(text)))
    return tuple(text for text in about if stands_alone(text, references))


def _sentences(paragraphs: Sequence[str], references: References) -> Iterator[Sentence]:
    count = 0
    for place, paragraph in enumerate(paragraphs):
        for text in whole_sentences(paragraph, references):
            yield Sentence(text, place)
            count += 1
        if count >= _MOST_READ:
            return


def _beginning(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the paragraph that comes first, of a long one two sentences, and more if it is short.

    A short lead takes the next paragraph; one that says little the next sentence with numbers.
    """
    lead: list[Sentence] = []
    rest = [[*some] for _, some in groupby(sentences, key=attrgetter("paragraph"))]
    while rest and _takes(joined(lead), joined(rest[0])):
        lead += rest.pop(0)
    short = _first_sentences(lead)
    following = rest[0][0] if rest and len(short) == len(lead) else None
    if following and _adds(joined(short), following.text):
        short.append(following)
    return short


def _takes(lead: str, paragraph: str) -> bool:
    return not lead or (len(lead) < SHORT_LEAD and _continues(lead, paragraph))


def _continues(lead: str, paragraph: str) -> bool:
    return ends_sentence(lead) and not lead.endswith(CUT_MARK) and ends_sentence(paragraph)


def _adds(lead: str, following: str) -> bool:
    """Tell whether the next paragraph's first sentence has numbers that a lead has room for."""
    if reading_length(lead) >= _ENOUGH_SAID or following.endswith((CUT_MARK, *COLONS)):
        return False
    has_numbers = is_real(following) and _DIGIT.search(following) is not None
    return has_numbers and _continues(lead, following)


def _first_sentences(lead: list[Sentence]) -> list[Sentence]:
    if reading_length(joined(lead)) <= STANDFIRST:
        return lead
    for count in range(_SENTENCES, len(lead)):
        if reading_length(joined(lead[:count])) >= _ENOUGH_SAID:
            return lead[:count]
    return lead


def _within(limit: int, lead: list[Sentence]) -> list[Sentence]:
    """Leave out last sentences for which there is no room; the first stays, to be cut."""
    count = len(lead)
    while count > 1 and reading_length(joined(lead[:count])) > limit:
        count -= 1
    return lead[:count]


def _finished(lead: str, limit: int) -> str:
    lead = _without_fragment(_without_last_marks(lead))
    is_label = reading_length(lead) < _LABEL and not ends_sentence(lead)
    return "" if is_label else with_stop(cut_text(lead, limit, reading_length))


def _is_in(sentence: Sentence, text: str) -> bool:
    return sentence.text[:_SHOWN].rstrip(f" .{CUT_MARK}:：") in text


def _without_last_marks(lead: str) -> str:
    """Leave out marks that end nothing: "... a battery. |"; a quotation keeps its closing mark."""
    bare = _LAST_MARKS.sub("", lead[-_MOST_MARKS:])
    left = lead[-_MOST_MARKS:][len(bare) :]
    bare = lead[: len(lead) - len(left)]
    if not bare or ("»" in left and bare.count("«") > bare.count("»")):
        return lead
    return bare


def _without_fragment(lead: str) -> str:
    """Leave out a last sentence that is cut off, or that announces a list not shown."""
    is_whole = ends_sentence(lead) and not lead.endswith(CUT_MARK)
    if is_whole or (len(lead) < _SURELY_CUT and not lead.endswith((CUT_MARK, *COLONS))):
        return lead
    end = max((end for end in sentence_ends(lead) if end < len(lead)), default=0)
    if end >= len(lead) / 2:
        return lead[:end]
    if not lead.endswith(COLONS):
        return lead
    return lead[:-1].rstrip() + CUT_MARK if is_real(f"{lead}.") else lead[:end]
