"""Texts in which two spellings of one word are equal, and whole words in them."""

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
# Scripts that put no spaces between words, or endings behind them: a part may be the word.
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
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


def word_at(text: str, phrase: str) -> int | None:
    """Return where `phrase` stands in `text` as whole words, both of one spelling; else None."""
    start = text.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        if _is_edge(text[start - 1 : start], phrase[0]) and _is_edge(
            phrase[-1], text[end : end + 1]
        ):
            return start
        start = text.find(phrase, start + 1)
    return None


def _is_edge(before: str, after: str) -> bool:
    """Tell whether one word may end and another begin between the two signs."""
    if is_mark(after):  # it belongs to the sign before it
        return False
    if not (is_letter(before) and is_letter(after)):
        return True
    return bool(_DENSE.match(before) or _DENSE.match(after))


def is_letter(sign: str) -> bool:
    """Tell whether `sign` belongs to a word, as one of its marks does, too."""
    return sign.isalnum() or sign == "_" or is_mark(sign)


def is_mark(sign: str) -> bool:
    """Tell whether `sign` is a combining mark, as Thai and Hindi have them."""
    return sign != "" and unicodedata.category(sign).startswith("M")
