"""Texts in which two spellings of one word are equal."""

from __future__ import annotations

import re
import unicodedata

# Signs that differ by keyboard and typographic taste, and full-width forms of ASCII.
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("‘’ʼ´`", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‐‑‒–—−", "-"),
        **{chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)},
    }
)
# Letters that Unicode does not decompose.
_BARRED = str.maketrans({"đ": "d", "ð": "d", "ø": "o", "ł": "l"})
# Marks of later blocks (voiced kana, vowel signs of India and Thailand) make another word.
_ACCENT = re.compile("[\u0300-\u036f\u0483-\u0489]")
# Upper-case I and İ are letters of one word in Turkish, and which lower-case letter they belong to
# depends on the language: all four are one (https://www.unicode.org/reports/tr21/tr21-5.html).
_DOTTED = re.compile("i\u0307|ı")
# "hoà" and "hòa" are two spellings of one Vietnamese word: the tone stands on either vowel where
# no consonant follows. "quý" is no such word, nor are the vowels of "hoàn".
_TONES = {
    f"{first}{marked}": f"{unicodedata.normalize('NFC', first + mark)}{second}"
    for first, second in ("oa", "oe", "uy")
    for mark in "\u0300\u0301\u0303\u0309\u0323"
    for marked in (unicodedata.normalize("NFC", second + mark),)
}
_TONE = re.compile(rf"(?<!q)({'|'.join(_TONES)})(?![^\W\d_])")


def spelling(text: str) -> str:
    """Return `text` without case, in NFC, with plain signs and single spaces; accents stay."""
    folded = unicodedata.normalize("NFD", text).translate(_SIGNS).casefold()
    folded = unicodedata.normalize("NFC", _DOTTED.sub("i", folded))
    folded = _TONE.sub(lambda found: _TONES[found[0]], folded)
    return " ".join(folded.split())


def plain_spelling(spelled: str) -> str:
    """Return a text of `spelling` without the accents of Latin, Greek and Cyrillic letters."""
    decomposed = unicodedata.normalize("NFD", spelled.translate(_BARRED))
    return unicodedata.normalize("NFC", _ACCENT.sub("", decomposed))
