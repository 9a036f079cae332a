"""Differences between platforms: limits, how they count, and the links that they see."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.format.calls import unlinked, unspoken
from bot.format.illustration import is_caption, shown_image
from bot.format.limits import (
    TELEGRAM_CAPTION,
    TELEGRAM_MESSAGE,
    X_POST,
    has_address,
    is_address,
    plain_text,
    telegram_length,
    utf16_length,
    x_length,
)
from bot.format.links import ascii_address
from bot.format.telegram_markup import without_markup
from bot.models.basics import Platform

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.format.limits import Measure
    from bot.models.settings import Channel
    from bot.models.stories import Article

_MOST_LINK_ON_X = 100  # an address that X does not take for one counts in full


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one platform writes and counts.

    `limit` None means none. `measure` counts a finished text, `measure_plain` a value in it.
    `prepare` is done to each value and may be repeated, `finish` to the template's text. `link` and
    `image` are those that the post shows. `keeps_hashtags`: a shorter lead makes room for them.
    """

    limit: int | None
    measure: Measure
    measure_plain: Measure
    prepare: Callable[[str], str]
    finish: Callable[[str], str]
    sees_link: Callable[[str], bool]
    link: str | None
    image: str | None
    keeps_hashtags: bool = True


def dialect_for(article: Article, channel: Channel, without: frozenset[str]) -> Dialect:
    """Return the dialect in which `article` is written for `channel`."""
    if channel.platform is Platform.TELEGRAM:
        return _telegram(article, channel, without)
    if channel.platform is Platform.X:
        is_bare = channel.link == "never" or "link" in without
        return _x(article, is_bare=is_bare)
    return _console(article)


def _telegram(article: Article, channel: Channel, without: frozenset[str]) -> Dialect:
    image = shown_image(article, channel, without)

    def finish(text: str) -> str:
        return _bare(text, article.link) if "markup" in without else text

    return Dialect(
        limit=TELEGRAM_CAPTION if is_caption(article, channel, without) else TELEGRAM_MESSAGE,
        measure=telegram_length,
        measure_plain=utf16_length,
        prepare=unspoken,
        finish=finish,
        sees_link=lambda text: "href=" in text or "://" in text,
        link=article.link,
        image=image,
    )


def _bare(markup: str, link: str | None) -> str:
    """Without markup the title is no link any more: the address itself stands below."""
    if not link or link in plain_text(markup):
        return without_markup(markup)
    return f"{without_markup(markup)}\n\n{html.escape(link, quote=False)}"


def _x(article: Article, *, is_bare: bool) -> Dialect:
    link = None if is_bare else _link_on_x(article.link)
    return Dialect(
        limit=X_POST,
        measure=x_length,
        measure_plain=x_length,
        prepare=unlinked,
        finish=unlinked if is_bare else str,
        sees_link=has_address,
        link=link,
        image=None,
        keeps_hashtags=False,
    )


def _console(article: Article) -> Dialect:
    return Dialect(
        limit=None,
        measure=len,
        measure_plain=len,
        prepare=str,
        finish=str,
        sees_link=lambda text: "://" in text,
        link=article.link,
        image=article.image,
    )


def _link_on_x(link: str | None) -> str | None:
    address = ascii_address(link) if link else None
    if address is None or (not is_address(address) and x_length(address) > _MOST_LINK_ON_X):
        return None
    return address
