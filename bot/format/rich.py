"""A rich message of Telegram: a post that holds its article (Bot API 10.1, "Rich HTML style").

Headline, picture and lead as in any post, then a part that opens on a tap, with the article's text
and pictures. Each block stands on a line of its own, so that the text without markup has lines.
"""

from __future__ import annotations

import html
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from bot.format.also_at import also_at_values
from bot.format.body import untold
from bot.format.choosing import lead_of
from bot.format.dialects import dialect_for
from bot.format.hashtags import hashtags
from bot.format.illustration import alt_text, shown_image
from bot.format.limits import TELEGRAM_RICH, telegram_length
from bot.format.share import share_buttons
from bot.models.posts import Post
from bot.wording import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.format.dialects import Dialect
    from bot.models.settings import Channel
    from bot.models.stories import Article, Passage

_MOST_BESIDE = 4
"""Pictures of the article beside the first one."""
_BEGINNING = "<h3>"
"""No other post begins so: a template's headings are refused."""


def is_rich(text: str) -> bool:
    """Tell whether `text`, a post on Telegram, is that of a rich message."""
    return text.startswith(_BEGINNING)


def wants_rich(article: Article, channel: Channel, without: frozenset[str]) -> bool:
    """Tell whether a post of `article` is a rich message; a digest is none."""
    return channel.layout == "rich" and "rich" not in without and not article.headlines


def with_pictures_in(article: Article, text: str) -> Article:
    """Return `article` with those of its further pictures alone that the rich `text` shows."""
    others = (one for one in article.pictures if one.url != article.image)
    shown = tuple(one for one in others if _picture(one.url) in text)
    return replace(article, pictures=shown)


def render_rich(
    article: Article, channel: Channel, *, without: frozenset[str], silent: bool
) -> Post:
    """Return the rich message; `without` as of `render_post`.

    It keeps Telegram's limits by its making: an article has at most 100 passages and five pictures,
    and what is too long loses its last passages.
    """
    dialect = dialect_for(article, channel, without)
    image = shown_image(article, channel, without)
    lead = lead_of(article).text
    writer = _Writer(article, channel, dialect, image, lead)
    passages = list(untold(article.body, lead))
    while (too_many := telegram_length(text := writer.write(passages)) - TELEGRAM_RICH) > 0:
        while too_many > 0:
            too_many -= len(passages.pop().text)
    return Post(
        channel=channel.id,
        platform=channel.platform,
        text=text,
        length=telegram_length(text),
        limit=TELEGRAM_RICH,
        buttons=() if "buttons" in without else share_buttons(article, channel),
        image=image,
        alt=dialect.prepare(alt_text(article)) if image else "",
        link=dialect.link,
        has_link=dialect.sees_link(text),
        silent=silent,
        chat=channel.chat,
    )


class _Writer:
    """Writes one article with more or fewer passages of its text."""

    def __init__(
        self, article: Article, channel: Channel, dialect: Dialect, image: str | None, lead: str
    ) -> None:
        self._article = article
        self._channel = channel
        self._dialect = dialect
        self._image = image
        self._lead = lead

    def write(self, passages: Sequence[Passage]) -> str:
        """Return the message's HTML."""
        parts = [
            f"{_BEGINNING}{self._headline()}</h3>",
            _picture(self._image) if self._image else "",
            _element("p", self._text(self._lead)),
            *self._details(passages),
            _element("p", self._also_at()),
            _element("p", self._text(" ".join(hashtags(self._article, self._channel)))),
            _element("footer", self._text(self._article.source)),
        ]
        return "\n".join(part for part in parts if part)

    def _text(self, text: str) -> str:
        return html.escape(self._dialect.prepare(text), quote=False)

    def _headline(self) -> str:
        return _linked(self._text(self._article.title), self._dialect.link)

    def _details(self, passages: Sequence[Passage]) -> Iterator[str]:
        pictures = list(self._further_pictures())
        if not passages:  # pictures alone are no article to be read
            yield from pictures
            return
        summary = wording(self._channel.language).phrase("Read the article here")
        yield f"<details><summary>{self._text(summary)}</summary>"
        for kind, group in groupby(passages, key=lambda passage: passage.kind):
            texts = [self._text(passage.text) for passage in group]
            yield from _FORMS[kind](texts)
        yield from pictures
        yield "</details>"

    def _further_pictures(self) -> Iterator[str]:
        further = self._article.pictures[:_MOST_BESIDE] if self._image else ()
        pictures = [_picture(one.url) for one in further]
        if len(pictures) > 1:
            yield "\n".join(["<tg-collage>", *pictures, "</tg-collage>"])
        else:
            yield from pictures

    def _also_at(self) -> str:
        values = also_at_values(self._article, self._channel, self._dialect)
        outlets = self._article.also_at if self._channel.also_at else ()
        names = [_linked(self._text(one.name), one.link) for one in outlets]
        return f"{values['also_at_label']}: {', '.join(names)}" if names else ""


def _list(texts: list[str]) -> Iterator[str]:
    yield "\n".join(["<ul>", *(_element("li", text) for text in texts), "</ul>"])


def _each(tag: str) -> Callable[[list[str]], Iterator[str]]:
    return lambda texts: (_element(tag, text) for text in texts)


_FORMS = {"text": _each("p"), "heading": _each("h4"), "code": _each("pre"), "item": _list}


def _element(tag: str, markup: str) -> str:
    """Return the element, "" for an empty one: Telegram refuses it."""
    return f"<{tag}>{markup}</{tag}>" if markup.strip() else ""


def _linked(markup: str, link: str | None) -> str:
    return f'<a href="{html.escape(link)}">{markup}</a>' if link else markup


def _picture(url: str) -> str:
    return f'<img src="{html.escape(url)}"/>'
