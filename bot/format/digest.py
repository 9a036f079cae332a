"""The headlines of many stories in one post: at a fixed time, or what waited too long."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.errors import TemplateError
from bot.format.dialects import dialect_for
from bot.format.illustration import MOST_ALT_TEXT, shown_image
from bot.format.limits import cut_text
from bot.models.basics import Platform
from bot.models.posts import Post
from bot.wording import told, wording

if TYPE_CHECKING:
    from bot.format.dialects import Dialect
    from bot.format.templates import Template
    from bot.models.settings import Channel
    from bot.models.stories import Article, Headline

MOST_LINES = 20
"""Headlines that one post of a backlog shows; more are no reading but a list."""
MOST_NEWEST = 50
"""Headlines of a digest at a fixed time; the operator said how many."""

_LONGEST_TITLE = 160


def render_digest(
    article: Article,
    channel: Channel,
    template: Template,
    *,
    without: frozenset[str] = frozenset(),
    silent: bool,
) -> Post:
    """Return one post with the first of `article.headlines`, as many as the platform takes.

    It has no buttons and no link preview, and the first picture of its stories on top where that
    leaves room for all headlines. On X it has no link: one would cost more than all the rest, and
    none of them stands for the others. Raises TemplateError where the template leaves no room for
    a single headline, or fails.
    """
    plain = _Writer(article, channel, template, without | {"image"}).write()
    picture = None if "image" in without else _picture(article, channel)
    told = plain
    if picture is not None:
        pictured = _Writer(replace(article, image=picture), channel, template, without).write()
        told = pictured if pictured.lines == plain.lines else plain
    first = article.headlines[0]
    return Post(
        channel=channel.id,
        platform=channel.platform,
        text=told.text,
        length=told.dialect.measure(told.text),
        limit=told.dialect.limit,
        has_link=told.dialect.sees_link(told.text),
        image=told.image,
        alt=told.dialect.prepare(cut_text(first.title, MOST_ALT_TEXT, len)) if told.image else "",
        silent=silent,
        chat=channel.chat,
        told=told.lines,
        is_continued=channel.digest_of(first.feed) is not None,
    )


def _picture(article: Article, channel: Channel) -> str | None:
    """Return the picture that stands for all: of the first story that has one."""
    if channel.platform is Platform.CONSOLE:
        return None
    every = (article.image, *(one.image for one in article.headlines))
    return next((image for image in every if image), None)


class _Told(NamedTuple):
    """The text, how many headlines it shows, and the picture on top of it."""

    text: str
    lines: int
    image: str | None
    dialect: Dialect


class _Writer:
    """Writes one digest, within its platform's limit."""

    def __init__(
        self, article: Article, channel: Channel, template: Template, without: frozenset[str]
    ) -> None:
        self._article = article
        self._channel = channel
        self._template = template
        self._image = shown_image(article, channel, without)
        self._dialect = dialect_for(article, channel, without | {"buttons", "link"})
        self._digest = channel.digest_of(article.headlines[0].feed)

    def write(self) -> _Told:
        """Return as many of the headlines as fit, one at least."""
        most = MOST_LINES if self._digest is None else MOST_NEWEST
        most = min(len(self._article.headlines), most)
        # All of them, then by halves: each try is a text of many lines.
        first, last, count = 1, most, most
        found: _Told | None = None
        while first <= last:
            text = self._written(count, _LONGEST_TITLE)
            if self._fits(text):
                first, found = count + 1, self._told(text, count)
            else:
                last = count - 1
            count = (first + last + 1) // 2
        return found or self._single()

    def _single(self) -> _Told:
        """Return one headline, cut where it alone is too long."""
        for longest in range(_LONGEST_TITLE, 0, -20):
            text = self._written(1, longest)
            if self._fits(text):
                return self._told(text, 1)
        raise TemplateError(
            self._template.name,
            told(
                "its fixed text leaves no room for a headline within {limit} "
                "characters; shorten it",
                limit=self._dialect.limit,
            ),
        )

    def _told(self, text: str, count: int) -> _Told:
        return _Told(text, count, self._image, self._dialect)

    def _fits(self, text: str) -> bool:
        limit = self._dialect.limit
        return limit is None or self._dialect.measure(text) <= limit

    def _written(self, count: int, longest: int) -> str:
        article, channel, prepare = self._article, self._channel, self._dialect.prepare
        values: dict[str, object] = {
            "title": prepare(self._title),
            "headlines": [self._line(one, longest) for one in article.headlines[:count]],
            "more": self._more(count),
            "image": self._image,
            "published": article.published and article.published.astimezone(channel.timezone),
            "language": channel.language,
            "channel": channel.id,
        }
        return self._dialect.finish(self._template.render(values))

    @property
    def _title(self) -> str:
        words = wording(self._channel.language)
        if self._digest is None:
            return words.phrase("More news")
        return self._digest.title or words.phrase("News digest")

    def _more(self, count: int) -> str:
        """Say how many are left out; those that the next digest tells are not."""
        rest = len(self._article.headlines) - count
        if not rest or self._digest:
            return ""
        return wording(self._channel.language).phrase_as(
            "stories", "… and {count} more", count=rest
        )

    def _line(self, headline: Headline, longest: int) -> dict[str, object]:
        prepare = self._dialect.prepare
        is_linked = self._channel.platform is not Platform.X
        return {
            "title": prepare(cut_text(headline.title, longest, len)),
            "link": headline.link if is_linked else None,
            "source": prepare(headline.source),
        }
