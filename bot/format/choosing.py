"""The few sentences of an article that a post has room for: who did what, with the numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.format.boilerplate import CUT_MARK
from bot.format.limits import cut_text
from bot.format.passing import COLONS, STANDFIRST, Sentence, Why, joined, passed_over, stands_alone
from bot.format.phrases import references_of
from bot.format.quotations import has_early, has_word, whole_sentences
from bot.format.retelling import matter, names_of, new_facts
from bot.format.sentences import (
    ends_sentence,
    is_real,
    join_sentences,
    reading_length,
    sentence_ends,
    with_stop,
)
from bot.format.text import DENSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.format.phrases import References
    from bot.models.stories import Article

USUAL_LEAD = 450
"""Characters: two or three sentences. A post is not the article."""
# Text of this length that ends inside a sentence was cut off by its feed; short summaries often
# have no full stop.
_SURELY_CUT = 280
# Sentences of the same paragraph are added to a lead that is shorter than this, those of the next
# to one that is shorter than the second figure, while they have room; to a thin one in any case.
_ENOUGH_SAID = 240
_ENOUGH_FOR_NEXT = 200
_ROOM = 380
# A sentence that has so many names and numbers of its own is added to one that is longer by that.
_FACTS = 2
_FOR_FACTS = (0, 50, 120)
_MOST_LEFT_OUT = 2
_LEAST_APART = 60  # letters of a sentence that does not follow on the one before it
_THIN = 160
_SENTENCES = 4
_NEWS = 2  # words of the title that the lead has not said yet
_WEAK = 70
_BREAKS = frozenset((Why.LEADS_IN, Why.NAMELESS, Why.REFERS))
_TELLING = 5  # letters
# A shorter text that is no sentence is a label: "Locus Magazine".
_LABEL = 20
# Sentences that are read at all.
_MOST_READ = 14
_LONG = 140  # letters: a shorter sentence finds room in any post
_SHOWN = 40  # letters by which a sentence is found in the lead
# Marks at the end of a text that end nothing, and slashes that do not end an address.
_LAST_MARKS = re.compile(r"(?:[\s|»›→•·*~^<>=–—,;¦-]|(?<=\s)[/\\#_])+$")
_MOST_MARKS = 40
# A text that ends in one of these goes on where its feed cut it off.
_GOES_ON = (",", "，", "、")
_CLAUSES = (", ", "; ", "，", "；")
_LONGEST_STUMP = 30
_SHORTEST_CLAUSE = 20


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
    """Return the lead: all of a short text, of others the sentences that carry the news.

    At most `limit` by `reading_length`. Passed over are questions, sentences that only lead in or
    say the title or each other again, a first one that does not say who speaks; and those before
    the first that tells what the title is about. Where nothing else is there, the text is taken as
    it stands.
    """
    references = references_of(language, " ".join(paragraphs[:2]))
    sentences = [*_sentences(paragraphs, references)]
    passed = passed_over(sentences, title, references)
    kept = [*_unbroken(sentences, passed, title)]
    chosen = _within(limit, _beginning(kept, title, references)) if kept else []
    text = _finished(join_sentences(one.text for one in chosen), limit, references)
    shown = tuple(one for one in chosen if text and _is_in(one, text))
    last = sentences.index(shown[-1]) if shown else -1
    before = (
        (one, passed.get(place, Why.LESS))
        for place, one in enumerate(sentences[: max(last, 0)])
        if place in passed or one not in chosen
    )
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


def _unbroken(
    sentences: Sequence[Sentence], passed: Mapping[int, Why], title: str
) -> Iterator[Sentence]:
    """Yield the sentences to keep, up to a paragraph that is about something else.

    Behind what only led in a text often goes on with another subject.
    """
    told, last, is_broken = matter(title), None, False
    for place, one in enumerate(sentences):
        if place in passed:
            is_broken = is_broken or passed[place] in _BREAKS
            continue
        is_new = last is not None and is_broken and one.paragraph != last.paragraph
        if is_new and not any(len(word) >= _TELLING for word in told & matter(one.text)):
            return
        told, last, is_broken = told | matter(one.text), one, False
        yield one


def _beginning(sentences: Sequence[Sentence], title: str, references: References) -> list[Sentence]:
    """Return the first paragraph, where it is a standfirst, and as much more as says enough.

    A thin one takes a sentence with names or numbers from behind one that has no room or no news.
    """
    first = [one for one in sentences if one.paragraph == sentences[0].paragraph]
    count = len(first) if reading_length(joined(first)) <= STANDFIRST else 1
    lead = [*sentences[:count]]
    left_out, is_apart = 0, False
    for one in sentences[count:]:
        if one.text.startswith("("):
            continue
        follows = not is_apart or _tells_by_itself(one, lead, title, references)
        if follows and _adds(lead, one, title, references):
            lead.append(one)
        elif left_out == _MOST_LEFT_OUT or reading_length(joined(lead)) >= _ENOUGH_FOR_NEXT:
            break
        else:
            is_apart = True
            left_out += ends_sentence(one.text)  # a label takes no place
    while len(lead) > count and _is_weak(lead[-1].text, joined(lead[:-1])):
        lead.pop()
    return lead


def _tells_by_itself(
    one: Sentence, lead: Sequence[Sentence], title: str, references: References
) -> bool:
    """Tell whether a sentence that does not follow on `lead` has facts about the same matter."""
    told = f"{title} {joined(lead)}"
    is_same = any(len(word) >= _TELLING for word in matter(told) & matter(one.text))
    is_clear = stands_alone(one.text, references) and not has_early(one.text, references.pronouns)
    is_telling = len(new_facts(one.text, told, references)) >= _FACTS
    return is_same and is_clear and is_telling and reading_length(one.text) >= _LEAST_APART


def _adds(
    lead: Sequence[Sentence], following: Sentence, title: str, references: References
) -> bool:
    """Tell whether a reader of `lead` needs the sentence that follows.

    It must be whole, unless without it hardly anything would be said, or not what the title says.
    """
    said, wanted = joined(lead), matter(title)
    told = wanted & matter(said)
    length, more = reading_length(said), reading_length(following.text)
    is_next = following.paragraph == lead[-1].paragraph
    is_poor = is_next and (length < _THIN or len(told) < len(wanted) / 2)
    if said.endswith(CUT_MARK):
        return False
    if not is_poor and (more < _LABEL or not _continues(said, following.text)):
        return False
    has_news = len((wanted & matter(following.text)) - told) >= _NEWS
    if has_news or length < _THIN:
        return length + more <= USUAL_LEAD
    facts = new_facts(following.text, f"{title} {said}", references)
    more_said = _FOR_FACTS[min(len(facts), _FACTS)] if is_real(following.text) else 0
    is_enough = length >= (_ENOUGH_SAID if is_next else _ENOUGH_FOR_NEXT) + more_said
    room = min(_ROOM + more_said, USUAL_LEAD)
    return not is_enough and len(lead) < _SENTENCES and length + more <= room


def _is_weak(text: str, lead: str) -> bool:
    """Tell whether a sentence names nothing and `lead` says enough without it."""
    is_short = len(text) < _WEAK and not DENSE.search(text)
    return is_short and not names_of(text) and reading_length(lead) >= _THIN


def _continues(lead: str, following: str) -> bool:
    is_cut = lead.endswith(CUT_MARK) or following.endswith((CUT_MARK, *COLONS))
    is_aside = following.count("(") != following.count(")")
    return ends_sentence(lead) and ends_sentence(following) and not is_cut and not is_aside


def _within(limit: int, lead: list[Sentence]) -> list[Sentence]:
    """Leave out last sentences for which there is no room; the first stays, to be cut."""
    count = len(lead)
    while count > 1 and reading_length(joined(lead[:count])) > limit:
        count -= 1
    return lead[:count]


def _finished(lead: str, limit: int, references: References) -> str:
    bare = _without_last_marks(lead)
    if lead.endswith(_GOES_ON) and not ends_sentence(bare):
        bare = bare.rstrip("".join(_GOES_ON)) + CUT_MARK
    lead = _without_fragment(bare, references)
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


def _without_fragment(lead: str, references: References) -> str:
    """Leave out a last sentence that is cut off, or that announces a list not shown."""
    is_whole = ends_sentence(lead) and not lead.endswith(CUT_MARK)
    if is_whole or (len(lead) < _SURELY_CUT and not lead.endswith((CUT_MARK, *COLONS))):
        return lead
    end = max((end for end in sentence_ends(lead) if end < len(lead)), default=0)
    if end >= len(lead) / 2:
        return lead[:end]
    if not lead.endswith(COLONS):
        return _to_clause(lead, references)
    return lead[:-1].rstrip() + CUT_MARK if is_real(f"{lead}.") else lead[:end]


def _to_clause(lead: str, references: References) -> str:
    """Return a sentence that is cut off to the end of a clause: feeds cut inside of words.

    What tells who said it stays, so do figures and what is one of several short parts.
    """
    end = max(map(lead.rfind, _CLAUSES))
    before = max(lead.rfind(mark, 0, end) for mark in _CLAUSES)
    rest = lead[end + 1 :]
    is_part = before >= 0 and end - before < _SHORTEST_CLAUSE
    if is_part or has_word(rest, references.said) or any(map(str.isdigit, rest)):
        return lead
    if not lead.endswith(CUT_MARK) or len(lead) - end > _LONGEST_STUMP or end < _THIN / 2:
        return lead
    return lead[:end] + CUT_MARK
