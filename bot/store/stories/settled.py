"""The keys of thinned stories, seven bytes each: many share a row, as parts of their hashes.

The first two bytes of a key's hash name its row. The next five stand in `hashes`, and at the same
place in `days` stands the day on which a feed last showed the key (docs/decisions/0039). A row of
too many keys is divided by the next four bits into rows whose numbers follow those of all others.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b
from struct import unpack_from
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select, update

from bot.store.db.batches import in_batches, rows_where_in
from bot.store.tables.columns import EPOCH
from bot.store.tables.settled import settled_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId, Key

    _Keys = tuple[bytearray, bytearray]

_ROW, _HASH, _DAY = 2, 5, 2
ROWS = 1 << 8 * _ROW
_PARTS = 16
# Three rows of that many keys fill a page of SQLite, and PostgreSQL keeps them beside the others.
_FULL = 180 * _DAY
_LAST_DAY = (1 << 8 * _DAY) - 1
_columns = settled_keys.c
_READ_SOME = "SELECT bucket, hashes, days FROM settled_keys WHERE bucket IN ({})"
_READ = select(_columns.bucket, _columns.hashes, _columns.days)
_READ_NEXT = _READ.where(_columns.bucket > bindparam("after")).order_by(_columns.bucket).limit(1000)
_DELETE = delete(settled_keys).where(_columns.bucket == bindparam("of"))
_INSERT = insert(settled_keys)
_CHANGE = (
    update(settled_keys)
    .where(_columns.bucket == bindparam("of"))
    .values(hashes=bindparam("new_hashes"), days=bindparam("new_days"))
)
is_damaged = func.length(_columns.hashes) * _DAY != func.length(_columns.days) * _HASH


def day_of(moment: datetime) -> int:
    """Return the number of the day since 1970."""
    return min(max((moment - EPOCH).days, 0), _LAST_DAY)


def settled_among(
    tx: Connection, keys: Iterable[Key], former: Collection[FeedId] = ()
) -> dict[Key, int]:
    """Return those of `keys` that thinned stories had, with the day each was last shown.

    A feed's own keys may have been noted under the `former` ids of the feed.
    """
    wanted: defaultdict[int, list[tuple[bytes, Key]]] = defaultdict(list)
    for key in keys:
        for feed in (key.feed, *former) if key.feed else ("",):
            row, hash_ = _place_of(key.hash, feed)
            wanted[row].append((hash_, key))
            wanted[_part_of(row, hash_)].append((hash_, key))
    found: dict[Key, int] = {}
    for part in in_batches(wanted):
        for row, hashes, days in rows_where_in(tx, _READ_SOME, part):
            for hash_, key in wanted[row]:
                if (at := _find(hashes, hash_)) is not None:
                    found[key] = max(found.get(key, 0), _day_at(days, at))
    return found


def settle(tx: Connection, days: Mapping[Key, int]) -> None:
    """Note `days` as those on which the keys were last shown; a later day that is known stays."""
    wanted: defaultdict[int, dict[bytes, int]] = defaultdict(dict)
    for key, day in days.items():
        row, hash_ = _place_of(key.hash, key.feed)
        wanted[row][hash_] = max(day, wanted[row].get(hash_, 0))
    for part in in_batches(wanted):
        _settle_in(tx, {row: wanted[row] for row in part})


def _settle_in(tx: Connection, wanted: Mapping[int, Mapping[bytes, int]]) -> None:
    """Write what is `wanted` in each row, in the parts of those that were divided."""
    parts = {_part_of(row, hash_) for row, shown in wanted.items() for hash_ in shown}
    rows = rows_where_in(tx, _READ_SOME, [*wanted, *parts])
    old = {row: (bytearray(hashes), bytearray(at)) for row, hashes, at in rows}
    new: dict[int, _Keys] = {}
    for row, shown in wanted.items():
        for hash_, day in shown.items():
            place = _part_of(row, hash_)
            keys = old.get(place) or old.get(row) or new.setdefault(row, _no_keys())
            _put(*keys, hash_, day)
    full = [row for row in wanted if len((old.get(row) or new.get(row) or _no_keys())[1]) > _FULL]
    gone = [{"of": row} for row in full if row in old]
    for row in full:
        new |= _divided(row, *(old.pop(row, None) or new.pop(row)))
    if gone:
        tx.execute(_DELETE, gone)
    if new:
        tx.execute(_INSERT, [_values(*one) for one in new.items()])
    _change(tx, old)


def forget_settled(tx: Connection, before: int, after: int) -> int | None:
    """Delete what was last shown before that day from some rows, those `after` the given one.

    Return the last of these rows, None where there are no more.
    """
    rows = tx.execute(_READ_NEXT, {"after": after}).all()
    changed = {}
    for row, hashes, days in rows:
        shown = unpack_from(f">{len(days) // _DAY}H", days)
        if shown and min(shown) < before:
            kept = [at for at, day in enumerate(shown) if day >= before]
            changed[row] = (
                b"".join(hashes[at * _HASH : (at + 1) * _HASH] for at in kept),
                b"".join(days[at * _DAY : (at + 1) * _DAY] for at in kept),
            )
    _change(tx, changed)
    return rows[-1].bucket if rows else None


def _change(tx: Connection, rows: Mapping[int, tuple[bytes | bytearray, ...]]) -> None:
    if rows:
        changes = [
            {"of": row, "new_hashes": bytes(hashes), "new_days": bytes(days)}
            for row, (hashes, days) in rows.items()
        ]
        tx.execute(_CHANGE, changes)


def _values(row: int, keys: _Keys) -> dict[str, int | bytes]:
    hashes, days = keys
    return {"bucket": row, "hashes": bytes(hashes), "days": bytes(days)}


def _no_keys() -> _Keys:
    return bytearray(), bytearray()


def _divided(row: int, hashes: bytearray, days: bytearray) -> dict[int, _Keys]:
    """Return the parts of a row, each of them, so that one shows that the row was divided."""
    first = ROWS + row * _PARTS
    parts = {first + part: _no_keys() for part in range(_PARTS)}
    for at in range(len(days) // _DAY):
        hash_ = bytes(hashes[at * _HASH : (at + 1) * _HASH])
        _put(*parts[_part_of(row, hash_)], hash_, _day_at(days, at))
    return parts


def _part_of(row: int, hash_: bytes) -> int:
    return ROWS + row * _PARTS + hash_[0] * _PARTS // 256


def _place_of(hash_: bytes, feed: str) -> tuple[int, bytes]:
    """Return the row of a key, and what it has there: hashed with the `feed` whose own it is."""
    if feed:
        hash_ = blake2b(hash_ + feed.encode(), digest_size=_ROW + _HASH).digest()
    return int.from_bytes(hash_[:_ROW], "big"), hash_[_ROW : _ROW + _HASH]


def _put(hashes: bytearray, days: bytearray, hash_: bytes, day: int) -> None:
    at = _find(hashes, hash_)
    if at is None:
        hashes += hash_
        days += day.to_bytes(_DAY, "big")
    elif _day_at(days, at) < day:
        days[at * _DAY : (at + 1) * _DAY] = day.to_bytes(_DAY, "big")


def _find(hashes: bytes | bytearray, hash_: bytes) -> int | None:
    """Return the place of `hash_`, None where it is not; across two places it is not."""
    at = hashes.find(hash_)
    while at > 0 and at % _HASH:
        at = hashes.find(hash_, at + 1)
    return None if at < 0 else at // _HASH


def _day_at(days: bytes | bytearray, at: int) -> int:
    return int.from_bytes(days[at * _DAY : (at + 1) * _DAY], "big")
