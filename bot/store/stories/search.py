"""Finds stories by the words that a person types."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, or_, select

from bot.store.tables.columns import storable
from bot.store.tables.schema import stories, story_items

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_WORDS_MOST = 12


def search_form(text: str) -> str:
    """Return `text` without accents and case: "Trung Quốc" and "trung quoc" become the same."""
    # Đ is a letter of its own to Unicode, but people search for it with d.
    plain = text.casefold().replace("đ", "d")
    return "".join(
        char for char in unicodedata.normalize("NFD", plain) if not unicodedata.combining(char)
    )


def search_words(text: str) -> list[str]:
    """Return the words that are looked for, in their `search_form`."""
    return search_form(storable(text)).split()[:_WORDS_MOST]


def matching_stories(text: str, limit: int) -> Select[Any]:
    """Return the query for stories whose link, item id or title match `text`, newest first.

    A title matches when it contains every word of `text`; `limit` 0 is all.
    """
    wanted = storable(text.strip())
    items = story_items.c
    # No part of an address holds a blank (RFC 3986), and looking into them takes a third of the
    # time; a feed's whole address may hold one all the same.
    may_be_link = len(wanted.split()) == 1 or "://" in wanted
    by_item: ColumnElement[bool] = or_(
        items.item_id.icontains(wanted, autoescape=True),
        *([items.link.icontains(wanted, autoescape=True)] if may_be_link else ()),
        and_(*(items.folded.contains(word, autoescape=True) for word in search_words(wanted))),
    )
    found: ColumnElement[bool] = stories.c.id.in_(select(items.story).where(by_item))
    if may_be_link:
        found = or_(stories.c.link.icontains(wanted, autoescape=True), found)
    query = select(stories.c.id).where(found).order_by(stories.c.id.desc())
    return query.limit(limit) if limit else query
