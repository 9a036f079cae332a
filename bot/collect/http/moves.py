"""Feeds that moved for good: believed after several agreeing answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from yarl import URL

from bot.collect.addresses import public_url
from bot.models.feeds import MOVED_AFTER

if TYPE_CHECKING:
    from bot.models.feeds import Validators


def moved_to(known: Validators) -> URL | None:
    """Return where the feed is to be asked instead of at its address in the file, if elsewhere."""
    if known.moved is None or known.agreeing < MOVED_AFTER:
        return None
    return URL(known.moved)


def with_move(known: Validators, moved: URL | None, *, is_moved: bool) -> Validators:
    """Return `known` after an answer at the end of permanent redirects to `moved`, None without.

    `is_moved` says that the feed was asked at its new address, which may have moved again. An
    address that shows something like a key is not kept, so that no row holds a secret: the feed is
    asked at its old address, and redirected each time.
    """
    if moved is None:
        return known if is_moved else replace(known, moved=None, agreeing=0)
    address = str(moved)
    if public_url(address) != address:
        return replace(known, moved=None, agreeing=0)
    agreeing = known.agreeing + 1 if address == known.moved else 1
    return replace(known, moved=address, agreeing=min(agreeing, MOVED_AFTER))
