"""The line that names other outlets which report the same event."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.format.dialects import Dialect
    from bot.models.settings import Channel
    from bot.models.stories import Article

_LABELS = {"vi": "Cũng trên", "en": "Also at"}


def also_at_values(article: Article, channel: Channel, dialect: Dialect) -> Mapping[str, object]:
    """Return the template's values for it, without outlets where the channel names none."""
    language = channel.language.lower().partition("-")[0]
    outlets = article.also_at if channel.also_at else ()
    return {
        "also_at": [{"name": dialect.prepare(one.name), "link": one.link} for one in outlets],
        "also_at_label": _LABELS.get(language, _LABELS["en"]),
    }
