"""Where sentences end: Vietnamese and English in detail, other scripts by their marks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.format.text import DENSE, word_set

if TYPE_CHECKING:
    from collections.abc import Iterable

# An end mark, closing quotes and brackets, white space; Chinese and Japanese marks need none, nor
# "!" and "?" between their signs. All marks stand in one class at the start, so that `re` skips the
# text between them quickly.
_SIGN = r"[\u3040-\u30ff\u3400-\u9fff]"
_END = re.compile(
    r"""([.!?…؟۔।॥।。！？](?:(?<=[.!?…؟۔।॥।])(?<![.!?…؟۔।॥।]{2})[.!?…؟۔।॥।]*+['"”’»›)\]]*+(?=\s|$)"""
    r"""|(?<=[。！？])[。！？]*[」』”’）】]*"""
    rf"""|(?<={_SIGN}[!?])[!?]*+[」』”’）】)]*+(?={_SIGN}|[「『“])))\s*"""
)
_LAST_MARK = re.compile(r"""[.!?…؟۔।॥።。！？]['"”’»›)\]」』）】]*$""")
_LAST_OF_SPACELESS = frozenset("。！？!?」』”’）】)")
_SPACELESS_END = re.compile(rf"(?:[。！？]|(?<={_SIGN})[!?]++)[」』”’）】)]*$")
_ABBREVIATIONS = word_set(
    """
    tp q p tr ths ts gs pgs ks bs ths.s th.s tx nxb
    mr mrs ms dr prof sr jr st mt gen sen rep gov col lt sgt capt rev hon messrs
    inc co corp ltd llc bros dept est
    vs etc approx no nos vol fig figs ed eds pp al cf ca viz resp
    jan feb mar apr jun jul aug sep sept oct nov dec
    e.g i.e a.m p.m u.s u.k u.n e.u ph.d d.c
    bzw usw nr str evtl ggf z.b d.h u.a z
    m mme mlle sra srta dra ud uds av art
    г гг г.г т.е т.д т.п тыс млн млрд руб им ул
    """
)
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘«。！？]+$")
# "... of the year.The price": an end mark that has lost its space, between two words.
_RUN_TOGETHER = re.compile(
    r"(?<![\w./@:-])([^\W\d_]{2,}|(?:19|20)\d\d)([.!?])([^\W\d_]+)(?=,?\s[\w\"“«(])"
)
_MAY_RUN_TOGETHER = re.compile(r"[.!?][^\W\d_]")  # finds nothing in a sixth of the time
_HOST_ENDINGS = word_set("ai com de fm io js net org ru tv vn")
_DASHES = frozenset("-–—")  # "16.9. – 11.10.": a day, and another
SHORT_LEAD = 160
"""Letters: a lead that is shorter takes more of what follows, if that has whole sentences."""
# A real sentence has at least this many characters; Chinese and Japanese say it in fewer.
_REAL = 40
_REAL_DENSE = 12
_ADDRESS_SIGNS = frozenset("/@:.#")
# The full stop by script; Thai, Lao, Khmer and Burmese have none like it.
_STOPS = (
    (re.compile("[\u0900-\u0df6]"), "।"),
    (re.compile("[\u0679-\u06d3]"), "۔"),  # letters of Urdu, which Arabic has not
    (re.compile("[A-Za-z\u00c0-\u0660\u10a0-\u10ff\u1e00-\u1fff]"), "."),
)
_SURE = frozenset("؟۔।॥።。！？")


def split_sentences(text: str) -> list[str]:
    """Split `text` into sentences; joined with spaces they are `text` again, but for white space.

    In doubt two sentences stay one: too little is cut rather than in the wrong place.
    """
    ends = sentence_ends(text)
    sentences = (
        text[start:end].strip() for start, end in zip([0, *ends], [*ends, None], strict=True)
    )
    return [sentence for sentence in sentences if sentence]


def join_sentences(sentences: Iterable[str]) -> str:
    """Join sentences with spaces, where their script has spaces."""
    text = ""
    for sentence in sentences:
        text += sentence if not text or _needs_no_space(text) else f" {sentence}"
    return text


def _needs_no_space(text: str) -> bool:
    return text[-1] in _LAST_OF_SPACELESS and _SPACELESS_END.search(text) is not None


def sentence_ends(text: str) -> list[int]:
    """Return the places in `text` that follow a sentence's last mark, quote or bracket."""
    return [mark.end(1) for mark in _END.finditer(text) if _ends_sentence(text, mark)]


def spaced(text: str) -> str:
    """Return `text` with the spaces between sentences that were lost where lines were joined."""
    return _RUN_TOGETHER.sub(_spaced, text) if _MAY_RUN_TOGETHER.search(text) else text


def _spaced(found: re.Match[str]) -> str:
    before, mark, after = found.groups()
    is_word = before.isupper() or before[1:].islower() or before.isdigit()
    is_start = after[0].isupper() and after[1:] == after[1:].lower()
    is_host = after.lower() in _HOST_ENDINGS
    return f"{before}{mark} {after}" if is_word and is_start and not is_host else found[0]


def ends_sentence(text: str) -> bool:
    """Tell whether `text` ends where a sentence ends."""
    return _LAST_MARK.search(text) is not None


def with_stop(text: str) -> str:
    """Return `text` with the full stop of its script where a whole sentence lacks one.

    Summaries often have none. Nothing is put behind an address, a number or a label.
    """
    last = text.rpartition(" ")[2]
    if not is_real(f"{text}.") or not last[-1:].isalpha() or not _ADDRESS_SIGNS.isdisjoint(last):
        return text
    if DENSE.match(last[-1]):
        return f"{text}。"
    return text + next((stop for block, stop in _STOPS if block.match(last[-1])), "")


def is_real(text: str) -> bool:
    """Tell whether `text` says something: a sentence, not a label."""
    return len(text) >= (_REAL_DENSE if DENSE.search(text) else _REAL) and (
        ends_sentence(text) or len(text) >= 2 * _REAL
    )


def reading_length(text: str) -> int:
    """Return how long `text` takes to read, in letters: a Chinese or Japanese sign counts two."""
    return len(text) + len(DENSE.findall(text))


def _ends_sentence(text: str, mark: re.Match[str]) -> bool:
    if not _SURE.isdisjoint(mark[0]):
        return True
    following = text[mark.end() : mark.end() + 1]
    if following.islower() or (following in _DASHES and text[mark.start() - 1].isdigit()):
        return False
    if mark[0][0] != "." or mark[0].startswith(".."):
        return True
    return not _is_abbreviation(text[max(0, mark.start() - 40) : mark.start()], following)


def _is_abbreviation(before: str, following: str) -> bool:
    found = _LAST_WORD.search(before, before.rfind(" ") + 1)
    if found is None or not following:
        return False
    word = found[0].lower()
    # Initials ("J. Doe"), and numbers of one or two digits: list marks, German ordinals.
    is_short = len(word) == 1 or (word.isdigit() and len(word) <= 2)  # noqa: PLR2004 see above
    return is_short or word in _ABBREVIATIONS
