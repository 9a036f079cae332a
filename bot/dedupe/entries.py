"""The looks of entries: of those of a poll, and of those seen before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.dedupe.folding import fold_title
from bot.dedupe.keys import fingerprint, id_hash, link_key
from bot.dedupe.same import Face

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from bot.dedupe.keys import ItemKeys
    from bot.models.feeds import Item
    from bot.models.stories import KnownStory

# From this many entries on, a date is that of the whole feed.
_SHARED_DATE = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of the poll, its keys, its looks, and the hash of its text."""

    item: Item
    keys: ItemKeys
    face: Face
    content: bytes


def entries_of(items: Sequence[tuple[Item, ItemKeys]]) -> list[Entry]:
    """Return a poll's entries; a feature that several share proves nothing about any of them."""
    names = [(item.id, keys.link) for item, keys in items]
    titles = [keys.folded for _, keys in items]
    shared_ids = _shared([item.id for item, _ in items], titles)
    shared_titles = _shared(titles, names)
    shared_texts = _shared([keys.text for _, keys in items], titles)
    shared_dates = _shared([item.published for item, _ in items], names, by=_SHARED_DATE)
    return [
        Entry(
            item,
            keys,
            Face(
                id=id_hash(item.id),
                link=keys.link,
                id_proves=item.id not in shared_ids,
                is_link_its_id=item.id == item.link,
                title=keys.folded,
                title_proves=keys.tells and keys.folded not in shared_titles,
                sketch=keys.sketch,
                text_proves=keys.text not in shared_texts,
                published=item.published,
                date_proves=item.published not in shared_dates,
            ),
            fingerprint(item),
        )
        for item, keys in items
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
