"""Whether a sentence says again what the title, or another sentence, says already."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.format.phrases import phrases
from bot.format.text import DENSE, fold, words_of

if TYPE_CHECKING:
    from bot.format.phrases import References

# A shorter word is no matter of a text unless it is a name; a beginning stands for its forms.
_LEAST_LETTERS = 4
_STEM = 6
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+")
_NOUNS_LIKE_NAMES = "de"
_FACT_AMONG_SIGNS = re.compile(r"\d+(?:[.,]\d+)*|[A-Z][A-Za-z]+")
# A sentence says the same if at most this share of its matter is new; the title, if this one is.
_FEW_NEW = 0.35
_SOME_NEW = 0.55
_MOST_OF_IT = 0.75
_FEWEST_IN_COMMON = 3
# A sentence that has this share of the matter of another stands for it, and says more.
_TOLD = 0.5


# A sentence is compared with its title and with each of the others.
@lru_cache(maxsize=256)
def matter(text: str) -> frozenset[str]:
    """Return what `text` is about: its longer words, names and numbers, without their endings."""
    if DENSE.search(text):
        return frozenset(word for word in words_of(text) if len(word) > 1 or word.isdigit())
    words = _WORD.findall(text)
    # The first word has a capital letter, whatever it is.
    if words and words[0].casefold() in phrases().any_short:
        del words[0]
    names = {fold(word) for word in words if _is_name(word)}
    weak = phrases().weak
    is_matter = (
        word
        for word in fold(text).split()
        if word in names or not word.isalpha() or (len(word) >= _LEAST_LETTERS and word not in weak)
    )
    return frozenset(_stem(word) for word in is_matter)


def _stem(word: str) -> str:
    """Return the beginning of a word; the short ones lose an "s" that may be their plural's."""
    is_short = _STEM - 1 <= len(word) <= _STEM + 1
    return (word[:-1] if is_short and word.endswith("s") else word)[:_STEM]


def _is_name(word: str) -> bool:
    """Tell whether a word has the capital letter of a name, not that of a title: "Of", "US"."""
    if not word[0].isupper() or len(word) == 1:
        return False
    known = phrases()
    is_small = word.casefold() in known.any_short or fold(word) in known.weak
    return not is_small or word.isupper()


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


def new_facts(sentence: str, told: str, references: References) -> frozenset[str]:
    """Return the names and numbers of `sentence` that are not `told`.

    German writes all nouns like names: there a name is one with several capital letters.
    """
    known = frozenset(fold(told).split())
    if DENSE.search(sentence):
        facts = _FACT_AMONG_SIGNS.findall(sentence)
        return frozenset(fact for fact in facts if fact not in told)
    names = names_of(sentence)
    if references is phrases().references[_NOUNS_LIKE_NAMES]:
        names = [name for name in names if not name[1:].islower()]
    return frozenset(map(fold, names)) - known - phrases().weak


def names_of(sentence: str) -> list[str]:
    """Return the words after the first one that have a capital letter, and the numbers."""
    words = _WORD.findall(sentence)[1:]
    return [word for word in words if (word[0].isupper() and word != "I") or word[0].isdigit()]
