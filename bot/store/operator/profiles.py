"""The names under which posts appear, kept for previews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from bot.models.profiles import Profile
from bot.store.db.batches import in_batches
from bot.store.tables.profiles import profiles

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection


def profiles_of(tx: Connection, places: Collection[str]) -> dict[str, Profile]:
    """Return what is known of `places` (`Channel.place`)."""
    found: dict[str, Profile] = {}
    for part in in_batches(places):
        rows = tx.execute(select(profiles).where(profiles.c.place.in_(part)))
        found |= {row.place: Profile(name=row.name, handle=row.handle) for row in rows}
    return found


def keep_profiles(tx: Connection, found: Mapping[str, Profile]) -> None:
    """Keep what was learned of places in the place of what was known of them."""
    for part in in_batches(found):
        tx.execute(delete(profiles).where(profiles.c.place.in_(part)))
        rows = ((place, found[place]) for place in part)
        values = [{"place": at, "name": one.name, "handle": one.handle} for at, one in rows]
        tx.execute(insert(profiles), values)
