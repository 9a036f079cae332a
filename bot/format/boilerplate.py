"""Lines that pages and feeds put around an article and that are no part of it."""

from __future__ import annotations

import re
from functools import cache

from bot.format.phrases import phrases
from bot.format.sentences import ends_sentence
from bot.format.text import fold

CUT_MARK = "…"
_LONGEST_CALL = 400
_LONGEST_LABEL = 80
_LONGEST_CAPTION = 240
_LONGEST_BYLINE = 120
_LONGEST_NAME = 100
_MOST_NAMES = 8
_ONE_NAME = 2  # words: "By Monday."
_COLON = re.compile(r"[:：]")
# A caption's "Photo:" follows an end, a bracket, a dash, or a word before a capital letter.
_BEFORE_CAPTION = re.compile(r"(?:^|[.!?,;…(\[\"”’»–—|-])\s*$")
_BRACKETS = re.compile(r"\(([^()]{2,90})\)\.?$")
_DATE = re.compile(
    r"""(?xi)
    (?:thứ\s(?:hai|ba|tư|năm|sáu|bảy) | chủ\snhật | \w{0,6}day | mon | tue | wed | thu | fri | sat
      | sun)?[,.\s-]*
    (?:ngày\s)?\d{1,4}\s?[/.\-年]\s?\d{1,2}\s?(?:[/.\-月]\s?\d{1,4})?[日,.\s-]*
    (?:\d{1,2}[:hg]\d{2}(?::\d\d)?)?.{0,14}
    | (?:\w{3,9}day,?\s)?(?:\d{1,2}(?:st|nd|rd|th|\.)?\s)?
      (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?\s\d{1,4}(?:,?\s\d{4})?.{0,14}
    """
)
_ADDRESS = re.compile(r"(?i)(?:https?://|www\.)\S+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?")
_ONLY_SIGNS = re.compile(r"[\W\d_]*")
# Such as: HÀ NỘI (TTXVN) -, (Dân trí) -, TTO -, SAN FRANCISCO, May 21 (Reuters) -
_DATELINE = re.compile(r"^([^\W\d_][^()\n:.!?]{1,60}\s)?\([^()]{2,40}\)\s*[-–—]+\s+(?=\S)")
# "Washington, 3 de mayo (EFE) -": a sentence has more words in small letters.
_MOST_SMALL = 2
_AGENCY = re.compile(r"^([^\n–—]{1,24}?)\s?(?:[-–—]{1,2}\s+(?=\S)|(?<=BNEWS)\s(?=[A-ZĐ]))")
# "An anonymous reader writes "Nokia and ..."": quoted without a colon.
_NICKNAME = re.compile(r"(?:[a-z]|[^\s\d]*\d)\S* writes")
_OPENED = re.compile(r'([^"“«:]{5,120}?)\s*["“«](?=\w)(.+)', re.DOTALL)
_QUOTE = re.compile(r'(?<![^\s(\[])(["“«])|["”»]')
_SITE = re.compile(r"[\w-]{3,24}\.vn")
# Capitals before a dash: a place, a rubric, a channel with its hour.
_KICKER = re.compile(r"[^\n.!?:;]{2,40}?\s[-–—]\s+(?=[\"“«‘']?[^\W\da-z_])")
_HOUR = re.compile(r"\d{1,2}[hH:]\d{2}")
_LEAST_LETTERS = 4  # "AI – Die Technik": a word of the sentence
# "first published at", as Chinese blogs run it into the last sentence.
_FIRST_AT = re.compile(r"(?:本文)?首发于[^。！？]{1,40}。?$")
# Marks of a text that was cut off, and the arrow of the link that follows.
_CUT_OFF = re.compile(r"(?:[\[(]\s?(?:…|\.{3,9})\s?[\])]|…|(?<!\.)\.{3,}+)[\s→»›>]*+$")
# Runs into the name before it, which is the source's.
_GOOGLE_NEWS = "View Full Coverage on Google News"
_ARROW_LINK = re.compile(r"(?<=[.!?…\]\)])\s[^.!?…\n]{2,40}\s?[→»›⇒]{1,4}$")
_ARROWS = frozenset("→»›⇒")  # the last sign of what `_ARROW_LINK` finds
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]{1,200})\]\((?:https?:/|mailto:|[/#.])[^()\s]{0,500}\)")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]{1,200})(?<=\S)\1(?![\w*])")
# "[12]", "[citation needed]" behind a word, and an address in brackets: a post has none of them.
_NOTES = re.compile(
    r"(?<=[\w.,;!?\"”’)])(?:\[(?:\d{1,3}|[Cc]itation needed)\])+(?!\w)|\s?\(https?://[^\s()]+\)"
)
# The place of a topic in a recording: "Spring on Java 9 - 00:30:22", "(12:40) Interview".
_TIME = r"\d{1,2}:\d{2}:\d{2}"
PLACE_IN_RECORDING = re.compile(
    rf"\s[-–—]\s{_TIME}(?=\.?$)|^[(\[]?{_TIME}[)\]]?[:\s–—-]+(?=\w)|^[(\[]\d{{1,2}}:\d{{2}}[)\]]\s+(?=\w)"
)
# Marks of bioRxiv for lists and headings, which its feeds leave in their text.
_CODES = re.compile(r"\b[OC]_(?:LI|ST_ABS|SCPLOW|SCPCAP|FIG|TBL)\s?")
_LEADING_DOTS = re.compile(r"^\.{3,9}\s*(?=\w)")
_REDDIT_LINKS = re.compile(r"(?i)\[(?:link|comments)\]")


@cache
def _read_more() -> tuple[re.Pattern[str], int]:
    """Find the words that feeds put where they cut a text off, and the link that follows.

    Return with it in how many last signs of a text it finds anything.
    """
    known = sorted(phrases().read_more, key=len, reverse=True)
    words = "|".join(map(re.escape, known))
    return re.compile(
        rf"(?i)(?<=[.!?…\]\)»\"”])\s?[\[(]?\b(?:{words})\b[^.!?…]{{0,80}}[\])]?[\s→»›>.…]{{0,9}}$"
    ), len(known[0]) + 92


@cache
def _captions() -> re.Pattern[str]:
    words = "|".join(map(re.escape, sorted(phrases().captions, key=len, reverse=True)))
    return re.compile(rf"(?i)(?<!\w)(?:{words})\s?$")


@cache
def _bracketed_captions() -> frozenset[str]:
    known = phrases()
    return known.captions & known.in_brackets | {"via"}


def is_boilerplate(line: str) -> bool:
    """Tell whether `line` is no part of an article: share or comment box, byline, caption ..."""
    if _ONLY_SIGNS.fullmatch(line) or _ADDRESS.fullmatch(line.strip("()[]<>.,:;→ ")):
        return True
    if _is_byline(line) or (len(line) <= _LONGEST_BYLINE and _DATE.fullmatch(line)):
        return True
    return _is_caption(line) or is_call(line) or _is_label(line)


def is_call(sentence: str) -> bool:
    """Tell whether `sentence` asks the reader to go on elsewhere: "Read more", "Subscribe"."""
    return len(sentence) <= _LONGEST_CALL and phrases().calls.fits(fold(sentence))


def is_wall(sentence: str) -> bool:
    """Tell whether `sentence` is one of a page that wants consent, a log-in or a proof."""
    return phrases().walls.fits(fold(sentence))


def is_byline(sentence: str) -> bool:
    """Tell whether `sentence` only names who wrote: "Par Mikkel Borch-Jacobsen."."""
    words = sentence.rstrip(".").split()
    return len(words) > _ONE_NAME and _is_by_names(words)


def without_opening(text: str) -> str:
    """Leave out how a site introduces its quotation: "An anonymous reader quotes a report: ..."."""
    quoted = _OPENED.match(text)
    head, *rest = quoted.groups() if quoted else _COLON.split(text, maxsplit=1)
    if not rest or len(head) > _LONGEST_BYLINE:
        return text
    is_sender = quoted is not None and _NICKNAME.fullmatch(head) is not None
    if not is_sender and not phrases().openings.fits(fold(head)):
        return text
    said = rest[0].strip()
    bare = said.lstrip('"“«')
    return _without_last_quote(bare) if quoted or bare != said else bare


def _without_last_quote(text: str) -> str:
    """Leave out the mark that closes a quotation whose first mark is left out."""
    depth = 0
    for mark in _QUOTE.finditer(text):
        depth += 1 if mark[1] else -1
        if depth < 0:
            return f"{text[: mark.start()]}{text[mark.end() :]}"
    return text


def _is_label(line: str) -> bool:
    if len(line) > _LONGEST_LABEL or ends_sentence(line):
        return False
    return phrases().labels.fits(fold(line))


def _is_byline(line: str) -> bool:
    if len(line) > _LONGEST_BYLINE:
        return False
    is_credit = not ends_sentence(line) and (_is_credit(line) or _is_in_brackets(line))
    return is_credit or _is_by_names(line.split())


def _is_credit(line: str) -> bool:
    """Tell whether a line is "Source: Reuters", "Tác giả: Thu Thảo"."""
    label, *rest = _COLON.split(line, maxsplit=1)
    name = rest[0].strip() if rest else ""
    return label.strip().casefold() in phrases().credits and 0 < len(name) <= _LONGEST_NAME


def _is_in_brackets(line: str) -> bool:
    """Tell whether a line is a name and its part: "Thu Thảo (tổng hợp)", "(Theo Dân trí)"."""
    found = _BRACKETS.search(line)
    if found is None or not _begins_with(found[1], phrases().in_brackets):
        return False
    before = line[: found.start()]
    return not any(char in ".!?" or char.isdigit() for char in before)


def _begins_with(text: str, words: frozenset[str]) -> bool:
    """Tell whether one of `words` begins the text, whole: "ảnh: x" and "ảnh x", not "ảnhx"."""
    said = text.casefold()
    return any(said.startswith(word) and not said[len(word) :][:1].isalnum() for word in words)


def _is_caption(line: str) -> bool:
    """Tell whether a line describes a picture: "A chip of Nvidia. Photo: Reuters"."""
    if len(line) > _LONGEST_CAPTION:
        return False
    if line.rstrip(").").casefold().endswith("getty images"):
        return True
    brackets = _BRACKETS.search(line)
    if brackets and _begins_with(brackets[1], _bracketed_captions()):
        return True
    colon = max(line.rfind(":"), line.rfind("："))
    place = colon if colon >= 0 else line.rfind("/")
    label = _captions().search(line, 0, place) if place > 0 else None
    name = line[place + 1 :].strip()
    if label is None or not 1 < len(name) <= _LONGEST_LABEL:
        return False
    return label[0][0].isupper() or _BEFORE_CAPTION.search(line[: label.start()]) is not None


def _is_by_names(words: list[str]) -> bool:
    """Tell whether "By Ada Lovelace and Alan Turing" is all there is."""
    known = phrases()
    if not 1 < len(words) <= _MOST_NAMES or words[0].lower() not in known.by:
        return False
    return all(word[0].isupper() or word in known.and_ for word in words[1:])


def without_frame(line: str) -> str:
    """Return `line` without an agency's dateline before it and "read more" behind it.

    Where the feed has cut it off it ends in "…", or at the end of its last sentence.
    """
    # Of most lines a look at single signs tells that a pattern cannot be found.
    if "[" in line:
        line = _MARKDOWN_LINK.sub(r"\1", _REDDIT_LINKS.sub(" ", line))
    if "[" in line or "(http" in line:
        line = _NOTES.sub("", line)
    if "*" in line:
        line = _EMPHASIS.sub(r"\2", line)
    if "O_" in line or "C_" in line:
        line = _CODES.sub("", line)
    line = " ".join(line.split()).removesuffix(_GOOGLE_NEWS).rstrip()
    if ":" in line:
        line = PLACE_IN_RECORDING.sub("", line)
    line = _without_link(_LEADING_DOTS.sub("", line) if line.startswith("...") else line)
    line = _without_kicker(_without_dateline(_without_first_place(line)))
    is_whole = CUT_MARK not in line and "..." not in line
    whole = line if is_whole else _CUT_OFF.sub("", line).rstrip()
    if whole == line or ends_sentence(whole):
        return whole
    return whole + CUT_MARK if whole else ""


def _without_link(line: str) -> str:
    pattern, most = _read_more()
    if found := pattern.search(line, max(0, len(line) - most)):
        line = line[: found.start()]
    return _ARROW_LINK.sub("", line) if line[-1:] in _ARROWS else line


def _without_first_place(line: str) -> str:
    found = _FIRST_AT.search(line) if "首发于" in line else None
    if found is None:
        return line
    said = line[: found.start()].rstrip(",，； ")
    return said if said.endswith(("。", "！", "？")) else f"{said}。"


def _without_dateline(line: str) -> str:
    found = _AGENCY.match(line)
    if found and (found[1].strip() in phrases().agencies or _SITE.fullmatch(found[1].strip())):
        return line[found.end() :]
    place = _DATELINE.match(line)
    small = [word for word in (place[1] or "").split() if word[0].islower()] if place else ()
    return line[place.end() :] if place and len(small) <= _MOST_SMALL else line


def _without_kicker(line: str) -> str:
    found = _KICKER.match(line)
    if found is None:
        return line
    kicker = _HOUR.sub("", found[0])
    letters = sum(map(str.isalpha, kicker))
    is_kicker = letters >= _LEAST_LETTERS and kicker.isupper()
    return line[found.end() :] if is_kicker else line
