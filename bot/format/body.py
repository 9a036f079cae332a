"""The text of an article itself, for posts that go on where their lead ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.format.boilerplate import CUT_MARK
from bot.format.lead import told_blocks
from bot.format.sentences import join_sentences, reading_length, sentence_ends, split_sentences
from bot.format.text import fold, words_of
from bot.models.stories import Passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.format.blocks import Block
    from bot.format.limits import Measure

MOST_PASSAGES = 100

_SHORT = 1_200
"""Characters: a lead, and all that a quotation under it has room for."""
# A sentence with so many of its words in the lead says the same in another order.
_SAME_WORDS = 0.8
_FEW_WORDS = 5
_LEAST = 80
"""Letters to read under a lead; for less nobody taps."""
_MARKS = {"item": "• "}


def body_of(
    blocks: Iterable[Block], title: str, repeated: frozenset[str], most: int
) -> tuple[Passage, ...]:
    """Return `blocks` as passages of at most `most` characters together, cut at a sentence.

    Left out is what `lead_paragraphs` leaves out; a heading over nothing goes as well.
    """
    found: list[Passage] = []
    for block, text in told_blocks(blocks, title, repeated) if most else ():
        kept = text if len(text) <= most else whole_sentences(text, most, len)
        if kept:
            found.append(Passage(block.kind, kept))
        most -= len(text)
        if most <= 0 or len(found) == MOST_PASSAGES:
            break
    while found and found[-1].kind == "heading":
        found.pop()
    return tuple(found)


def is_short(body: Sequence[Passage]) -> bool:
    """Tell whether `body` says no more than a lead with a quotation under it would show."""
    return size_of(body) < _SHORT


def size_of(body: Iterable[Passage]) -> int:
    """Return how many characters `body` has."""
    return sum(len(passage.text) for passage in body)


def untold(body: Sequence[Passage], lead: str) -> Iterator[Passage]:
    """Yield the passages without the sentences that `lead` says, in whatever words' order."""
    told = _Told(lead)
    for passage in body:
        if passage.kind in {"heading", "code"}:
            yield passage
            continue
        sentences = [each for each in split_sentences(passage.text) if not told.has(each)]
        if sentences:
            yield Passage(passage.kind, join_sentences(sentences))


def read_on(body: Sequence[Passage], lead: str, most: int) -> str:
    """Return what the article says after `lead`: lines of whole sentences, `most` characters.

    A list keeps its bullets. "" where that is too little to be worth a tap.
    """
    told = _Told(lead)
    texts = [passage for passage in body if passage.kind in {"text", "item"}]
    last = max((n for n, one in enumerate(texts) if told.ends_in(one.text)), default=-1)
    rest = (
        texts if last < 0 else [Passage("text", told.rest_of(texts[last].text)), *texts[last + 1 :]]
    )
    lines = [f"{_MARKS.get(one.kind, '')}{one.text}" for one in untold(rest, lead)]
    return shorter("\n".join(lines), most, len)


def shorter(text: str, most: int, measure: Measure) -> str:
    """Return the whole sentences of `text` up to `most`, "" where too few are left."""
    kept = whole_sentences(text, most, measure)
    return kept if reading_length(kept) >= _LEAST else ""


def whole_sentences(text: str, most: int, measure: Measure) -> str:
    """Return as many whole sentences and lines of `text` as measure no more than `most`."""
    if measure(text) <= most:
        return text
    ends = {*sentence_ends(text), *(at for at, sign in enumerate(text) if sign == "\n")}
    fitting = (end for end in sorted(ends, reverse=True) if measure(text[:end]) <= most)
    return text[: next(fitting, 0)].rstrip()


class _Told:
    """The sentences of a lead, which nothing below it says again."""

    def __init__(self, lead: str) -> None:
        sentences = [fold(each.removesuffix(CUT_MARK)) for each in split_sentences(lead)]
        self._sentences = {each for each in sentences if each}
        self._stump = fold(lead.removesuffix(CUT_MARK)) if lead.endswith(CUT_MARK) else ""
        self._words = set(words_of(lead))

    def has(self, sentence: str) -> bool:
        """Tell whether the lead says `sentence`, whole or cut off, or in nearly the same words."""
        folded, words = fold(sentence), set(words_of(sentence))
        if folded in self._sentences:
            return True
        if self._stump and any(folded.startswith(each) for each in self._sentences):
            return True
        return len(words) >= _FEW_WORDS and len(words & self._words) >= _SAME_WORDS * len(words)

    def ends_in(self, text: str) -> bool:
        """Tell whether a sentence of the lead stands in `text`."""
        return any(self.has(each) for each in split_sentences(text))

    def rest_of(self, text: str) -> str:
        """Return what follows the last sentence of the lead in `text`."""
        sentences = split_sentences(text)
        last = max(n for n, each in enumerate(sentences) if self.has(each))
        return join_sentences(sentences[last + 1 :])
