"""Titles and texts as plain words, in which two spellings of one thing are equal."""

from __future__ import annotations

import html
import re
import unicodedata

# Where a title or a text ends for our purposes: enough to tell news apart, cheap for each poll.
_TEXT_LETTERS = 600
_RAW_LETTERS = 4000
_ENOUGH_LETTERS = 2 * _TEXT_LETTERS  # have as many in words nearly always
_TAG = re.compile(r"<[^<>]{0,500}>")
_WORD = re.compile(r"[^\W_]+")
# A sign of these scripts (kana, Han, Hangul) is a syllable or a word, not a letter.
_SYLLABIC = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_SYLLABLE_WEIGHS = 2.5
# Accents of Latin, Greek and Cyrillic letters are often left out; those of later blocks (voiced
# kana, vowel signs of India and Thailand) make another word.
_LAST_WITH_ACCENTS = "\u052f"
_ACCENT = re.compile(r"[\u0300-\u036f\u0483-\u0489]")  # the marks (category M) up to there


def fold_title(title: str) -> str:
    """Return the words of `title` without markup, accents, case and punctuation."""
    letters = unicodedata.normalize("NFKD", _plain(title).casefold().replace("đ", "d"))
    if max(letters, default="") <= _LAST_WITH_ACCENTS:
        return " ".join(_WORD.findall(_ACCENT.sub("", letters)))
    return _folded_letters(letters)


def _folded_letters(letters: str) -> str:
    """Fold decomposed letters of any script; those before U+0530 alone fold faster."""
    kept, base = [], ""
    for letter in letters:
        if unicodedata.category(letter).startswith("M"):
            kept.append("" if base <= _LAST_WITH_ACCENTS else letter)
            continue
        base = letter
        kept.append(letter if letter.isalnum() else " ")
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def fold_text(text: str) -> str:
    """Return the words at the beginning of `text` without markup, case and punctuation."""
    plain = _plain(text[:_RAW_LETTERS])
    if len(plain) > _ENOUGH_LETTERS:
        # The last word may be cut in two, or go on with an accent.
        words = _words_of(plain[:_ENOUGH_LETTERS]).rpartition(" ")[0]
        if len(words) >= _TEXT_LETTERS:
            return words[:_TEXT_LETTERS]
    return _words_of(plain)[:_TEXT_LETTERS]


def _words_of(plain: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFC", plain.casefold())))


def tokens(folded: str) -> list[str]:
    """Return the words; each sign of a script without spaces counts as one."""
    return _SYLLABIC.sub(r" \g<0> ", folded).split()


def weight(folded: str) -> float:
    """Return how much is said, in letters of an alphabet."""
    syllables = len(_SYLLABIC.findall(folded))
    return len(folded) + syllables * (_SYLLABLE_WEIGHS - 1)


def _plain(markup: str) -> str:
    return _TAG.sub(" ", html.unescape(html.unescape(markup)))
