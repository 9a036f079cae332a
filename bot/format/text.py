"""Clean text: no control characters, no invisible junk, Unicode NFC, white space folded."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

MAX_TEXT = 60_000
"""Characters of one raw field that are looked at; real articles are far shorter."""

# Letters that Unicode does not decompose, as people without the right keyboard write them.
_PLAIN_LETTERS = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i"}

_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters, lone surrogates, noncharacters, private use (icon fonts), soft hyphens,
# zero-width spaces and joiners without function, and bidirectional overrides, which can turn the
# rest of a post around. U+200C and U+200D stay: Persian, Indic scripts and emoji need them.
_JUNK = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u202a-\u202e"
    "\u2060-\u2069\u206a-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\uffff\ud800-\udfff"
    "\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
# Tag characters spell the flags of England, Scotland and Wales, and hide text everywhere else.
_TAGS = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f)|[\U000e0000-\U000e0fff]")
# No language stacks more than four marks; more is "zalgo" text, and slow to normalise.
_STACKED = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
# Whatever the patterns above remove, and white space that is no plain space: most text has none of
# it, and one pass that finds none costs an eighth of theirs.
_UNUSUAL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061c"
    "\u064b-\u065f\u0e31-\u0e3a\u0e47-\u0e4e\u115f\u1160\u1680\u180e\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u2000-\u200b\u2028-\u202f\u205f-\u206f\u20d0-\u20ff\u3000\u3164\ud800-\uf8ff"
    "\ufe00-\ufe0d\ufe20-\ufe2f\ufeff\uffa0\ufff0-\uffff\U0001f3f4\U000e0000-\U0010ffff]"
)
# One of these is in all that `_MISREAD` finds.
_MISREAD_SIGN = re.compile("[\x80-\xbfÂŸš›œž€‘ƒ†‡ˆ‰˜]")
_MISREAD = re.compile(
    "[a-z.,:;!?)]\\s?Â\\s|[ÃÂÄÅÆÐÑ][\x80-\xbf]|Ã[Ÿš›œž]|(?<=[a-z])[ÃÄÅ][ƒ†‡ˆ‰˜]|â€|áº|á»|Ä‘|Æ°|Æ¡"
    "|ðŸ"
)
# Three bytes of UTF-8 as Windows-1252 shows them, and a non-breaking space, which may have become
# a plain one since: nobody writes these.
_SURELY_MISREAD = re.compile(
    "ðŸ[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{2}"
    "|(?:â€|áº|á»)[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|Â\xa0"
    "|(?<=[a-z])[ÃÄÅ][\x80-\xbfƒ†‡ˆ‰˜]|(?<=[a-z.,:;!?)])Â(?=\\s)|(?<=[.!?]\\s)Â(?=\\s[A-Z])"
)
_SEVERAL = 3
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_BREAK = re.compile(r" ?\n ?")
_ENTITY = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_WORD = re.compile(r"\w+")
# Quotes and dashes part words; text that has beside them only ASCII and marks over its letters is
# folded as bytes, in less than half the time.
_PARTING = re.compile("[\xa0«»\u2010-\u2027\u2030-\u203a]+")
_OTHER_LETTER = re.compile("[^\x00-\x7f\u0300-\u034e\u0350-\u036f]")
_WORD_BYTES = bytes(
    code if chr(code).isalnum() or chr(code) == "_" else ord(" ") for code in range(128)
).ljust(256)
_LAST_OF_MANY = 0x3000  # beyond are the signs of scripts that have thousands
DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""A sign of a script that puts no spaces between words, and says more in fewer signs."""
_UNSEEN = re.compile(r"[\s\u00ad\u115f\u2800\u3164\u200b-\u200f\u2060-\u2064\ufeff]*")


