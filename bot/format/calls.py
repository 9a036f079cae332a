"""Mentions, commands and addresses that a feed's text would become on a platform: broken unseen.

An invisible word joiner (U+2060) behind the sign breaks them. The text stays readable and is found
by its words.
"""

from __future__ import annotations

import re
from functools import cache

from bot.format.limits import address_dots, may_hold_address

WORD_JOINER = "\u2060"

# Behind an ASCII letter "@" belongs to an e-mail address, except after "RT" (twitter-text,
# validMentionPrecedingChars; TDLib, find_mentions, refuses letters of every language).
_MENTION = (
    r"(?:[@＠](?<![A-Za-z0-9_].)|[@＠](?<=[^A-Za-z0-9_+~.-][rR][tT].)|(?<=^[rR][tT])[@＠])(?=\w)"
)
# TDLib, find_bot_commands: not "and/or", "24/7" or "/r/python".
_COMMAND = r"/(?<![\w/<>].)(?=[A-Za-z0-9_]+(?![\w/<>]))"
# Telegram reads an address before what stands in its path ("https://example.org/@name"), where it
# takes it for one (TDLib, match_urls and fix_url): behind a word, a dot or a path it belongs to
# them; labels end in no hyphen and have 63 signs at most, ports five digits, and one look-alike of
# its own name is refused.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PORT = r"(?::(?:[1-5][0-9]{4}|[1-9][0-9]{0,3})(?![0-9]))?"
_ADDRESS = (
    r"(?:(?<![^ \n])|(?<=[ \n]\()|(?<=^\())[hH][tT][tT][pP][sS]?://(?!(?i:teiegram\.org))"
    rf"(?:{_LABEL}\.)+[A-Za-z]{{2,63}}{_PORT}(?:/[\w.~%@-]*)*"
)
# X sees no link behind "@" (twitter-text, validUrlPrecedingChars).
_MAIL = r"(?<=[A-Za-z0-9_])(?<![rR][tT])@[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*(?![\w@/-]|\.\w)"
_ON_X = re.compile(_MENTION)
_ON_TELEGRAM = re.compile(rf"(?P<address>{_ADDRESS})|{_MENTION}|{_COMMAND}")


def unlinked(text: str) -> str:
    """Return `text` so that X sees no address ("node.io") and no mention ("@name") in it.

    A link that nobody meant costs money, and posts of programs may not mention others (X API,
    changelog of 2026).
    """
    if may_hold_address(text):
        text = _without_addresses(text)
    return _ON_X.sub(rf"\g<0>{WORD_JOINER}", text)


def _without_addresses(text: str) -> str:
    dots = address_dots(text)
    if "://" in text:
        return dots.sub(f".{WORD_JOINER}", text)
    return _beside_mail(dots).sub(lambda dot: dot["mail"] or f".{WORD_JOINER}", text)


@cache
def _beside_mail(dots: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(rf"(?P<mail>{_MAIL})|{dots.pattern}", dots.flags)


def unspoken(text: str) -> str:
    """Return `text` so that Telegram sees no mention ("@name") and no command ("/start") in it.

    Hashtags stay, because their editor wrote them and they call nobody.
    """
    return _ON_TELEGRAM.sub(lambda call: call["address"] or f"{call[0]}{WORD_JOINER}", text)
