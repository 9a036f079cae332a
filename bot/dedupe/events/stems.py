"""Words without their endings, so that "recalls" and "recalled" are one word."""

from __future__ import annotations

import re
from functools import lru_cache

_RUSSIAN = re.compile(r"[а-я]{4,}?(?=[аеиоуыэюяйьъмхв]{1,2}$)")
_LEAST, _LONG = 4, 7
"""Letters of a word below which it has no ending, and from which it may have a long one."""
_REMEMBERED = 4096


@lru_cache(maxsize=_REMEMBERED)
def stem(word: str) -> str:
    """Return `word`, in small letters, without the commonest endings of its language.

    It is no grammar: words of one stem are mostly one word. No Vietnamese syllable is so long and
    ends so.
    """
    if len(word) < _LEAST or not word.isalpha():
        return word
    russian = _RUSSIAN.match(word)
    if russian:
        return russian[0]
    if len(word) >= _LONG and word.endswith(("ing", "en", "er", "em")):
        return word.removesuffix("ing") if word.endswith("ing") else word[:-2]
    word = word[:-1] if word.endswith("ed") else _without_plural(word)
    word = f"{word[:-1]}i" if word.endswith("y") and len(word) > _LEAST else word
    return word[:-1] if word.endswith("e") and len(word) > _LEAST else word


def _without_plural(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
