"""Functions that read one value of the file: the typed value, or a `Mistake`."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

from bot.config.mistakes import Mistake, is_one_line, nearest, not_this, one_of, quote
from bot.config.secret_shapes import is_token, looks_secret
from bot.filters.terms import term_of
from bot.format.hashtags import hashtag_of
from bot.format.removal import check_removal
from bot.format.share import CLOSED, TARGETS
from bot.models.settings import SecretRef
from bot.wording import marked, told

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
DURATION = re.compile(r"(\d{1,9})([smhd])", re.ASCII)
_LONGEST = timedelta(days=36_500)
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
USERNAME = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}")
_NUMBER = re.compile(r"-?\d+", re.ASCII)
_MICRO = 1_000_000
_LONGEST_TEXT = 60  # characters, as many as fit on a button or in a hashtag
_DURATION_FORMS = marked('a duration such as "30s", "15m", "2h" or "7d"')
_OR_OFF = marked('a duration such as "30s", "15m", "2h" or "7d", or "off"')
_SECRET_KINDS = ("env", "file", "credential")
_NAMED_FORMS = '{ env = "NAME" }, { file = "PATH" } or { credential = "NAME" }'
# The bot's own words exist in these.
OWN_LANGUAGES = ("vi", "en")


def parse_duration(value: object) -> timedelta:
    """Read "30s", "15m", "2h" or "7d"; at least one second."""
    return _duration(value, _DURATION_FORMS, least='"1s"')


def parse_duration_or_off(value: object) -> timedelta | None:
    """Read a duration of at least one second, or "off" as None."""
    if value == "off":
        return None
    return _duration(value, _OR_OFF, least='"1s", or "off"')


def parse_gap(value: object) -> timedelta:
    """Read a duration where "0s" and "off" both mean none."""
    return timedelta(0) if value == "off" else _span(value, _OR_OFF)


def _duration(value: object, expected: str, *, least: str) -> timedelta:
    span = _span(value, expected)
    if span < timedelta(seconds=1):
        raise not_this(told("at least {least}", least=least), value)
    return span


def _span(value: object, expected: str) -> timedelta:
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise not_this(expected, value)
    span = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if span > _LONGEST:
        raise not_this(marked('at most "36500d" (a hundred years)'), value)
    return span


def parse_money(value: object) -> int:
    """Read US dollars as integer micro-dollars, rounded down."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise not_this(marked("an amount in US dollars such as 2.0"), value)
    if not 0 <= value <= _MICRO:
        raise not_this(told("an amount from 0 to {most} US dollars", most=_MICRO), value)
    return int(Decimal(str(value)) * _MICRO)


def parse_secret(value: object) -> SecretRef:
    """Read the name of a secret; a secret itself is refused and never repeated."""
    if isinstance(value, str):
        raise Mistake(
            told("never write a secret in this file: name it with {names}", names=_NAMED_FORMS)
        )
    if not isinstance(value, dict) or len(value) != 1:
        raise Mistake(told("must be exactly one of {names}", names=_NAMED_FORMS))
    ((kind, name),) = value.items()
    if kind not in _SECRET_KINDS:
        hint = nearest(kind, _SECRET_KINDS)
        raise Mistake(
            told("unknown key {key}, expected {names}", key=quote(kind), names=_NAMED_FORMS) + hint
        )
    if not isinstance(name, str) or not is_one_line(name):
        raise Mistake(told("{kind} must be the name of the secret, in quotes", kind=kind))
    if is_token(name):
        raise Mistake(
            told("the secret itself stands in this file: name it with {names}", names=_NAMED_FORMS)
        )
    return SecretRef(kind=kind, name=name)


def parse_id(value: object) -> str:
    """Read the id of a feed, channel or account."""
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise not_this(
            marked(
                'a name of letters, digits, ".", "_" and "-" that begins with a letter or digit'
            ),
            value,
        )
    return value


def parse_chat(value: object) -> str | int:
    """Read a Telegram chat: a public name with "@", or its number.

    Chat ids have at most 52 significant bits (https://core.telegram.org/bots/api#chat).
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 < abs(value) < 2**52:
        return value
    if isinstance(value, str) and USERNAME.fullmatch(value):
        return value
    raise not_this(
        marked('a public name such as "@tincongnghe" or a number such as -1001234567890'),
        value,
        _chat_hint(value),
    )


def parse_user(value: object) -> int:
    """Read the number of a Telegram user, of which the Bot API knows no other name."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**52:
        return value
    hint = marked("; let this person write to the bot, then `newsbot chats` shows the number")
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        hint = marked("; write the number without quotes")
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        hint = marked("; numbers below 0 are those of groups and channels")
    raise not_this(marked("the number of a person on Telegram, such as 123456789"), value, hint)


