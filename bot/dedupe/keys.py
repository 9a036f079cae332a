"""The identities that an item claims, hashed: the store finds by them the stories that it may be.

A key is a claim, not a proof: `bot.dedupe.same` judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from bot.dedupe.folding import fold_text, fold_title, weight
from bot.dedupe.similar import sketch_of
from bot.dedupe.urls import canonical_link, has_path
from bot.models.basics import FeedId, Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models.feeds import Item

# A title that says less names a column ("Weekly update") rather than a story.
_TITLE_WORDS = 4
_TITLE_WEIGHT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemKeys:
    """The identities of one item of a poll; None matches nothing.

    `link` and the `title` of a story are the same in all feeds. `id`, `text` and a `title` that
    is too short to stand alone are the feed's own. `folded` is the title's words; `sketch` that
    of the text, None where there is too little of it; `content` is the item's `fingerprint`.
    """

    id: Key
    content: bytes
    link: Key | None = None
    title: Key | None = None
    text: Key | None = None
    folded: str = ""
    tells: bool = False
    sketch: bytes | None = None

    @property
    def all(self) -> tuple[Key, ...]:
        """Every key, each once."""
        keys = (self.id, self.link, self.title, self.text)
        return tuple(dict.fromkeys(key for key in keys if key is not None))


def keys_of(feed: FeedId, items: Sequence[Item]) -> list[ItemKeys]:
    """Return the keys of each of a poll's items."""
    return [_item_keys(feed, item) for item in items]


def fingerprint(item: Item) -> bytes:
    """Return 16 bytes that differ when an entry says something else."""
    images = (image.url for image in item.images)
    return _hash(item.title, item.summary, item.content, item.link or "", *images)


def id_hash(id_: str) -> bytes:
    """Return the 16 bytes that stand for a feed's own id of an item."""
    return _hash(id_)


def variant_hash(id_: str, content: bytes) -> bytes:
    """Return what stands for an entry beside another one of its story under the same id."""
    return _hash("variant", id_, content.hex())


def title_hash(folded: str) -> bytes:
    """Return the 16 bytes that stand for the words of a title."""
    return _hash("title", folded)


def id_key(feed: FeedId, id_: str) -> Key:
    """Return the key of a feed's own id of an item."""
    return Key(_hash("id", id_), feed)


def link_key(link: str | None) -> Key | None:
    """Return the key of the page that `link` names; None for a whole site's address."""
    return Key(_hash("link", canonical_link(link))) if link and has_path(link) else None


def sketch_of_item(item: Item) -> bytes | None:
    """Return the sketch of an item's text, None where it says too little."""
    return _text_of(item)[1]


def _text_of(item: Item) -> tuple[str, bytes | None]:
    """Return the words of an item's summary, else of its content, and their sketch."""
    summary = fold_text(item.summary)
    sketch = sketch_of(summary)
    if sketch or not item.content:
        return summary, sketch
    content = fold_text(item.content)
    return content, sketch_of(content)


def _item_keys(feed: FeedId, item: Item) -> ItemKeys:
    title, (text, sketch) = fold_title(item.title), _text_of(item)
    tells = _tells(title)
    return ItemKeys(
        id=id_key(feed, item.id),
        content=fingerprint(item),
        link=link_key(item.link),
        title=Key(title_hash(title), "" if tells else feed) if title else None,
        text=Key(_hash("text", text), feed) if sketch else None,
        folded=title,
        tells=tells,
        sketch=sketch,
    )


def _tells(folded: str) -> bool:
    # Languages without spaces are one long word: there the signs alone must do.
    enough_words = folded.count(" ") + 1 >= _TITLE_WORDS or not folded.isascii()
    return enough_words and (len(folded) >= _TITLE_WEIGHT or weight(folded) >= _TITLE_WEIGHT)


def _hash(*parts: str) -> bytes:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).digest()
