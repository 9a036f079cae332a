"""Text that a person typed into Telegram -> Telegram's HTML, with the markup of the typing."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.format.dialects import dialect_for
from bot.format.illustration import alt_text, with_media
from bot.format.limits import plain_text
from bot.format.links import web_address
from bot.format.share import placed_buttons, with_links
from bot.format.telegram_markup import with_most_entities
from bot.format.text import without_junk
from bot.models.basics import Platform

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.format.dialects import Dialect
    from bot.models.desk import Entity
    from bot.models.posts import Post
    from bot.models.settings import Channel
    from bot.models.stories import Article

# MessageEntity.type (Bot API); every other kind, such as a mention, is its text.
_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "spoiler": "tg-spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
    "text_link": "a",
}
_ALONE = frozenset({"code", "pre"})
"""Nothing else may stand in these, nor around them."""


def typed_html(text: str, entities: Iterable[Entity]) -> str:
    """Return `text` as HTML that Telegram takes. Offsets count UTF-16 units (Bot API).

    What lies across the end of another entity is cut there; what cannot be is left out.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    writer = _Writer(units)
    for entity in sorted(entities, key=lambda one: (one.offset, -one.length)):
        writer.add(entity)
    writer.close(len(units) // 2)
    return with_most_entities("".join(writer.pieces)).strip()


def typed_text(text: str) -> str:
    """Return what a person typed for a platform without markup."""
    return without_junk(text).strip()


class _Writer:
    """Writes the text up to where it `is`, inside the tags that are open."""

    def __init__(self, units: bytes) -> None:
        self._units = units
        self._at = 0
        self._open: list[tuple[int, str]] = []
        self.pieces: list[str] = []

    def add(self, entity: Entity) -> None:
        start, end = entity.offset, entity.offset + entity.length
        tag = _start_tag(entity)
        self.close(start)
        if tag is None or not self._at <= start < end <= len(self._units) // 2:
            return
        names = [name for _, name in self._open]
        if not _ALONE.isdisjoint(names) or _TAGS[entity.type] in names:
            return
        self._write(start)
        inner = min([end, *(stop for stop, _ in self._open)])
        self._open.append((inner, _TAGS[entity.type]))
        self.pieces.append(tag)

    def close(self, until: int) -> None:
        """Write the text up to `until`, and close what ends there."""
        while self._open and self._open[-1][0] <= until:
            stop, name = self._open.pop()
            self._write(stop)
            self.pieces.append(f"</{name}>")
        if not self._open:
            self._write(until)

    def _write(self, until: int) -> None:
        until = min(until, len(self._units) // 2)
        if until > self._at:
            text = self._units[self._at * 2 : until * 2].decode("utf-16-le", "ignore")
            self.pieces.append(html.escape(without_junk(text), quote=False))
            self._at = until


def _start_tag(entity: Entity) -> str | None:
    name = _TAGS.get(entity.type)
    if name == "a":
        address = web_address(entity.url)
        return None if address is None else f'<a href="{html.escape(address)}">'
    if entity.type == "expandable_blockquote":
        return "<blockquote expandable>"
    return None if name is None else f"<{name}>"


def with_hand_text(
    post: Post, text: str, article: Article, channel: Channel, *, without: frozenset[str]
) -> Post:
    """Return `post` with the text that a person wrote instead of the template's.

    A text that is too long under a picture, as where the picture came later, goes without it.
    """
    dialect = dialect_for(article, channel, without)
    text = dialect.finish(text)
    if channel.platform is Platform.TELEGRAM and _is_too_long(text, dialect):
        without |= {"image", "clip"}
        dialect = dialect_for(article, channel, without)
    buttons = placed_buttons(article, channel, without)
    linked = with_links(text, buttons.in_text, article, channel)
    text = text if _is_too_long(linked, dialect) else linked
    link = post.link if post.link is not None and post.link in plain_text_and_links(text) else None
    written = replace(
        post,
        text=text,
        length=dialect.measure(text),
        limit=dialect.limit,
        buttons=buttons.under,
        alt=dialect.prepare(alt_text(article)),
        has_link=dialect.sees_link(text),
        link=link,
    )
    return with_media(written, article, channel, without)


def _is_too_long(text: str, dialect: Dialect) -> bool:
    return dialect.limit is not None and dialect.measure(text) > dialect.limit


def plain_text_and_links(markup: str) -> str:
    """Return the text of `markup` and, below it, the addresses that it links to."""
    return f"{plain_text(markup)}\n{html.unescape(markup)}"


class Typed(NamedTuple):
    """What a person typed for a channel; `length` is as its platform counts, `limit` the most."""

    text: str
    length: int
    limit: int | None

    @property
    def is_too_long(self) -> bool:
        """Tell whether there is no room for it."""
        return self.limit is not None and self.length > self.limit


def typed_for(
    channel: Channel, article: Article, text: str, entities: Iterable[Entity] = ()
) -> Typed:
    """Return what a person typed in the place of the channel's post of `article`."""
    is_markup = channel.platform is Platform.TELEGRAM
    text = typed_html(text, entities) if is_markup else typed_text(text)
    dialect = dialect_for(article, channel, frozenset())
    return Typed(text, dialect.measure(text), dialect.limit)
