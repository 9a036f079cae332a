"""How alike two titles or two texts are.

The thresholds were measured on the titles of Ars Technica and NPR over a year, docs/decisions/0020.
"""

from __future__ import annotations

from functools import lru_cache
from operator import eq
from typing import TYPE_CHECKING
from zlib import crc32

from bot.dedupe.folding import fold_title, tokens, weight

if TYPE_CHECKING:
    from collections.abc import Sequence

_BUCKETS = 32
_RUN = 3
# A shorter text ("Read more") says too little to be compared, counted in letters of an alphabet.
_TEXT_WEIGHT = 40
_TEXT_ALIKE = 0.25
# Reached by 156 of 172 corrected headlines, and by 108 of 20,000 pairs of unrelated ones.
TITLE_ALIKE = 0.25
_TITLE_CLOSE = 0.5
_WORDS_LEAST = 2


def title_likeness(one: str, other: str) -> float:
    """Return the share of common words of two folded titles, 0 to 1 (Dice)."""
    ones, others = _words(one), _words(other)
    return 2 * len(ones & others) / max(len(ones) + len(others), 1)


def are_titles_close(one: str, other: str, *, least: int = _WORDS_LEAST) -> bool:
    """Tell whether one folded title is the other corrected, by `least` common words or more.

    "Version 1.2" and "Version 1.3" are not: the difference is the news.
    """
    common = _words(one) & _words(other)
    is_close = len(common) >= least and title_likeness(one, other) >= _TITLE_CLOSE
    return is_close and _numbers(one) == _numbers(other)


def sketch_of(folded: str) -> bytes | None:
    """Return 32 bytes by which texts can be compared; None for a text that says too little.

    One byte each of 32 minima over the hashes of all runs of three words: MinHash with one
    permutation (Li, Owen, Zhang 2012). 0 is an empty place.
    """
    if len(folded) < _TEXT_WEIGHT and weight(folded) < _TEXT_WEIGHT:
        return None
    words = " ".join(tokens(folded)).encode("utf-8", "surrogatepass").split(b" ")
    runs = map(b" ".join, zip(words, words[1:], words[2:], strict=False) if words[2:] else [words])
    minima = [0] * _BUCKETS
    # From the largest to the smallest: the last one of each bucket is its minimum.
    for value in sorted(map(crc32, runs), reverse=True):
        minima[value % _BUCKETS] = 1 + value // _BUCKETS % 255
    return bytes(minima)


def are_texts_alike(one: bytes, other: bytes) -> bool:
    """Tell whether two sketches are of versions of one text."""
    equal: int = sum(map(eq, one, other))
    empty = sum(not a and not b for a, b in zip(one, other, strict=True))
    return equal - empty >= _TEXT_ALIKE * (len(one) - empty)


def are_titles_alike(one: str, other: str) -> bool:
    """Tell whether two folded titles may be of one story; far laxer than `are_titles_close`."""
    return title_likeness(one, other) >= TITLE_ALIKE


def is_told_in(posted: str, title: str, paragraphs: Sequence[str]) -> bool:
    """Tell whether the text `posted` tells the story of this title or these paragraphs.

    Its first line is alike, or it holds half of the title's words, or a quarter of the lead's runs
    of three words.
    """
    headline, _, _ = posted.partition("\n")
    folded, wanted = fold_title(posted), fold_title(title)
    words, of_title = set(tokens(folded)), set(tokens(wanted))
    if are_titles_alike(fold_title(headline), wanted) or 2 * len(of_title & words) >= len(of_title):
        return True
    runs, there = set(_runs(tokens(fold_title(" ".join(paragraphs))))), set(_runs(tokens(folded)))
    return len(runs & there) >= _TEXT_ALIKE * len(runs)


# Of a poll with one id for all entries each title is compared with dozens of others.
@lru_cache(maxsize=4096)
def _words(folded: str) -> frozenset[str]:
    return frozenset(tokens(folded))


@lru_cache(maxsize=4096)
def _numbers(folded: str) -> list[str]:
    return sorted(word for word in folded.split() if any(map(str.isdigit, word)))


def _runs(words: list[str]) -> list[str]:
    starts = range(max(len(words) - _RUN + 1, 1))
    return [" ".join(words[start : start + _RUN]) for start in starts]
