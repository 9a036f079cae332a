"""The headlines of many stories in one post: those waited too long to be posted one by one."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from bot.format.dialects import dialect_for
from bot.format.limits import cut_text
from bot.models.basics import Platform
from bot.models.posts import Post

if TYPE_CHECKING:
    from bot.format.dialects import Dialect
    from bot.models.settings import Channel
    from bot.models.stories import Article, Headline

MOST_LINES = 20
"""Headlines that one post shows; more are no reading but a list."""

_LONGEST_TITLE = 160
_HEADINGS = {"vi": "Các tin khác", "en": "More news"}
_MORE = {"vi": "… và {count} tin nữa", "en": "… and {count} more"}


def render_digest(article: Article, channel: Channel, *, silent: bool) -> Post:
    """Return one post with the newest of `article.headlines`, as many as the platform takes.

    It has no picture, no buttons and no link preview. On X it has no link either: one would cost
    more than all the rest, and none of them stands for the others.
    """
    dialect = dialect_for(article, channel, frozenset({"image", "buttons", "link"}))
    text, told = _fitted(article.headlines, channel, dialect)
    return Post(
        channel=channel.id,
        platform=channel.platform,
        text=text,
        length=dialect.measure(text),
        limit=dialect.limit,
        has_link=dialect.sees_link(text),
        silent=silent,
        chat=channel.chat,
        told=told,
    )


def _fitted(headlines: tuple[Headline, ...], channel: Channel, dialect: Dialect) -> tuple[str, int]:
    """Return the text, and how many headlines it shows."""
    for count in range(min(len(headlines), MOST_LINES), 1, -1):
        text = _written(headlines, count, channel, dialect, longest=_LONGEST_TITLE)
        if dialect.limit is None or dialect.measure(text) <= dialect.limit:
            return text, count
    for longest in range(_LONGEST_TITLE, 0, -20):
        text = _written(headlines, 1, channel, dialect, longest=longest)
        if dialect.limit is None or dialect.measure(text) <= dialect.limit:
            break
    return text, 1


def _written(
    headlines: tuple[Headline, ...], count: int, channel: Channel, dialect: Dialect, *, longest: int
) -> str:
    heading = _HEADINGS[channel.language]
    lines = [_line(one, channel.platform, dialect, longest) for one in headlines[:count]]
    if count < len(headlines):
        lines.append(_MORE[channel.language].format(count=len(headlines) - count))
    is_telegram = channel.platform is Platform.TELEGRAM
    return "\n".join([f"<b>{heading}</b>" if is_telegram else heading, "", *lines])


def _line(headline: Headline, platform: Platform, dialect: Dialect, longest: int) -> str:
    title = dialect.prepare(cut_text(headline.title, longest, len))
    if platform is Platform.TELEGRAM:
        shown = html.escape(title, quote=False)
        address = html.escape(headline.link) if headline.link else None
        return f'• <a href="{address}">{shown}</a>' if address else f"• {shown}"
    if platform is Platform.CONSOLE and headline.link:
        return f"• {title}\n  {headline.link}"
    return f"• {title}"
