"""How long a text is on each platform, and cutting it where a reader does not stumble."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bot.format.sentences import sentence_ends

if TYPE_CHECKING:
    from collections.abc import Callable

    Measure = Callable[[str], int]

TELEGRAM_MESSAGE = 4_096  # Bot API, sendMessage.text, after entities are parsed
TELEGRAM_RICH = 32_768  # Bot API, "Rich Message Limits"
TELEGRAM_CAPTION = 1_024  # Bot API, sendPhoto.caption, after entities are parsed
X_POST = 280  # weighted, twitter-text configuration v3
X_URL = 23  # every address, however long
_HEAVY_SIGN = "\u4e2d"  # weighs 2 on X, as every emoji does

_MARKUP = re.compile(r"<[^<>]*>")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
# Letters that twitter-text reads through in an address: one of them weighs as much as hundreds.
_LONG_RUN = re.compile(r"(?i)[a-z0-9/_-]{40,}")
# Any word may be a top-level domain that X knows.
_LIKELY_ADDRESS = re.compile(r"(?i)https?://[^\s/?#]*\.[^\W\d_]")
_WHOLE_ADDRESS = re.compile(r"(?i)(?<!\S)https?://[!-~]+(?!\S)")
# twitter-text configuration v3: what weighs 2 rather than 1, addresses and emoji aside.
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
# A dot inside what may be an address; a word joiner (U+2060) behind it breaks the address.
# (The dot stands first in the pattern: what begins with a plain sign is found quickly.)
INNER_DOT = re.compile(r"\.(?<=[^\s.!#-,/:-@\[-\^{-~]\.)(?=\w)")
_BEFORE_LETTER = re.compile(rf"{INNER_DOT.pattern}(?=[^\W\d_])")
# Only for text with addresses or emoji twitter-text must be asked.
_EMOJI = re.compile(
    "[\u00a9\u00ae\u200d\u203c\u2049\u20e3\u2100-\u2bff\u3030\u303d\u3297\u3299"
    "\ufe0e\ufe0f\U0001f000-\U0001faff\U000e0000-\U000e007f]"
)
_EMOJI_RUN = re.compile(f"[0-9#*]?{_EMOJI.pattern}+")
# Above this number of dots twitter-text is not asked, nor above these lengths with dots and without
# them: it takes quadratic time for dotted text.
_MOST_DOTS = 12
_MOST_ASKED = 900
_MOST_WITHOUT_DOTS = 4_000
# The longest emoji sequences have ten code points and weigh 2 on X.
_MOST_CODE_POINTS = 5
# A word is cut only where leaving it out would cost more than this share of the room.
_WORD_SHARE = 0.6
# A cut at the end of a sentence may leave this share of the room empty.
_SENTENCE_SHARE = 0.5
ELLIPSIS = "…"


def plain_text(markup: str) -> str:
    """Return the text that a reader of Telegram's HTML sees."""
    text = _MARKUP.sub("", markup)
    return html.unescape(text) if "&" in text else text