def _chat_hint(value: object) -> str:
    if not isinstance(value, str):
        return ""
    if _NUMBER.fullmatch(value):
        return marked("; write the number without quotes")
    name = "@" + value.rpartition("/")[2]
    is_shown = USERNAME.fullmatch(name) and not looks_secret(name)
    return told('; did you mean "{name}"?', name=name) if is_shown else ""


def parse_language(value: object) -> str:
    """Read a language tag in the form of BCP 47, such as "vi" or "pt-BR"."""
    if not isinstance(value, str) or not LANGUAGE.fullmatch(value):
        raise not_this(marked('a language such as "vi", "en" or "pt-BR"'), value)
    return value


def parse_own_language(value: object) -> str:
    """Read the language of the bot's own words."""
    if value not in OWN_LANGUAGES:
        raise not_this('"vi" or "en"', value)
    return str(value)


def parse_hashtag(value: object) -> str:
    """Read a hashtag with or without its "#"."""
    text = value.strip().removeprefix("#") if isinstance(value, str) else ""
    if not is_one_line(text):
        raise not_this(marked('a word such as "CôngNghệ"'), value)
    return text


def parse_name_in_title(value: object) -> str:
    """Read a name, as headlines write it, that can be a hashtag."""
    text = parse_hashtag(value)
    if hashtag_of(text) is None:
        raise Mistake(
            told(
                "{value} cannot be a hashtag: letters, digits and spaces, 30 at most",
                value=quote(value),
            )
        )
    return text


def parse_phrase(value: object) -> str:
    """Read a phrase of an article: one line that is not empty."""
    text = value.strip() if isinstance(value, str) else ""
    if not is_one_line(text):
        raise not_this(marked("a phrase of one line"), value)
    return text


def parse_term(value: object) -> str:
    """Read a term of a filter."""
    text = parse_phrase(value)
    try:
        term_of(text)
    except ValueError as error:
        raise Mistake(f"{error}: {quote(value)}") from error
    return text


def parse_removed(value: object) -> str:
    """Read a phrase that is left out, or a regular expression between slashes."""
    text = parse_phrase(value)
    try:
        check_removal(text)
    except ValueError as error:
        raise Mistake(
            told("is no usable regular expression, {why}: {value}", why=error, value=quote(value))
        ) from error
    return text


def parse_hashtags_map(value: object) -> dict[str, str]:
    """Read a table from a category of a feed to the hashtag that it becomes."""
    return {name: parse_hashtag(tag) for name, tag in parse_texts(value).items()}


def parse_texts(value: object) -> dict[str, str]:
    """Read a table of short texts that are shown to readers."""
    if not isinstance(value, dict):
        raise not_this(told('a table such as {{ name = "text" }}'), value)
    for name, text in value.items():
        if not isinstance(text, str) or not is_one_line(text) or len(text) > _LONGEST_TEXT:
            raise Mistake(told("{name} must be one short line of text in quotes", name=quote(name)))
    return {name: text.strip() for name, text in value.items()}


def parse_name(value: object) -> str:
    """Read a name that is shown to readers."""
    if not isinstance(value, str) or not is_one_line(value):
        raise not_this(marked("one line of text"), value)
    return value.strip()


def parse_template(value: object) -> str:
    """Read the name of a template: a file below templates/, never outside of it."""
    parts = value.split("/") if isinstance(value, str) and is_one_line(value) else [""]
    if "" in parts or ".." in parts:
        raise not_this(
            marked('the name of a file in templates/, such as "telegram.html.j2"'), value
        )
    return "/".join(parts)


def parse_share(name: str) -> str:
    """Read the name of a share target; services that cannot be shared to name another."""
    if name in TARGETS:
        return name
    if name == "zalo":
        raise Mistake(
            told('"zalo" has no plain share link; use {closed}', closed=quote(CLOSED[name]))
        )
    if name in CLOSED:
        raise Mistake(
            told("{name} is closed; use {closed}", name=quote(name), closed=quote(CLOSED[name]))
        )
    raise Mistake(
        told(
            "unknown share target {name}, expected {names}", name=quote(name), names=one_of(TARGETS)
        )
        + nearest(name, TARGETS)
    )


def parse_share_labels(value: object) -> dict[str, str]:
    """Read the operator's own words on buttons: target, or "comments", to text."""
    known = (*TARGETS, "comments")
    labels = parse_texts(value)
    for name in labels:
        if name not in known:
            raise Mistake(told("unknown button {name}", name=quote(name)) + nearest(name, known))
    return labels
