"""Finds posts by the words of their text as it was sent."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, select

from bot.store.operator.listing import delivery_rows
from bot.store.stories.search import search_words
from bot.store.tables.schema import deliveries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from bot.models.basics import ChannelId, DeliveryId, DeliveryState
    from bot.models.views import DeliveryRow

LOOKED_AT: Final = 5_000
"""The newest posts: no database knows letters without their accents, so each text is read."""
_ACCENT: Final = re.compile("[\u0300-\u036f]+")


def find_sent(
    tx: Connection,
    text: str,
    *,
    state: DeliveryState | None = None,
    channel: ChannelId | None = None,
    limit: int,
) -> list[DeliveryRow]:
    """Return those of the newest posts whose text has every word of `text`, newest first.

    Accents and case do not count, as in titles.
    """
    words = search_words(text)
    if not words:
        return []
    wanted = ((deliveries.c.state, state), (deliveries.c.channel, channel))
    query = select(deliveries.c.id, deliveries.c.text).where(
        deliveries.c.text.is_not(None), *(column == it for column, it in wanted if it is not None)
    )
    found = list(islice(_saying(tx, query, words), limit))
    return delivery_rows(tx, deliveries.c.id.in_(found)) if found else []


def _saying(tx: Connection, query: Select[Any], words: Sequence[str]) -> Iterator[DeliveryId]:
    rows = tx.execute(query.order_by(deliveries.c.id.desc()).limit(LOOKED_AT))
    for id_, text in rows.yield_per(500):
        plain = unicodedata.normalize("NFD", unescape(text).casefold().replace("đ", "d"))
        bare = _ACCENT.sub("", plain)
        if all(word in bare for word in words):
            yield id_
