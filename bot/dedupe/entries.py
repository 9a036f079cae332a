"""The looks of entries: of those of a poll, and of those seen before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from bot.dedupe.folding import fold_title
from bot.dedupe.keys import id_hash, link_key, title_hash
from bot.dedupe.same import Face
from bot.models.traces import Trace

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from bot.dedupe.keys import ItemKeys
    from bot.models.feeds import Item
    from bot.models.stories import KnownStory

# From this many entries on, a date is that of the whole feed.
_SHARED_DATE = 3


TRACE = 8
"""Bytes of each hash in a trace."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of the poll, its keys, its looks, and its trace for other entries.

    `rank` is its place among all entries of the poll, the newest first.
    """

    rank: int
    item: Item
    keys: ItemKeys
    face: Face
    trace: Trace

    @property
    def content(self) -> bytes:
        """The hash of all that it says."""
        return self.keys.content


def trace_of(item: Item, keys: ItemKeys) -> Trace:
    """Return as much of an entry as others of later polls need."""
    return Trace(
        id=id_trace(item.id),
        link=keys.link.hash[:TRACE] if keys.link else b"",
        title=title_trace(keys.folded),
        text=keys.text.hash[:TRACE] if keys.text else b"",
        sketch=sketch_trace(keys.sketch),
        published=item.published,
    )


def id_trace(id_: str) -> bytes:
    """Return what a trace has for a feed's own id of an item."""
    return id_hash(id_)[:TRACE]


def title_trace(folded: str) -> bytes:
    """Return what a trace has for a title of these words."""
    return title_hash(folded)[:TRACE] if folded else b""


def sketch_trace(sketch: bytes | None) -> bytes:
    """Return what a trace has for a text's sketch."""
    return blake2b(sketch, digest_size=TRACE).digest() if sketch else b""


def entries_of(
    items: Sequence[tuple[int, Item, ItemKeys]], rest: Iterable[Trace] = ()
) -> list[Entry]:
    """Return a poll's entries; a feature that several share proves nothing about any of them.

    `rest` are other entries of the poll.
    """
    traces = [trace_of(item, keys) for _, item, keys in items]
    every = [*traces, *rest]
    names = [(trace.id, trace.link) for trace in every]
    titles = [trace.title for trace in every]
    shared_ids = _shared([trace.id for trace in every], titles)
    shared_titles = _shared(titles, names)
    shared_texts = _shared([trace.text for trace in every], titles)
    shared_dates = _shared([trace.published for trace in every], names, by=_SHARED_DATE)
    return [
        Entry(
            rank,
            item,
            keys,
            Face(
                id=id_hash(item.id),
                link=keys.link,
                id_proves=trace.id not in shared_ids,
                is_link_its_id=item.id == item.link,
                title=keys.folded,
                title_proves=keys.tells and trace.title not in shared_titles,
                sketch=keys.sketch,
                text_proves=trace.text not in shared_texts,
                published=item.published,
                date_proves=item.published not in shared_dates,
            ),
            trace,
        )
        for (rank, item, keys), trace in zip(items, traces, strict=True)
    ]


def faces_seen(story: KnownStory) -> tuple[Face, ...]:
    """Return the looks of the entries that the polled feed showed for `story`."""
    return tuple(
        Face(
            id=seen.id,
            link=link_key(seen.link),
            title=fold_title(seen.title),
            sketch=seen.sketch,
            published=seen.published or story.published,
        )
        for seen in story.seen
    )


def face_told(story: KnownStory, id_: bytes | None) -> Face:
    """Return the looks of the story as it is told, under the id that a key gives it."""
    return Face(
        id=id_,
        link=link_key(story.link),
        title=fold_title(story.title),
        published=story.published or story.first_seen,
    )


def marks_of(face: Face) -> Iterator[Hashable]:
    """Yield the features of which two faces of one story share one at least."""
    for kind in ("id", "link", "title", "sketch", "published"):
        if value := getattr(face, kind):
            yield kind, value


def _shared(
    values: Iterable[Hashable], names: Iterable[Hashable], *, by: int = 2
) -> frozenset[Hashable]:
    """Return the values that stand under `by` different names."""
    found: defaultdict[Hashable, set[Hashable]] = defaultdict(set)
    for value, name in zip(values, names, strict=True):
        found[value].add(name)
    return frozenset(value for value, under in found.items() if len(under) >= by)
