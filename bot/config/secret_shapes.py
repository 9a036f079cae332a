"""The looks of passwords, tokens and keys, which no message may repeat."""

from __future__ import annotations

import re

from bot.collect.addresses import secret_parts

_TOKEN = re.compile(
    r"(?<!\d)\d{4,}:[\w-]{10,}"  # Telegram, https://core.telegram.org/bots/api#authorizing-your-bot
    r"|(?<!\w)\d{6,}-[A-Za-z0-9]{20,}"  # X, the access token: the account's number first
    r"|(?<!\w)(?:A{10,}\w|gh[opsu]_\w|sk-\w|xox[a-z]-\w|eyJ\w{8})"  # X's bearer, GitHub, JWT, …
    r"|//[^\s/]*@|(?<![^\s/])(?!mailto:)[^\s/@:]+:[^\s/@]+@"  # a login, RFC 3986 section 3.2.1
)
_RUN = re.compile(r"[A-Za-z0-9]{16,}")
_CHANGE = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_CASE_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[a-z])")
_BASE64 = re.compile(r"[A-Za-z0-9+=_-]{32,}")
_LEAST_CHANGES = 3  # "bot2024" has one, random letters and digits change every fourth time
_LONG = 20


def is_token(text: str) -> bool:
    """Tell whether `text` holds the sure form of a token, or a login inside an address."""
    return bool(_TOKEN.search(text))


def looks_secret(text: str) -> bool:
    """Tell whether `text` may hold a token, a login, a key of an address or random signs.

    Words, ids, paths and names of environment variables do not look so; a name that does costs a
    message its quotation, and nothing else.
    """
    return (
        is_token(text)
        or bool(secret_parts(text))
        or any(_is_random(run) for run in _RUN.findall(text))
        or any(_is_mixed(run) for run in _BASE64.findall(text))
    )


def _is_random(run: str) -> bool:
    return len(_CHANGE.findall(run)) >= _LEAST_CHANGES or (len(run) >= _LONG and _is_mixed(run))


def _is_mixed(run: str) -> bool:
    """Tell whether capitals, small letters and digits stand mixed, as in base64; not as inWords."""
    is_no_word = re.search(r"\d|[A-Z]{2}", run) is not None
    return is_no_word and len(_CASE_CHANGE.findall(run)) >= _LEAST_CHANGES