def utf16_length(text: str) -> int:
    """Return the UTF-16 code units of `text`: how Telegram counts (Bot API, MessageEntity)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def telegram_length(markup: str) -> int:
    """Return the length of HTML source after entities are parsed, in UTF-16 code units."""
    return utf16_length(plain_text(markup))


def x_length(text: str) -> int:
    """Return the weighted length as X counts (twitter-text v3).

    A doubtful address counts as one or as its letters, whichever is more. Sequences of emoji newer
    than Unicode 12, which the library does not know, count more. Beyond several times the length
    of a post, and for text with very many dots, it is an estimate that is never lower.
    """
    text = unicodedata.normalize("NFC", text)
    if "://" in text:
        text = _WHOLE_ADDRESS.sub(_in_weight, text)
    if _holds_domain(text):
        return _asked(text)
    if _EMOJI.search(text):
        emoji = _twitter_text().emoji
        text = _EMOJI_RUN.sub(lambda run: emoji.sub(_HEAVY_SIGN, run[0]), text)
    return _letters(text)


@lru_cache(maxsize=256)
def _asked(text: str) -> int:
    if is_costly(text):
        return _estimate(text)
    doubtful = sum(map(_lacking, _twitter_text().doubtful_urls(text)))
    return int(_twitter_text().parse_tweet(text).weightedLength) + doubtful


def _holds_domain(text: str) -> bool:
    return may_hold_address(text) and _twitter_text().DOMAIN_END.search(text) is not None


def _lacking(address: str) -> int:
    """Return by how much `address` would weigh more as an address than as letters."""
    return max(0, X_URL - _letters(_EMOJI.sub("", address)))


def has_address(text: str) -> bool:
    """Tell whether X sees (and bills) a link in `text`; True in doubt."""
    if "://" in text and _LIKELY_ADDRESS.search(text):
        return True
    if not _holds_domain(text):
        return False
    twitter = _twitter_text()
    return is_costly(text) or bool(twitter.extract_urls(text) or twitter.doubtful_urls(text))


def address_dots(text: str) -> re.Pattern[str]:
    """Return the expression for the dots of `text` without which X sees no address in it.

    Behind a scheme any word may be a top-level domain that X knows.
    """
    return _BEFORE_LETTER if "://" in text else _twitter_text().DOMAIN_END


def _twitter_text() -> Any:
    from bot.format import twitter  # noqa: PLC0415 - a slow import, and few texts need it

    return twitter


def may_hold_address(text: str) -> bool:
    """Tell without cost that `text` cannot hold what X takes for an address."""
    if "://" in text:
        return INNER_DOT.search(text) is not None
    # Without a scheme there must be a top-level domain, which begins with a letter: not "3.5".
    return "." in text and _BEFORE_LETTER.search(text) is not None


def is_costly(text: str) -> bool:
    """Tell whether twitter-text would take long over `text`: its time is quadratic in dots."""
    dots = len(INNER_DOT.findall(text))
    return dots > _MOST_DOTS or len(text) > (_MOST_ASKED if dots else _MOST_WITHOUT_DOTS)


def _in_weight(address: re.Match[str]) -> str:
    """Write letters of the weight of an address in its place, if X takes it for one."""
    return "x" * X_URL if is_address(address[0]) else address[0]


@lru_cache(maxsize=256)
def is_address(text: str) -> bool:
    """Tell whether X takes all of `text` for one address."""
    scheme, slashes, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    text = f"{scheme}{slashes}{host}{slash}{_LONG_RUN.sub('x', path)}"
    return not is_costly(text) and [text] == _twitter_text().extract_urls(text)


def _letters(text: str) -> int:
    return len(text) + len(_HEAVY.findall(text))


def _estimate(text: str) -> int:
    # "a.io" weighs more than its letters: each end of a domain may be one of an address.
    ends = _twitter_text().DOMAIN_END.findall(text)
    return _letters(text) + X_URL * (len(ends) + len(_ADDRESS.findall(text)))


def cut_text(text: str, limit: int, measure: Measure) -> str:
    """Return as much of `text` as fits `limit` by `measure`, "" where nothing does.

    Cuts at the end of a sentence where that leaves at least half of what fits, else at a word
    and adds "…"; inside a word only where it has no end (Chinese, Thai), never inside a letter,
    emoji or flag.
    """
    if measure(text) <= limit:
        return text
    room = limit - measure(ELLIPSIS)
    longest = _longest(text, room, measure) if room > 0 else 0
    # A sentence that ends where the room ends needs no mark behind it.
    near = [end for end in sentence_ends(text) if end <= longest + measure(ELLIPSIS)]
    end = max((end for end in near if end <= longest or measure(text[:end]) <= limit), default=0)
    if end and end >= longest * _SENTENCE_SHARE:
        return text[:end]
    stump = _at_word(text, longest)
    return stump + ELLIPSIS if stump else text[:end]


def _longest(text: str, room: int, measure: Measure) -> int:
    """Return the most characters of `text` that `measure` no more than `room`."""
    low, high = 0, min(len(text), room * _MOST_CODE_POINTS)
    at_low, at_high = 0, max(measure(text[:high]), 1)
    is_near = False
    while low < high:
        # Text is much the same all along, so where to look follows from its length so far.
        share = 0.5 if is_near else (room - at_low) / max(at_high - at_low, 1)
        middle = min(max(low + int(share * (high - low)), low + 1), high)
        length = measure(text[:middle])
        is_near = not is_near and abs(length - room) > 1
        if length <= room:
            low, at_low = middle, length
        else:
            high, at_high = middle - 1, length
    return low


def _at_word(text: str, longest: int) -> str:
    space = text.rfind(" ", 0, longest + 1)
    if space >= longest * _WORD_SHARE or _ADDRESS.match(text, space + 1):
        end = max(space, 0)
    else:
        end = _grapheme_start(text, longest)
    return text[:end].rstrip(" ,;:–—-([{\"'“‘«/.…。、，")


def _grapheme_start(text: str, end: int) -> int:
    """Return the last place up to `end` that is not inside a user-perceived character (UAX 29)."""
    while 0 < end < len(text) and _is_joined(text, end):
        end -= 1
    return end


def _is_joined(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if unicodedata.category(after) in {"Mn", "Mc", "Me"} or after in "\u200c\u200d":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    # After a joiner, or a virama, which joins two letters of Indic scripts into one.
    if before == "\u200d" or unicodedata.combining(before) == 9:  # noqa: PLR2004 the class "virama"
        return True
    return _splits_flag(text, at)


def _splits_flag(text: str, at: int) -> bool:
    """A flag is a pair of regional indicators: an odd number of them before means inside one."""
    run = 0
    while run < at and "\U0001f1e6" <= text[at - 1 - run] <= "\U0001f1ff":
        run += 1
    return run % 2 == 1 and "\U0001f1e6" <= text[at] <= "\U0001f1ff"
