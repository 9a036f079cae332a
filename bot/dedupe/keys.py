"""The identities of an item, hashed: the feed's id, the canonical link, the folded title."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from bot.dedupe.urls import canonical_link, has_path
from bot.models.basics import FeedId, Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models.feeds import Item

# A title shorter than this names a column ("Weekly update"), not a story.
_TITLE_WORDS = 4
_TITLE_LETTERS = 20
# From this many different items on, a link is that of a page they all stand on.
_LIVE_PAGE = 3
_TAG = re.compile(r"<[^<>]{0,500}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemKeys:
    """`strong` keys always mean the same story; `title` only close in time (see `decide`)."""

    strong: tuple[Key, ...]
    title: Key | None = None

    @property
    def all(self) -> tuple[Key, ...]:
        """Every key, strong ones first."""
        return self.strong if self.title is None else (*self.strong, self.title)


def keys_of(feed: FeedId, items: Sequence[Item]) -> list[ItemKeys]:
    """Return the keys of each of a poll's items.

    What several different items of one poll share (a guid that never changes, the link of a live
    page, the title of a column) identifies none of them and makes no key. Two items with one link
    are no such case: publishers correct a headline under a new guid and leave the old entry.
    """
    links = [canonical_link(item.link) if item.link else "" for item in items]
    titles = [fold_title(item.title) for item in items]
    ids = [item.id for item in items]
    shared_ids = _shared(ids, links, titles)
    shared_links = _shared(links, ids, titles, by=_LIVE_PAGE)
    shared_titles = _shared(titles, ids, links, both=False)
    return [
        _item_keys(
            feed,
            item,
            link="" if link in shared_links else link,
            title="" if title in shared_titles else title,
            has_id=item.id not in shared_ids,
        )
        for item, link, title in zip(items, links, titles, strict=True)
    ]


def fingerprint(item: Item) -> bytes:
    """Return 16 bytes that differ when an entry says something else."""
    images = (image.url for image in item.images)
    return _hash(item.title, item.summary, item.content, item.link or "", *images)


def own_keys(feed: FeedId, *, id_: str, link: str | None, title: str) -> tuple[Key, Key]:
    """Return the keys that no other feed's item has: of the whole item, and of its id."""
    whole = _hash("item", id_, link or "", title)
    return Key(whole, feed), Key(_hash("id", id_), feed)


def fold_title(title: str) -> str:
    """Return the words of `title` without markup, accents, case and punctuation."""
    text = _TAG.sub(" ", html.unescape(html.unescape(title)))
    letters = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    words = "".join(_word_letter(letter) for letter in letters).split()
    return " ".join(words)


def _word_letter(letter: str) -> str:
    if unicodedata.combining(letter):
        return ""
    return letter if letter.isalnum() else " "


def _shared(
    values: Sequence[str],
    one: Sequence[str],
    other: Sequence[str],
    *,
    both: bool = True,
    by: int = 2,
) -> frozenset[str]:
    """Return the values under which the other identities vary `by` times: both, or either."""
    ones, others = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for value, first, second in zip(values, one, other, strict=True):
        ones[value].add(first)
        others[value].add(second)
    enough = all if both else any
    return frozenset(
        value
        for value in ones
        if value and enough((len(ones[value]) >= by, len(others[value]) >= by))
    )


def _item_keys(feed: FeedId, item: Item, *, link: str, title: str, has_id: bool) -> ItemKeys:
    # The whole item is an identity too: what is shared in one poll may stand alone in the next.
    whole, by_id = own_keys(feed, id_=item.id, link=item.link, title=item.title)
    strong = [whole, by_id] if has_id else [whole]
    if link and has_path(item.link or ""):
        strong.append(Key(_hash("link", link)))
    return ItemKeys(
        strong=tuple(strong), title=Key(_hash("title", title)) if _tells(title) else None
    )


def _tells(folded: str) -> bool:
    # Languages without spaces are one long word: there the letters alone must do.
    enough_words = folded.count(" ") + 1 >= _TITLE_WORDS or not folded.isascii()
    return len(folded) >= _TITLE_LETTERS and enough_words


def _hash(*parts: str) -> bytes:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).digest()
