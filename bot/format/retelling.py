"""Whether a sentence says again what the title, or another sentence, says already."""

from __future__ import annotations

import re

from bot.format.phrases import phrases
from bot.format.text import DENSE, fold, words_of

# A shorter word is no matter of a text unless it is a name; a beginning stands for its forms.
_LEAST_LETTERS = 4
_STEM = 6
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+")
# A sentence says the same if at most this share of its matter is new; the title, if this one is.
_FEW_NEW = 0.4
_SOME_NEW = 0.6
_MOST_OF_IT = 0.75
_FEWEST_IN_COMMON = 3
# A sentence that has this share of the matter of another stands for it, and says more.
_TOLD = 0.5


def matter(text: str) -> frozenset[str]:
    """Return what `text` is about: its longer words, names and numbers, without their endings."""
    if DENSE.search(text):
        return frozenset(word for word in words_of(text) if len(word) > 1 or word.isdigit())
    words = _WORD.findall(text)
    # The first word has a capital letter, whatever it is.
    if words and words[0].casefold() in phrases().any_short:
        del words[0]
    names = {fold(word) for word in words if word[0].isupper() and len(word) > 1}
    is_matter = (
        word
        for word in fold(text).split()
        if len(word) >= _LEAST_LETTERS or word in names or not word.isalpha()
    )
    return frozenset(word[:_STEM] for word in is_matter)


def retells(sentence: str, other: str) -> bool:
    """Tell whether `sentence` says mainly what `other` says, with no number that it lacks."""
    return _has_few_new(matter(sentence), matter(other), _FEW_NEW)


def covers(sentence: str, title: str) -> bool:
    """Tell whether `sentence` says nearly all of a title, with words around it and no number."""
    said, known = matter(sentence), matter(title)
    is_all = len(said & known) >= _MOST_OF_IT * len(known)
    return is_all and _has_few_new(said, known, _SOME_NEW)


def _has_few_new(said: frozenset[str], known: frozenset[str], share: float) -> bool:
    new = said - known
    is_like = len(said & known) >= _FEWEST_IN_COMMON and len(new) <= share * len(said)
    return is_like and not any(map(_DIGIT.search, new))


def retold_by(sentence: str, other: str) -> bool:
    """Tell whether `other` says what `sentence` says, and more."""
    told, said = matter(sentence), matter(other)
    common = len(told & said)
    is_told = common > _FEWEST_IN_COMMON and common >= _TOLD * len(told)
    return is_told and len(said) > len(told)


def names_of(sentence: str) -> list[str]:
    """Return the words after the first one that have a capital letter, and the numbers."""
    words = _WORD.findall(sentence)[1:]
    return [word for word in words if (word[0].isupper() and word != "I") or word[0].isdigit()]
