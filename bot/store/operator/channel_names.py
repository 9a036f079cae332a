"""A channel under a new id: its history goes with the place that it posts to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, insert, select, update

from bot.models.basics import ChannelId
from bot.store.tables.hours import hours
from bot.store.tables.notes import alerts_told
from bot.store.tables.schema import channels, deliveries, feed_channels, lanes, passed_over, pauses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Connection

_TABLES = (
    (deliveries, ("story",)),
    (passed_over, ("story", "feed")),
    (feed_channels, ("feed",)),
    (lanes, ()),
)
"""Each with the columns of which a channel has every value once."""


def recognise_channels(
    tx: Connection, places: Mapping[ChannelId, str]
) -> dict[ChannelId, ChannelId]:
    """Remember where the channels of the configuration post; return the new ids of renamed ones.

    A channel whose id is new, and whose place one channel had that is gone or posts elsewhere now,
    is that channel: without its history the newest story of every feed would be posted again.
    """
    before = {ChannelId(row.id): row.place for row in tx.execute(select(channels))}
    renamed = _renamed(before, places)
    # By way of a name that no channel can have: two may have changed places.
    for was, name in renamed.items():
        _rename(tx, was, f"\n{name}")
    for name in renamed.values():
        _rename(tx, f"\n{name}", name)
    kept = {id_: place for id_, place in before.items() if id_ not in renamed} | dict(places)
    if kept != before:
        tx.execute(delete(channels))
        tx.execute(insert(channels), [{"id": id_, "place": kept[id_]} for id_ in sorted(kept)])
    return renamed


def _renamed(
    before: Mapping[ChannelId, str], now: Mapping[ChannelId, str]
) -> dict[ChannelId, ChannelId]:
    left = {id_: place for id_, place in before.items() if now.get(id_) != place}
    came = {id_: place for id_, place in now.items() if before.get(id_) != place}
    was, is_ = Counter(left.values()), Counter(came.values())
    by_place = {place: id_ for id_, place in came.items() if was[place] == is_[place] == 1}
    found = {id_: by_place[place] for id_, place in left.items() if place in by_place}
    # A name whose own history stays is no place for another one's.
    while taken := {was for was, name in found.items() if name in before.keys() - found.keys()}:
        found = {was: name for was, name in found.items() if was not in taken}
    return found


def _rename(tx: Connection, was: str, name: str) -> None:
    for table, once in _TABLES:
        _move(tx, table.c.channel, was, name, once)
    _move(tx, pauses.c.id, was, name, ("scope",), pauses.c.scope == "channel")
    of_posts = hours.c.figure == "posts"
    tx.execute(delete(hours).where(of_posts, hours.c.subject == name))
    tx.execute(update(hours).where(of_posts, hours.c.subject == was).values(subject=name))
    _move(tx, alerts_told.c.subject, f"channel:{was}", f"channel:{name}", ("kind",))


def _move(
    tx: Connection,
    column: Column[str],
    was: str,
    name: str,
    once: Sequence[str],
    *only: ColumnElement[bool],
) -> None:
    """Rename in `column`; the history wins over what stands under the new name already.

    That is of work which began before an earlier renaming, and ended after it.
    """
    table = column.table
    mine = table.alias()
    same = (mine.c[key] == table.c[key] for key in once)
    is_taken = exists().where(mine.c[column.name] == was, *same)
    tx.execute(delete(table).where(column == name, is_taken, *only))
    tx.execute(update(table).where(column == was, *only).values({column: name}))
