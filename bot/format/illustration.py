"""Which picture a post shows, and how it is put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.format.limits import cut_text
from bot.models.basics import Platform

if TYPE_CHECKING:
    from bot.models.settings import Channel
    from bot.models.stories import Article

MOST_ALT_TEXT = 1000
"""Characters (X API, POST /2/media/metadata)."""


def shown_image(
    article: Article, channel: Channel, without: frozenset[str], *, has_link: bool = False
) -> str | None:
    """Return the address of the picture that a post of `article` shows, None for none.

    On X a post shows either the card of its link or an uploaded picture, never both. A console
    names the picture in any channel.
    """
    if channel.platform is Platform.CONSOLE:
        return article.image
    if channel.image == "never" or "image" in without:
        return None
    if channel.platform is Platform.X and has_link:
        return None
    return article.image


def alt_text(article: Article) -> str:
    """Return the text instead of a picture that cannot be seen: the headline it belongs to."""
    return cut_text(article.title, MOST_ALT_TEXT, len)
