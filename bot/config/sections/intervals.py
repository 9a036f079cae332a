"""How often a feed is polled: its own three keys, those of [collect], and the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.config.mistakes import quote
from bot.wording import told

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.config.schema.tables import CollectTable
    from bot.config.text.document import Document
    from bot.config.text.positions import Path as KeyPath

_KEYS = ("every_min", "every", "every_max")
_PAIRS = (("every_min", "every_max"), ("every_min", "every"), ("every", "every_max"))


def intervals_of(feed: CollectTable, collect: CollectTable) -> dict[str, timedelta]:
    """Return the intervals by key, so that `every_min` <= `every` <= `every_max`.

    A key of the feed wins over one of [collect], and that over a default; the weaker one gives
    way: `every = "30s"` in a feed lowers an `every_min` of [collect].
    """
    spans: dict[str, timedelta] = {}
    ranks: dict[str, int] = {}
    for key in _KEYS:
        is_own = key in feed.model_fields_set
        ranks[key] = 2 if is_own else int(key in collect.model_fields_set)
        spans[key] = getattr(feed if is_own else collect, key)
    for low, high in _PAIRS:
        if spans[low] > spans[high]:
            weaker, stronger = (low, high) if ranks[low] < ranks[high] else (high, low)
            spans[weaker] = spans[stronger]
    return spans


def check_intervals(table: CollectTable, path: KeyPath, document: Document) -> None:
    """Note the keys of one table that contradict each other."""
    for low, high in _PAIRS:
        if {low, high} <= table.model_fields_set and getattr(table, low) > getattr(table, high):
            shorter, longer = (quote(document.value_of((*path, key))) for key in (high, low))
            text = told(
                "{longer} is longer than {high} = {shorter}",
                longer=longer,
                high=high,
                shorter=shorter,
            )
            document.problem((*path, low), text)
