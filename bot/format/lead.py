"""The paragraphs that carry the news, and the few sentences of them that a post has room for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.format.boilerplate import (
    CUT_MARK,
    is_boilerplate,
    is_byline,
    is_call,
    without_frame,
    without_opening,
)
from bot.format.limits import cut_text
from bot.format.repeats import without_title
from bot.format.sentences import ends_sentence, join_sentences, sentence_ends, split_sentences
from bot.format.text import DENSE, fold
from bot.format.titles import TITLE_START, is_title, title_taken_off

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.format.blocks import Block

MOST_PARAGRAPHS = 12
MOST_CHARACTERS = 4_000
# A lead that is shorter takes the next paragraph, too, if it has whole sentences.
_SHORT_LEAD = 100
# A real sentence has at least this many characters; Chinese and Japanese say it in fewer.
_REAL = 40
_REAL_DENSE = 12
# Text of this length that ends inside a sentence was cut off by its feed; short summaries often
# have no full stop.
_SURELY_CUT = 280
# An editor's text to be read at once is shown whole up to this length (in letters); of longer
# text two sentences are enough, unless they are shorter than the second figure.
_STANDFIRST = 280
_SENTENCES = 2
_ENOUGH_SAID = 160
# A shorter text that is no sentence is a label: "Locus Magazine".
_LABEL = 20
# "Genre: drama Country: France Director: ...": this many labels are a form, not a text.
_LABELS_OF_A_FORM = 4
_LONGEST_ENTRY = 60
# Text that is mostly links is a list of links.
_MOSTLY_LINKS = 0.7
_LONGEST_LINKS = 120
# Keywords that some feeds put behind a summary: "(Security, Browser)".
_KEYWORDS = re.compile(r"\([^().!?]{2,80}\)")
# "..., built in an hour: https://...": the post has its own link.
_LAST_ADDRESS = re.compile(r"(?<![\s:：(\[<–—-])[\s:：(\[<–—-]*https?://\S+$")
_COLONS = (":", "：")
_QUESTION_MARKS = ("?", "？", "؟")
# "The subject is: who writes Wikipedia?" is a statement.
_ASKED_OF = re.compile(r"\w\s?[:：]\s")
# Marks at the end of a text that end nothing, and slashes that do not end an address.
_LAST_MARKS = re.compile(r"(?:[\s|»›→•·*~^<>=–—,;¦-]|(?<=\s)[/\\#_])+$")
_MOST_MARKS = 40


@dataclass(slots=True)
class _Reader:
    """Takes the paragraphs of one article, without sentences that it has read before.

    `repeated` are folded lines and sentences that other items of the feed have, too.
    """

    title: str
    repeated: frozenset[str] = frozenset()
    seen: set[str] = field(default_factory=set)

    def paragraphs(self, blocks: Iterable[Block]) -> list[str]:
        """Return the paragraphs of `blocks`; those with addresses only where all have them."""
        found = (self._paragraph(block) for block in blocks if _may_be_lead(block))
        read = [paragraph for paragraph in found if paragraph]
        return [paragraph for paragraph in read if "://" not in paragraph] or read

    def _paragraph(self, block: Block) -> str:
        lines = (without_frame(line) for line in block.text.split("\n"))
        text = " ".join(line for line in lines if line and not self._is_frame(line))
        text = "" if is_title(text, self.title) else title_taken_off(text, self.title)
        text = without_opening(text)
        sentences = [each for each in split_sentences(text) if self._is_new(each)]
        if len(sentences) > 1 and _KEYWORDS.fullmatch(sentences[-1]):
            sentences.pop()
        kept = [each for each in sentences if "://" not in each]
        kept = kept or [_LAST_ADDRESS.sub("", each) for each in sentences]
        text = without_frame(join_sentences(kept))
        return "" if _is_form(text) else text

    def _is_frame(self, line: str) -> bool:
        return is_boilerplate(line) or self._is_repeated(line)

    def _is_repeated(self, text: str) -> bool:
        return bool(self.repeated) and fold(without_title(text, self.title)) in self.repeated

    def _is_new(self, sentence: str) -> bool:
        folded = fold(sentence)
        if folded in self.seen or self._is_repeated(sentence):
            return False
        if is_call(sentence) or is_byline(sentence) or is_title(sentence, self.title):
            return False
        if len(folded) >= TITLE_START:  # short ones may well be said twice
            self.seen.add(folded)
        return True


def lead_paragraphs(
    summary: Sequence[Block],
    content: Sequence[Block],
    title: str,
    repeated: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """Return the candidates for a lead in reading order: the summary's, if it tells something.

    At most 12 paragraphs and 4,000 characters. Left out: share, comment and rating boxes, bylines,
    captions, headings, the title again, anything said before (accented or not), and `repeated`
    lines (see `repeats.find_repeats`).
    """
    short = _from_first_real(_Reader(title, repeated).paragraphs(summary))
    long = _from_first_real(_Reader(title, repeated).paragraphs(content))
    return _capped(long if _is_better(long, short) else short)


def is_good_lead(paragraphs: Sequence[str]) -> bool:
    """Tell whether `paragraphs` begin with a sentence that says something and is whole."""
    return bool(paragraphs) and is_real(paragraphs[0]) and not paragraphs[0].endswith(CUT_MARK)


def lead_text(paragraphs: Sequence[str], limit: int) -> str:
    """Return the beginning of `paragraphs`: all of a short text, of others two good sentences.

    At most `limit` by `reading_length`.
    """
    lead = ""
    for paragraph in paragraphs:
        if lead and (len(lead) >= _SHORT_LEAD or not _continues(lead, paragraph)):
            break
        lead = join_sentences([lead, paragraph]) if lead else paragraph
    lead = _first_sentences(_without_fragment(_without_last_marks(lead)))
    lead = _without_questions(lead)
    is_label = reading_length(lead) < _LABEL and not ends_sentence(lead)
    return "" if is_label else cut_text(lead, limit, reading_length)


def _without_last_marks(lead: str) -> str:
    """Leave out marks that end nothing: "... a battery. |"; a quotation keeps its closing mark."""
    bare = _LAST_MARKS.sub("", lead[-_MOST_MARKS:])
    left = lead[-_MOST_MARKS:][len(bare) :]
    bare = lead[: len(lead) - len(left)]
    if not bare or ("»" in left and bare.count("«") > bare.count("»")):
        return lead
    return bare


def _without_questions(lead: str) -> str:
    """Leave out questions at the end, whose answers are not shown; a lead of questions stays."""
    rest = lead
    while rest.endswith(_QUESTION_MARKS):
        end = max((end for end in sentence_ends(rest) if end < len(rest)), default=0)
        if _ASKED_OF.search(rest[end:]) or not is_real(rest[:end]):
            return lead
        rest = rest[:end]
    return rest


def _first_sentences(lead: str) -> str:
    if reading_length(lead) <= _STANDFIRST:
        return lead
    for end in sentence_ends(lead)[_SENTENCES - 1 :]:
        if reading_length(lead[:end]) >= _ENOUGH_SAID:
            return lead[:end]
    return lead


def _without_fragment(lead: str) -> str:
    """Leave out a last sentence that is cut off, or that announces a list not shown."""
    is_whole = ends_sentence(lead) and not lead.endswith(CUT_MARK)
    if is_whole or (len(lead) < _SURELY_CUT and not lead.endswith((CUT_MARK, *_COLONS))):
        return lead
    end = max((end for end in sentence_ends(lead) if end < len(lead)), default=0)
    if end >= len(lead) / 2:
        return lead[:end]
    if not lead.endswith(_COLONS):
        return lead
    return lead[:-1].rstrip() + CUT_MARK if is_real(f"{lead}.") else lead[:end]


def reading_length(text: str) -> int:
    """Return how long `text` takes to read, in letters: a Chinese or Japanese sign counts two."""
    return len(text) + len(DENSE.findall(text))


def _continues(lead: str, paragraph: str) -> bool:
    return ends_sentence(lead) and not lead.endswith(CUT_MARK) and ends_sentence(paragraph)


def _may_be_lead(block: Block) -> bool:
    if block.kind in {"heading", "code"}:
        return False
    is_links = block.linked > _MOSTLY_LINKS * len(block.text)
    return not (is_links and len(block.text) < _LONGEST_LINKS and not ends_sentence(block.text))


def _is_better(long: Sequence[str], short: Sequence[str]) -> bool:
    """The content beats a summary that tells nothing, or that is the content cut off."""
    if not long or not short:
        return bool(long)
    if not is_real(short[0]):
        return is_real(long[0])
    is_cut = short[-1].endswith(CUT_MARK) or not ends_sentence(short[-1])
    return is_cut and _begins_alike(long[0], short[0])


def _begins_alike(one: str, other: str) -> bool:
    start = fold(other.removesuffix(CUT_MARK))[:60]
    return fold(one).startswith(start) or start.startswith(fold(one))


def is_real(text: str) -> bool:
    """Tell whether `text` says something: a sentence, not a label."""
    return len(text) >= (_REAL_DENSE if DENSE.search(text) else _REAL) and (
        ends_sentence(text) or len(text) >= 2 * _REAL
    )


def _from_first_real(paragraphs: list[str]) -> list[str]:
    """Leave out short lines before the first real sentence: kickers, labels, names."""
    for index, paragraph in enumerate(paragraphs):
        if is_real(paragraph):
            return paragraphs[index:]
    return paragraphs


def _capped(paragraphs: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    room = MOST_CHARACTERS
    for paragraph in paragraphs[:MOST_PARAGRAPHS]:
        text = cut_text(paragraph, room, len)
        if text:
            kept.append(text)
        room -= len(paragraph)
        if room <= 0:
            break
    return tuple(kept)


def _is_form(text: str) -> bool:
    labels = text.count(": ")
    return labels >= _LABELS_OF_A_FORM and len(text) < labels * _LONGEST_ENTRY
