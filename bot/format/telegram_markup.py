"""Telegram's HTML: which tags it takes (Bot API, "HTML style"), and text without any."""

from __future__ import annotations

import html
import re

from bot.errors import TemplateError
from bot.format.limits import plain_text
from bot.format.text import word_set
from bot.wording import marked, told

TAGS = word_set(
    """
    a b blockquote code del em i ins pre s span strike strong tg-emoji tg-spoiler u
    """
)
MOST_ENTITIES = 100
_TAG = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:=(?:\"[^\"<>]*\"|[^\s\"'<>]+))?)*)\s*>"
)
_TAG_OR_SIGN = re.compile(rf"{_TAG.pattern}|[<>]")


def check_markup(markup: str, template: str) -> None:
    """Raise TemplateError unless Telegram will take `markup`.

    Values are escaped before they get here, so that a wrong tag is the template's own.
    """
    open_tags: list[str] = []
    for found in _TAG_OR_SIGN.finditer(markup):
        name = (found[2] or "").lower()
        if name not in TAGS:
            raise TemplateError(template, _wrong_tag(name))
        if not found[1]:
            if name == "blockquote" and name in open_tags:
                raise TemplateError(template, marked("has a <blockquote> in another one"))
            open_tags.append(name)
        elif not open_tags or open_tags.pop() != name:
            raise TemplateError(
                template, told("closes <{name}> where it is not the last one opened", name=name)
            )
    if open_tags:
        raise TemplateError(template, told("does not close <{name}>", name=open_tags[-1]))


def _wrong_tag(name: str) -> str:
    if not name:
        return marked('has a bare "<" or ">" in its text; write "&lt;" or "&gt;"')
    return told(
        "Telegram has no tag <{name}>; it takes {names}", name=name, names=", ".join(sorted(TAGS))
    )


def with_most_entities(markup: str) -> str:
    """Return checked `markup` with the tags of its first 100 elements, and all of its text.

    Telegram drops entities beyond that (TDLib, MessageEntity.cpp); better known than by chance.
    """
    if markup.count("<") <= 2 * MOST_ENTITIES:
        return markup
    opened = 0
    kept: list[bool] = []

    def keep(tag: re.Match[str]) -> str:
        nonlocal opened
        if tag[1]:
            return tag[0] if kept.pop() else ""
        opened += 1
        kept.append(opened <= MOST_ENTITIES)
        return tag[0] if kept[-1] else ""

    return _TAG.sub(keep, markup)


def without_markup(markup: str) -> str:
    """Return `markup` as text without tags, still valid HTML."""
    return html.escape(plain_text(markup).strip(), quote=False)
