"""The few sentences of an article that a post has room for: who did what, with the numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.format.boilerplate import CUT_MARK
from bot.format.ending import LABEL, finished
from bot.format.passing import COLONS, STANDFIRST, Sentence, Why, joined, passed_over, stands_alone
from bot.format.phrases import phrases, references_of
from bot.format.quotations import begins_with, has_early, whole_sentences
from bot.format.retelling import matter, names_of, new_facts
from bot.format.sentences import ends_sentence, is_real, join_sentences, reading_length, with_stop
from bot.format.text import DENSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.format.phrases import References
    from bot.models.stories import Article

USUAL_LEAD = 540
"""Characters: two to four sentences. A post is not the article."""
# Sentences of the same paragraph are added to a lead that is shorter than this, those of the next
# to one that is shorter than the second figure, while they have room; to a thin one in any case.
_ENOUGH_SAID = 240
_ENOUGH_FOR_NEXT = 200
_ROOM = 380
# A sentence that has so many names and numbers of its own is added to one that is longer by that.
_FACTS = 2
_FOR_FACTS = (0, 50, 120)
# The same for one that is understood by itself, where words of the title count as one.
_FOR_CLEAR_FACTS = (0, 100, 160)
_ENOUGH_APART = 300
_MOST_LEFT_OUT = 2
_LEAST_APART = 60  # letters of a sentence that does not follow on the one before it
_THIN = 160
_SENTENCES = 4
_NEWS = 2  # words of the title that the lead has not said yet
_WEAK = 70
_BREAKS = frozenset((Why.LEADS_IN, Why.NAMELESS, Why.REFERS))
_TELLING = 5  # letters
# Sentences that are read at all.
_MOST_READ = 14
_LONG = 140  # letters: a shorter sentence finds room in any post
_SHOWN = 40  # letters by which a sentence is found in the lead
# "... minister raceLos Angeles Times Liberal Democrats ... surgeThe Guardian": headlines.
_RUN_TOGETHER = re.compile(r"[a-z]{3}[A-Z][a-z]+ [A-Z]")
_FEW_RUN_TOGETHER = 2


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
    if whole := _stopped(kept, limit, title, references):
        sentences[sentences.index(kept[0])] = kept[0] = whole
    chosen = _within(limit, _beginning(kept, title, references)) if kept else []
    text = finished(join_sentences(one.text for one in chosen), limit, references)
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


def _stopped(
    kept: Sequence[Sentence], limit: int, title: str, references: References
) -> Sentence | None:
    """Return the first sentence with a full stop for its colon, if the lead goes on behind it.

    What the colon announces is code, a picture or a long list, which no lead shows. "Like this:"
    and "something like:" stay: they say nothing without it.
    """
    if not kept[1:] or not kept[0].text.endswith(COLONS):
        return None
    text = with_stop(kept[0].text.rstrip("".join(COLONS)).rstrip())
    last = text.rpartition(" ")[2].rstrip(".")
    is_open = last in phrases().any_short or begins_with(last, references.back)
    goes_on = kept[1].text[:1].isalnum() and _is_clear(kept[1].text, references)
    if is_open or not goes_on or not ends_sentence(text):
        return None
    whole = Sentence(text, kept[0].paragraph)
    lead = _within(limit, _beginning([whole, *kept[1:]], title, references))
    return whole if lead[1:] else None


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
        elif left_out == _MOST_LEFT_OUT or reading_length(joined(lead)) >= _ENOUGH_APART:
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
    is_telling = len(new_facts(one.text, told, references)) + _shares(one, title) >= _FACTS
    return _shares(one, told) and is_telling and _is_clear(one.text, references)


def _shares(one: Sentence, text: str) -> bool:
    """Tell whether a sentence is about something that `text` is about."""
    return any(len(word) >= _TELLING for word in matter(text) & matter(one.text))


def _is_clear(text: str, references: References) -> bool:
    """Tell whether a sentence says something by itself, and not of "him" or "me"."""
    is_long = reading_length(text) >= _LEAST_APART
    is_known = stands_alone(text, references) and not has_early(text, references.pronouns)
    return is_long and is_known


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
    if not is_poor and (more < LABEL or not _continues(said, following.text)):
        return False
    has_news = len((wanted & matter(following.text)) - told) >= _NEWS
    if has_news or length < _THIN:
        return length + more <= USUAL_LEAD
    more_said = _for_facts(following, said, title, references)
    is_enough = length >= (_ENOUGH_SAID if is_next else _ENOUGH_FOR_NEXT) + more_said
    room = min(_ROOM + more_said, USUAL_LEAD)
    return not is_enough and len(lead) < _SENTENCES and length + more <= room


def _for_facts(one: Sentence, said: str, title: str, references: References) -> int:
    """Return by how many letters a lead may be longer, so that `one` is added to what is `said`."""
    if not is_real(one.text):
        return 0
    facts = len(new_facts(one.text, f"{title} {said}", references))
    usual = _FOR_FACTS[min(facts, _FACTS)]
    if not _is_clear(one.text, references):
        return usual
    return max(usual, _FOR_CLEAR_FACTS[min(facts + _shares(one, title), _FACTS)])


def _is_weak(text: str, lead: str) -> bool:
    """Tell whether a sentence names nothing and `lead` says enough without it."""
    is_short = len(text) < _WEAK and not DENSE.search(text)
    return is_short and not names_of(text) and reading_length(lead) >= _THIN


def _continues(lead: str, following: str) -> bool:
    is_cut = lead.endswith(CUT_MARK) or following.endswith((CUT_MARK, *COLONS))
    is_aside = following.count("(") != following.count(")")
    is_cut = is_cut or len(_RUN_TOGETHER.findall(following)) >= _FEW_RUN_TOGETHER
    return ends_sentence(lead) and ends_sentence(following) and not is_cut and not is_aside


def _within(limit: int, lead: list[Sentence]) -> list[Sentence]:
    """Leave out last sentences for which there is no room; the first stays, to be cut."""
    count = len(lead)
    while count > 1 and reading_length(joined(lead[:count])) > limit:
        count -= 1
    return lead[:count]


def _is_in(sentence: Sentence, text: str) -> bool:
    return sentence.text[:_SHOWN].rstrip(f" .{CUT_MARK}:：") in text
