"""The title of an article where its text says it again."""

from __future__ import annotations

import re
from itertools import islice

from bot.format.boilerplate import CUT_MARK
from bot.format.text import fold

# A sentence that begins with the title is the title again if it adds at most this share.
_LITTLE_ADDED = 0.4
# The beginning of a title stands for the title from this length on.
TITLE_START = 12
# This many words in common, and at most this share of others, make a sentence the title again.
_MANY_WORDS = 5
_FEW_OTHER_WORDS = 0.15
_AFTER_TITLE = re.compile(r"""^["'”’»)\]]*\s*[.:!?…|–—-]*["'”’»)\]]*\s*""")
_WORD = re.compile(r"\w+")


def is_title(sentence: str, title: str) -> bool:
    """The title again: whole, cut off, or without its accents."""
    folded, of_title = fold(sentence), fold(title)
    if folded == of_title:
        return True
    added = len(folded) - len(of_title)
    if min(len(folded), len(of_title)) >= TITLE_START:
        if sentence.endswith(CUT_MARK) and of_title.startswith(folded):
            return True
        if title.endswith(CUT_MARK) and folded.startswith(of_title):
            return added <= len(folded) * _LITTLE_ADDED
    if len(of_title) >= TITLE_START and folded.startswith(f"{of_title} "):
        return added <= len(folded) * _LITTLE_ADDED
    return _has_the_words(folded, set(of_title.split()))


def _has_the_words(folded: str, title: set[str]) -> bool:
    """Tell whether a sentence is the title but for a word or two ("A, B" and "A and B")."""
    several = 2 * len(title)
    first = set(folded.split(" ", several)[:several])  # of a long text these tell already
    if len(title) < _MANY_WORDS or len(first) - len(title) > len(first) * _FEW_OTHER_WORDS:
        return False
    sentence = set(folded.split())
    most = max(len(sentence), len(title))
    same = len(sentence & title)
    return same >= _MANY_WORDS and most - same <= most * _FEW_OTHER_WORDS


def title_taken_off(text: str, title: str) -> str:
    """Leave out a title that runs into the text: "Title. Text", "Title - Text", "Title Text".

    A title that is the text's own beginning, cut off, is the beginning all the same.
    """
    stem = title.rstrip(f".{CUT_MARK} ")
    if stem != title and len(stem) >= TITLE_START and title.endswith(("..", CUT_MARK)):
        rest = text[len(stem) :] if text.casefold().startswith(stem.casefold()) else ""
        return f"{CUT_MARK}{rest.lstrip()}" if rest.strip(f".{CUT_MARK} ") else text
    end = _title_end(text, title)
    if not end:
        return text
    rest = text[end:]
    following = _AFTER_TITLE.sub("", rest)
    if rest[:1].isalnum() or following[:1].islower() or (rest[:1] == "," and following):
        return text
    return following


def _title_end(text: str, title: str) -> int:
    """Return where the title ends with which `text` begins (other accents, signs or none), or 0."""
    if len(title) < TITLE_START:
        return 0
    if text[: len(title)].casefold() == title.casefold():
        return len(title)
    words = fold(title).split()
    found = list(islice(_WORD.finditer(text), len(words)))
    if len(words) <= 1 or len(found) != len(words):
        return 0
    is_same = all(fold(one[0]) == word for one, word in zip(found, words, strict=True))
    return found[-1].end() if is_same else 0
