"""The line that names other outlets which report the same event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.wording import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.format.dialects import Dialect
    from bot.models.settings import Channel
    from bot.models.stories import Article


def also_at_values(article: Article, channel: Channel, dialect: Dialect) -> Mapping[str, object]:
    """Return the template's values for it, without outlets where the channel names none."""
    outlets = article.also_at if channel.also_at else ()
    return {
        "also_at": [{"name": dialect.prepare(one.name), "link": one.link} for one in outlets],
        "also_at_label": wording(channel.language).phrase("Also at"),
    }