def clean(raw: str) -> str:
    """Return `raw` as clean text in NFC; line breaks stay, other white space is folded."""
    text = _repaired(raw[:MAX_TEXT])
    if "  " not in text and not _UNUSUAL.search(text):
        text = unicodedata.normalize("NFC", text)
        return (_AROUND_BREAK.sub("\n", text) if "\n" in text else text).strip()
    text = _LINE_BREAKS.sub("\n", text)
    text = _TAGS.sub(r"\1", _JUNK.sub("", text))
    text = unicodedata.normalize("NFC", _STACKED.sub(r"\1", text))
    return _AROUND_BREAK.sub("\n", _SPACES.sub(" ", text)).strip()


def without_junk(text: str) -> str:
    """Return a piece of text without what `clean` removes; white space stays as it is."""
    text = _TAGS.sub(r"\1", _JUNK.sub("", _LINE_BREAKS.sub("\n", text)))
    return unicodedata.normalize("NFC", _STACKED.sub(r"\1", text))


def _repaired(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252 and stored so ("Tiáº¿ng Viá»‡t").

    Only where all of the text can be undone, or each of several words, or a sign that right text
    never has: right text practically never reads as UTF-8.
    """
    if text.isascii() or not _MISREAD_SIGN.search(text) or not _MISREAD.search(text):
        return text
    whole = _undone(text)
    if whole is not None:
        return whole
    words = {word: _undone(word) for word in text.split() if _MISREAD.search(word)}
    if len(words) < _SEVERAL or None in words.values():
        return _SURELY_MISREAD.sub(_sign, text)
    return "".join(words.get(piece) or piece for piece in re.split(r"(\s+)", text))


def _sign(misread: re.Match[str]) -> str:
    return "" if misread[0] == "Â" else _undone(misread[0]) or misread[0]


def _undone(text: str) -> str | None:
    raw = bytearray()
    try:
        for char in text:
            # Windows-1252 leaves five bytes undefined; they come as control characters.
            raw += bytes((ord(char),)) if "\x80" <= char <= "\x9f" else char.encode("cp1252")
        return raw.decode("utf-8")
    except UnicodeError:
        return None


def one_line(raw: str) -> str:
    """Return `raw` as clean text without line breaks."""
    return " ".join(clean(raw).split())


def is_seen(text: str) -> bool:
    """Tell whether `text` shows anything: Telegram refuses one of spaces and shapeless signs."""
    return _UNSEEN.fullmatch(text) is None


def decode_again(text: str) -> str:
    """Decode entities that were escaped twice ("A &amp;amp; B"): once, and only whole ones.

    The result is text and is never read as markup again.
    """
    return _ENTITY.sub(lambda found: html.unescape(found.group()), text)


def word_set(listing: str) -> frozenset[str]:
    """Return the words of a listing separated by white space."""
    return frozenset(listing.split())


class _WithoutMarks(dict[int, int | None]):
    """Tells `str.translate` to leave combining marks out; the letters of one feed are few."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.combining(chr(code)) else code
        if code < _LAST_OF_MANY:
            self[code] = kept
        return kept


_WITHOUT_MARKS = _WithoutMarks()


@lru_cache(maxsize=512)
def fold(text: str) -> str:
    """Return `text` for comparing: its words without case and accents ("Đất Việt": "dat viet").

    One sentence is compared with many things in a row, so the last ones are remembered.
    """
    plain = text.casefold()
    if not plain.isascii():
        for letter, plain_letter in _PLAIN_LETTERS.items():
            plain = plain.replace(letter, plain_letter)
        plain = _PARTING.sub(" ", unicodedata.normalize("NFD", plain))
        if _OTHER_LETTER.search(plain):
            return " ".join(_WORD.findall(plain.translate(_WITHOUT_MARKS)))
    words = plain.encode("ascii", "ignore").translate(_WORD_BYTES).split()
    return b" ".join(words).decode("ascii")


def words_of(text: str) -> list[str]:
    """Return the folded words of `text`; where words are not spaced, the pairs of signs."""
    words: list[str] = []
    for word in fold(text).split():
        is_dense = len(word) > 1 and DENSE.search(word) is not None
        words += map("".join, pairwise(word)) if is_dense else (word,)
    return words
