"""Lines and pictures that several items of a feed in a row share: they are no news."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING
from zlib import crc32

from bot.format.blocks import read_blocks, read_title
from bot.format.boilerplate import is_boilerplate, without_frame
from bot.format.phrases import phrases
from bot.format.sentences import reading_length, split_sentences
from bot.format.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.models.feeds import Item

IN_A_ROW = 3
MOST_ITEMS = 12
_MOST_TEXT = 4_000  # characters of an item: no lead comes from further down
_SHORTEST_TITLE = 4  # letters
_FEWEST_WORDS = 4
_SHORTEST_SENTENCE = 12  # letters to read; "Hay quá!" may well be said three times


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """`lines`: folded lines and sentences with how they stand in the feed; `images`: addresses."""

    lines: Mapping[str, str] = field(default_factory=dict)
    images: frozenset[str] = frozenset()


NO_REPEATS = Repeats()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an item says, as far as others may say it, too: hashes, with the texts where known."""

    title: int
    lines: Mapping[int, str]
    images: Mapping[int, str]


class Forgotten(LookupError):
    """Items repeat something of which only the hash is known."""


def find_repeats(items: Iterable[Item]) -> Repeats:
    """Return the lines, sentences and pictures that three items in a row have in common.

    `items` are in the feed's order; the first 12 are looked at. Items of one title count once:
    they are the same article. Lines that are recognised as no part of an article anyway are not
    among them.
    """
    return repeats_of([said_by(item) for item in islice(items, MOST_ITEMS)])


def said_by(item: Item) -> Said:
    """Return what `item` says, with its texts."""
    return Said(
        title=_hash(fold(read_title(item.title))),
        lines={_hash(folded): line for folded, line in _lines(item).items() if folded},
        images={_hash(image.url): image.url for image in item.images},
    )


def repeats_of(items: Iterable[Said], texts: Mapping[int, str] = MappingProxyType({})) -> Repeats:
    """Return what three items in a row have in common; `texts` are those known from before.

    Raises Forgotten.
    """
    lines: dict[str, str] = {}
    images: set[str] = set()
    row: list[Said] = []
    titles: list[int] = []
    for item in items:
        if item.title and item.title in titles:
            continue
        titles = [*titles, item.title][1 - IN_A_ROW :]
        row = [*row, item][-IN_A_ROW:]
        if len(row) == IN_A_ROW:
            lines.update(_no_news(_common([one.lines for one in row], texts)))
            images.update(_common([one.images for one in row], texts))
    return Repeats(lines=lines, images=frozenset(images))


def repeated_texts(items: Iterable[Said]) -> dict[int, str]:
    """Return the texts, by their hashes, of all that more than one item says."""
    found: dict[int, str] = {}
    seen: set[int] = set()
    for item in items:
        for key, text in (*item.lines.items(), *item.images.items()):
            if key in seen and text:
                found[key] = text
            seen.add(key)
    return found


def _common(row: Sequence[Mapping[int, str]], texts: Mapping[int, str]) -> Iterator[str]:
    for key in frozenset(row[0]).intersection(*row[1:]):
        known = (one[key] for one in reversed(row) if one[key])
        text = next(known, None) or texts.get(key)
        if text is None:
            raise Forgotten
        yield text


def _hash(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass")) if text else 0


def _no_news(common: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each line folded, and as it stands; but none that is recognised anyway.

    A sentence that is news each time is none of them: "Users should upgrade now."
    """
    for line in map(without_frame, common):
        folded = fold(line)
        if folded and not is_boilerplate(line) and not phrases().news.fits(folded):
            yield folded, line


def without_title(text: str, title: str) -> str:
    """Return `text` without the title in it: 'This is "…" on Vimeo' is said of every video."""
    if len(title) < _SHORTEST_TITLE:
        return text
    start = text.casefold().find(title.casefold())
    rest = "" if start < 0 else f"{text[:start]} {text[start + len(title) :]}"
    return rest if len(rest.split()) >= _FEWEST_WORDS else text


def _lines(item: Item) -> Mapping[str, str]:
    """Return the item's lines, and the sentences of those that have several, by their casefold.

    The item's own title in them counts for nothing.
    """
    found: dict[str, str] = {}
    title = read_title(item.title)
    folded_title = title.casefold()
    for line in (*_first_lines(item.summary), *_first_lines(item.content)):
        sentences = split_sentences(line)
        sentences = [
            each
            for each in sentences
            if len(each) >= _SHORTEST_SENTENCE or reading_length(each) >= _SHORTEST_SENTENCE
        ]
        for each in (line, *sentences):
            folded = each.casefold()
            if folded_title in folded:
                bare = without_title(each, title)
                found[bare.casefold()] = bare
            else:
                found[folded] = each
    return found


def _first_lines(markup: str) -> Iterator[str]:
    size = 0
    for block in read_blocks(markup):
        yield from block.text.split("\n")
        size += len(block.text)
        if size > _MOST_TEXT:
            return
