"""Lines and list items as text: what stood apart on a page stays apart in a sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import accumulate, pairwise, takewhile
from typing import TYPE_CHECKING

from bot.format.boilerplate import PLACE_IN_RECORDING, is_call, without_frame
from bot.format.passing import COLONS, is_lead_in
from bot.format.phrases import phrases
from bot.format.sentences import ends_sentence, is_real, reading_length, split_sentences, with_stop
from bot.format.text import DENSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.format.blocks import Block

# A text may be wrapped: a line of so many letters may go on in the next.
_WRAPPED = 60
_LABELLED = re.compile(r"[^\W\d_][^:.!?]{1,30}: \S")
_CHAPTER = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?\s+\S")
_CODE = re.compile(r"\w=\S")
_BULLET = re.compile(r"^[•▪●*–-]\s+(?=\S)")
_LONGEST_ENTRY = 80
_LONGEST_LIST = 240
"""Letters of a list that is shown whole behind the line that announces it."""
_LONGEST_ANNOUNCED = 400
_BETWEEN = (",", ";", "，", "；", "、", "-", "–", "—", "|", "/", "·", "…", *COLONS)
_FEWEST = 2
_FEWEST_TOPICS = 3
_MOST_LINKED = 0.5
_LABEL = 20  # letters: "Synopsis:"


def joined_lines(lines: Sequence[str]) -> str:
    """Return `lines` as one text: a wrapped line goes on, others are parted by a sign.

    Several that begin with a time are the chapters of a film, which go.
    """
    others = [line for line in lines if not _CHAPTER.match(line)]
    lines = others if len(lines) - len(others) >= _FEWEST else lines
    text = lines[0] if lines else ""
    for line, following in pairwise(lines):
        text = f"{text}{_between(line, following, is_last=following is lines[-1])}{following}"
    return text


def _between(line: str, following: str, *, is_last: bool) -> str:
    if len(line) >= _WRAPPED and not _LABELLED.match(following):
        return " "
    if ends_sentence(line) or line.endswith(_BETWEEN) or DENSE.search(line):
        return " "
    if not following[:1].isalnum() or _CODE.search(line) or _CODE.search(following):
        return " "
    is_sentence = ends_sentence(following) or (is_last and not _LABELLED.match(following))
    return ". " if is_sentence and is_real(f"{following}.") else "; "


def told_lists(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the blocks; one that announces a short list, or a text, has it in its own sentence.

    The list behind a line that only asks or advertises goes with it.
    """
    waiting = [*blocks]
    is_all_list = not any(one.kind == "text" and is_real(one.text) for one in waiting)
    while waiting:
        block, *waiting = waiting
        items = _items(waiting) if _announces(block) else []
        if items and _is_frame(split_sentences(block.text)[-1]):
            waiting = waiting[len(items) :]
        elif len(items) >= _FEWEST and (entries := _entries(items)):
            waiting = waiting[len(items) :]
            colon = "" if block.text.endswith(COLONS) else ":"
            block = replace(block, text=f"{block.text}{colon} {entries}")
        elif is_all_list and (entries := _entries(topics := _topics([block, *waiting]))):
            waiting = waiting[len(topics) - 1 :]
            block = replace(block, text=entries)
        elif not items and waiting and _goes_on(block, waiting[0]):
            block = replace(block, text=f"{block.text} {waiting[0].text}")
            waiting = waiting[1:]
        yield block


def _announces(block: Block) -> bool:
    """Tell whether a text ends in a colon, or in the middle of a sentence: "interviews with"."""
    is_open = block.text[-1:].islower() and is_real(f"{block.text}.")
    return block.kind == "text" and (is_open or block.text.endswith(COLONS))


def _items(blocks: Sequence[Block]) -> list[Block]:
    return [*takewhile(lambda one: one.kind == "item" or _BULLET.match(one.text), blocks)]


def _topics(blocks: Sequence[Block]) -> Sequence[Block]:
    """Return the items of a list that is all there is, where one of them alone says too little.

    Of a long list these are the first ones. One of links is none, unless of places in a recording.
    """
    items = _items(blocks)
    if len(items) < _FEWEST_TOPICS or all(is_real(one.text) for one in items):
        return ()
    is_recording = any(PLACE_IN_RECORDING.search(one.text) for one in items)
    if not is_recording and any(one.linked > _MOST_LINKED * len(one.text) for one in items):
        return ()
    sizes = accumulate(reading_length(one.text) + 2 for one in items)
    return items[: sum(size <= _LONGEST_LIST for size in sizes)]


def _is_frame(announcement: str) -> bool:
    return is_call(announcement.rstrip(": ")) or is_lead_in(announcement)


def _entries(items: Sequence[Block]) -> str:
    """Return the items as the end of a sentence, "" where there is no room for all of them."""
    texts = [_entry(one.text) for one in items]
    is_short = all(0 < len(text) <= _LONGEST_ENTRY and ": " not in text for text in texts)
    told = with_stop("; ".join(texts).replace(":; ", ": "))
    if not texts or not is_short or reading_length(told) > _LONGEST_LIST:
        return ""
    return told if ends_sentence(told) else f"{told}."


def _entry(text: str) -> str:
    """Return an item without its bullet, its last marks, and the "and" that leads to the next."""
    entry = without_frame(_BULLET.sub("", text, 1)).rstrip(".,;。，；")
    before, _, last = entry.rpartition(" ")
    return before.rstrip(",;") if before and last in phrases().and_ else entry


def _goes_on(block: Block, following: Block) -> bool:
    """Tell whether `block` ends in a colon, and `following` is the quotation that it announces.

    Behind another colon may stand a picture or a film, which are no blocks.
    """
    if block.kind != "text" or not following.quoted or not block.text.endswith(COLONS):
        return False
    announcement, first = split_sentences(block.text)[-1], split_sentences(following.text)[:1]
    is_label = len(announcement) < _LABEL and not DENSE.search(announcement)
    if is_label or not first or not is_real(first[0]) or _is_frame(announcement):
        return False
    return reading_length(announcement) + reading_length(first[0]) <= _LONGEST_ANNOUNCED
