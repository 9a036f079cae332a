"""The paragraphs of an article from which its lead is chosen (`choosing.py`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from bot.format.boilerplate import (
    CUT_MARK,
    is_boilerplate,
    is_byline,
    is_call,
    without_frame,
    without_opening,
)
from bot.format.completing import completed
from bot.format.limits import cut_text
from bot.format.lines import joined_lines, told_lists
from bot.format.passing import is_lead_in, is_question
from bot.format.repeats import without_title
from bot.format.retelling import matter
from bot.format.sentences import (
    SHORT_LEAD,
    ends_sentence,
    is_real,
    join_sentences,
    reading_length,
    spaced,
    split_sentences,
    with_stop,
)
from bot.format.text import fold
from bot.format.titles import TITLE_START, is_title, title_taken_off

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.format.blocks import Block
    from bot.models.stories import TextSource

MOST_PARAGRAPHS = 12
MOST_CHARACTERS = 4_000
# "Genre: drama Country: France Director: ...": this many labels are a form, not a text.
_LABELS_OF_A_FORM = 4
_LONGEST_ENTRY = 60
# So many paragraphs may stand between a short summary and the text that goes on with it.
_MOST_NOTES = 3
_NUMBERED = re.compile(r"\d{1,2}[.)、]")
# Text that is mostly links is a list of links.
_MOSTLY_LINKS = 0.7
_LONGEST_LINKS = 120
# Keywords that some feeds put behind a summary: "(Security, Browser)".
_KEYWORDS = re.compile(r"\([^().!?]{2,80}\)")
# "..., built in an hour: https://...": the post has its own link.
_LAST_ADDRESS = re.compile(r"(?<![\s:：(\[<–—-])[\s:：(\[<–—-]*https?://\S+$")


class Paragraph(NamedTuple):
    """A candidate for the lead, and where it stood."""

    text: str
    origin: TextSource


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
        found = (self.paragraph(block) for block in told_lists(blocks) if _may_be_lead(block))
        read = [paragraph for paragraph in found if paragraph]
        return [paragraph for paragraph in read if "://" not in paragraph] or read

    def paragraph(self, block: Block) -> str:
        lines = (without_frame(line) for line in block.text.split("\n"))
        text = joined_lines([line for line in lines if line and not self.is_frame(line)])
        text = "" if is_title(text, self.title) else title_taken_off(text, self.title)
        text = without_opening(spaced(text))
        sentences = [each for each in split_sentences(text) if self._is_new(each)]
        if len(sentences) > 1 and _KEYWORDS.fullmatch(sentences[-1]):
            sentences.pop()
        kept = [each for each in sentences if "://" not in each]
        kept = kept or [_LAST_ADDRESS.sub("", each) for each in sentences]
        text = without_frame(join_sentences(kept))
        return "" if _is_form(text) else text

    def is_frame(self, line: str) -> bool:
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


def told_blocks(
    blocks: Iterable[Block], title: str, repeated: frozenset[str] = frozenset()
) -> Iterator[tuple[Block, str]]:
    """Yield the blocks that tell something, each with its text as `lead_paragraphs` has it.

    Headings and code come as they stand, but for what stands around every article.
    """
    reader = _Reader(title, repeated)
    for block in blocks:
        if block.kind in {"heading", "code"}:
            is_frame = reader.is_frame(block.text) or is_title(block.text, title)
            text = "" if block.kind == "heading" and is_frame else block.text
        else:
            text = reader.paragraph(block) if _may_be_lead(block) else ""
        if text:
            yield block, text


def lead_paragraphs(
    summary: Sequence[Block],
    content: Sequence[Block],
    title: str,
    repeated: frozenset[str] = frozenset(),
) -> tuple[Paragraph, ...]:
    """Return the candidates for a lead in reading order: the summary's, if it tells something.

    A summary that tells little is followed by the content; one that is cut off gets the end of its
    sentence from there. At most 12 paragraphs and 4,000 characters. Left out: share, comment and
    rating boxes, bylines, captions, headings, the title again, anything said before (accented or
    not), and `repeated` lines (see `repeats.find_repeats`).
    """
    reader = _Reader(title, repeated)
    short = _from_first_real(reader.paragraphs(summary))
    long = _from_first_real(_Reader(title, repeated).paragraphs(content))
    if _is_better(long, short):
        return capped(Paragraph(text, "content") for text in long)
    told = whole_paragraphs([Paragraph(text, "summary") for text in short], long)
    if says_little(one.text for one in told):
        more = about_it(_from_first_real(reader.paragraphs(content)), title, short)
        told += [Paragraph(text, "content") for text in more]
    return capped(told)


def about_it(paragraphs: Sequence[str], title: str, told: Iterable[str]) -> Sequence[str]:
    """Return `paragraphs` from the first that goes on with what was `told` and is no note or frame.

    None where none of the first few does.
    """
    known = matter(title).union(*map(matter, told))
    for place, text in enumerate(paragraphs[:_MOST_NOTES]):
        is_note = place > 0 and _NUMBERED.match(text)
        if is_real(text) and not is_note and not known.isdisjoint(matter(text)):
            return paragraphs[place:]
    return ()


def whole_paragraphs(told: Iterable[Paragraph], wholes: Sequence[str]) -> list[Paragraph]:
    """Return `told`, with the ends of those that are cut off, where one of `wholes` has them."""
    return [_completed(one, wholes) for one in told]


def _completed(told: Paragraph, wholes: Sequence[str]) -> Paragraph:
    text = completed(told.text, wholes)
    return told if text == told.text else Paragraph(text, "completed")


def says_little(told: Iterable[str]) -> bool:
    """Tell whether `told` are whole sentences, but few: more may follow."""
    text = with_stop(join_sentences(told))
    return ends_sentence(text) and reading_length(text) < SHORT_LEAD


def is_good_lead(paragraphs: Sequence[str]) -> bool:
    """Tell whether `paragraphs` begin with a sentence that says something and is whole."""
    return bool(paragraphs) and is_real(paragraphs[0]) and not paragraphs[0].endswith(CUT_MARK)


def _may_be_lead(block: Block) -> bool:
    if block.kind in {"heading", "code"} or "```" in block.text:
        return False
    is_links = block.linked > _MOSTLY_LINKS * len(block.text)
    return not (is_links and len(block.text) < _LONGEST_LINKS and not ends_sentence(block.text))


def _is_better(long: Sequence[str], short: Sequence[str]) -> bool:
    """The content beats a summary that tells nothing, or that is the content cut off."""
    if not long or not short:
        return bool(long)
    if not is_real(short[0]) or all(map(_says_nothing, short)):
        return is_real(long[0])
    is_cut = short[-1].endswith(CUT_MARK) or not ends_sentence(short[-1])
    return is_cut and _begins_alike(long[0], short[0])


def _says_nothing(paragraph: str) -> bool:
    """Tell whether all that `paragraph` does is ask and lead in."""
    return all(is_question(each) or is_lead_in(each) for each in split_sentences(paragraph))


def _begins_alike(one: str, other: str) -> bool:
    start = fold(other.removesuffix(CUT_MARK))[:60]
    return fold(one).startswith(start) or start.startswith(fold(one))


def _from_first_real(paragraphs: list[str]) -> list[str]:
    """Leave out short lines before the first real sentence: kickers, labels, names.

    What announces a list or code is one, too: without it, what follows is not understood.
    """
    for index, paragraph in enumerate(paragraphs):
        if is_real(paragraph) or (paragraph.endswith(":") and is_real(f"{paragraph[:-1]}.")):
            return paragraphs[index:]
    return paragraphs


def capped(paragraphs: Iterable[Paragraph]) -> tuple[Paragraph, ...]:
    """Return as many of `paragraphs` as an article keeps."""
    kept: list[Paragraph] = []
    room = MOST_CHARACTERS
    for text, origin in islice(paragraphs, MOST_PARAGRAPHS):
        if shown := cut_text(text, room, len):
            kept.append(Paragraph(shown, origin))
        room -= len(text)
        if room <= 0:
            break
    return tuple(kept)


def _is_form(text: str) -> bool:
    labels = text.count(": ")
    return labels >= _LABELS_OF_A_FORM and len(text) < labels * _LONGEST_ENTRY
