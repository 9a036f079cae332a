"""How often a feed is polled: its own three keys, those of [collect], and the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.config.mistakes import quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from bot.config.schema.tables import CollectTable
    from bot.config.text.document import Document, Raw
    from bot.config.text.positions import Path as KeyPath

_DEFAULT, _COLLECT, _FEED = range(3)
_PAIRS = (("every_min", "every_max"), ("every_min", "every"), ("every", "every_max"))


class Rhythm(NamedTuple):
    """Bounds in order: `every_min` <= `every` <= `every_max`."""

    every_min: timedelta
    every: timedelta
    every_max: timedelta


def rhythm_of(feed: CollectTable, collect: CollectTable) -> Rhythm:
    """Settle the rhythm: what is written nearer to the feed wins, the others give way.

    So `every = "30s"` in a feed lowers an `every_min` of [collect] or of the defaults. Two keys
    of one table that contradict each other are told by `check_rhythm`.
    """
    spans: dict[str, timedelta] = {}
    ranks: dict[str, int] = {}
    for key in Rhythm._fields:
        source, ranks[key] = _source(key, feed, collect)
        spans[key] = getattr(source, key)
    for low, high in _PAIRS:
        if spans[low] > spans[high]:
            weaker, stronger = (low, high) if ranks[low] < ranks[high] else (high, low)
            spans[weaker] = spans[stronger]
    return Rhythm(**spans)


def _source(key: str, feed: CollectTable, collect: CollectTable) -> tuple[CollectTable, int]:
    if key in feed.model_fields_set:
        return feed, _FEED
    return collect, _COLLECT if key in collect.model_fields_set else _DEFAULT


def check_rhythm(table: CollectTable, raw: Raw, path: KeyPath, document: Document) -> None:
    """Note the keys of one table that contradict each other."""
    for low, high in _contradictions(table):
        text = f"{quote(raw[low])} is longer than {high} = {quote(raw[high])}"
        document.problem((*path, low), text)


def _contradictions(table: CollectTable) -> Iterator[tuple[str, str]]:
    for low, high in _PAIRS:
        if {low, high} <= table.model_fields_set and getattr(table, low) > getattr(table, high):
            yield low, high
