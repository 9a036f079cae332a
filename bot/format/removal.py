"""Phrases that the operator leaves out of a feed's articles: `remove` and `cut_after`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from bot.format.text import one_line
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.format.blocks import Block

SECONDS = 0.25
"""The time of an expression for a block of text. One that takes longer is not used again."""
_MOST_TEXT = 8_000  # characters of a block that are looked at
_PROBE = 3_000
_SLASHES = 2
_HOLE = "\0"
_HOLES = re.compile(r" ?\0 ?(?:\0 ?)*(?=([.,;:!?…)]|$))?")
_EDGES = " \t:|–—-"


@dataclass(slots=True)
class Removal:
    """One entry of `remove`: a phrase in any case, or a regular expression between slashes.

    Raises ValueError, saying why, for an expression that is none.
    """

    entry: str
    is_slow: bool = False
    _pattern: Any = field(init=False)

    def __post_init__(self) -> None:
        make = expression if self.is_expression else phrase_pattern
        self._pattern = make(self.entry[1:-1] if self.is_expression else self.entry)

    @property
    def is_expression(self) -> bool:
        """Tell whether it stands between slashes: a regular expression, no phrase."""
        return len(self.entry) > _SLASHES and self.entry[0] == self.entry[-1] == "/"

    def removed(self, text: str) -> list[str]:
        """Return the pieces that it takes out of `text`."""
        return [found[0] for found in self._try("finditer", text) or () if found[0]]

    def without(self, text: str) -> str:
        """Return `text` without it; as it is where the expression takes too long."""
        rest = self._try("sub", _HOLE, text)
        if rest is None:
            return text
        # No space is left before a comma or full stop.
        return _HOLES.sub(lambda hole: " " * (not hole[1]), rest) + text[_MOST_TEXT:]

    def _try(self, name: str, *arguments: str) -> Any:
        """Return the result of the pattern's method for the beginning of the text; None if slow."""
        *others, text = arguments
        call = partial(getattr(self._pattern, name), *others, text[:_MOST_TEXT])
        if isinstance(self._pattern, re.Pattern):
            return call()
        try:
            found = None if self.is_slow else call(timeout=SECONDS)
            return list(found) if name == "finditer" and found else found
        except TimeoutError:
            self.is_slow = True
            return None


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Return the pattern of a phrase: in any case, with any white space between its words."""
    return re.compile(r"\s+".join(map(re.escape, phrase.split())), re.IGNORECASE)


def expression(source: str) -> Any:
    """Return the expression, whose methods take a time-out. Raises ValueError, saying why not."""
    # Python's own expressions cannot be stopped.
    import regex  # noqa: PLC0415  # only where a feed has one

    try:
        return regex.compile(source, regex.IGNORECASE)
    except regex.error as error:
        raise ValueError(
            told("{why} at character {pos}", why=error.msg, pos=(error.pos or 0) + 1)
        ) from error


def check_removal(entry: str) -> None:
    """Raise ValueError, saying why, where an entry is no expression, or one that can take long."""
    removal = Removal(entry)
    if not removal.is_expression:
        return
    letters = dict.fromkeys(char for char in entry if char.isalnum())
    for part in (*list(letters)[:6], " ", "a ", "a1-", "ab", "."):
        removal.without((part * _PROBE)[:_PROBE] + "!\n")
        if removal.is_slow:
            raise ValueError(
                told("takes too long on {probe} times {part}", probe=_PROBE, part=repr(part))
            )


@dataclass(frozen=True, slots=True)
class Removals:
    """All that a feed's entry leaves out."""

    remove: tuple[Removal, ...] = ()
    cut_after: tuple[re.Pattern[str], ...] = ()

    def title(self, title: str) -> str:
        """Return a headline without the removals, as it is where nothing would be left."""
        rest = title
        for removal in self.remove:
            rest = removal.without(rest)
        return title if rest == title else one_line(rest).strip(_EDGES) or title

    def blocks(self, blocks: Iterable[Block]) -> list[Block]:
        """Return the blocks without the removals, up to a phrase that cuts the text."""
        found: list[Block] = []
        for block in blocks:
            text, is_cut = self._cut(block.text)
            for removal in self.remove:
                text = removal.without(text)
            text = "\n".join(filter(None, map(one_line, text.split("\n"))))
            if text:
                found.append(block if text == block.text else replace(block, text=text))
            if is_cut:
                break
        return found

    def left_out(self, blocks: Iterable[Block]) -> Iterator[str]:
        """Yield the pieces that are taken out of the blocks."""
        is_cut = False
        for block in blocks:
            text, is_cut_here = ("", True) if is_cut else self._cut(block.text)
            if len(text) < len(block.text):
                yield one_line(block.text[len(text) :])
            is_cut = is_cut or is_cut_here
            for removal in self.remove:
                yield from map(one_line, removal.removed(text))

    def _cut(self, text: str) -> tuple[str, bool]:
        places = (found.start() for each in self.cut_after if (found := each.search(text)))
        place = min(places, default=-1)
        return (text, False) if place < 0 else (text[:place].rstrip(), True)


@lru_cache(maxsize=256)
def removals_of(remove: tuple[str, ...], cut_after: tuple[str, ...]) -> Removals:
    """Return the removals of a feed, as its `remove` and `cut_after` say."""
    return Removals(tuple(map(Removal, remove)), tuple(map(phrase_pattern, cut_after)))
