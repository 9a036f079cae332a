"""Items of stories that left their feeds long ago, of which only the keys are remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.dedupe.keys import ItemKeys
    from bot.models.feeds import Item
    from bot.models.stories import Known


def is_settled(item: Item, keys: ItemKeys, known: Known) -> bool:
    """Tell whether `item` is such a story come back: two of its keys say so, or a title undated.

    A single id or link does not: under the same one a feed may tell another story. One that names
    a story of today is that.
    """
    if not known.settled or any(key in known.stories for key in keys.all):
        return False
    has_id, has_link, has_title, has_text = (
        key in known.settled for key in (keys.id, keys.link, keys.title, keys.text)
    )
    is_claimed_twice = has_id and has_link and item.id != item.link
    says_the_same = has_title or has_text
    return (
        is_claimed_twice
        or (has_title and has_text)
        or ((has_id or has_link) and says_the_same)
        or (has_title and keys.tells and item.published is None)
    )
