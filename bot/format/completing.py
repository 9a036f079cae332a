"""A text that was cut off, completed from a longer one that has its last words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.format.boilerplate import CUT_MARK
from bot.format.sentences import sentence_ends
from bot.format.text import DENSE

if TYPE_CHECKING:
    from collections.abc import Iterable

# So many last letters are looked for; fewer than the second figure may stand anywhere.
_LAST = 40
_LEAST = 24
_LEAST_DENSE = 10
_LONGEST_REST = 400
_CUT = (CUT_MARK, "..")
_PLAIN_QUOTES = str.maketrans("“”„‘’", '"""\'\'')


def completed(text: str, wholes: Iterable[str]) -> str:
    """Return `text`, which ends in "…", to the end of its last sentence as one of `wholes` has it.

    A text that is not cut off, or whose last words are nowhere, is returned as it is.
    """
    stump = text.removesuffix(CUT_MARK).rstrip()
    if stump == text or len(stump) < (_LEAST_DENSE if DENSE.search(stump) else _LEAST):
        return text
    return next((stump + rest for whole in wholes if (rest := _rest(stump, whole))), text)


def _rest(stump: str, whole: str) -> str:
    """Return how `whole` goes on after the last words of `stump`, to a sentence's end; else ""."""
    whole = " ".join(whole.split())
    last = stump[-_LAST:].translate(_PLAIN_QUOTES)
    at = whole.translate(_PLAIN_QUOTES).find(last)
    if at < 0:
        return ""
    # Feeds cut inside of words, too: then the word goes on.
    rest = whole[at + len(last) :][:_LONGEST_REST]
    end = next(iter(sentence_ends(rest)), 0)
    return "" if rest[:end].endswith(_CUT) else rest[:end]
