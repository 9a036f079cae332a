"""The entries of a poll that are as they were at the one before: as much of them as others need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.models.basics import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The features of an entry that prove nothing where another entry of the poll has them, too.

    Each is a hash of 8 bytes, b"" where there is none. `title` is that of its words.
    """

    id: bytes
    link: bytes = b""
    title: bytes = b""
    text: bytes = b""
    sketch: bytes = b""
    published: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """The entries of a poll beside those that are to be decided about: nothing about them changed.

    `traces` are theirs by their places in the document, `places` those of the entries to be decided
    about, and `dates` the date of every entry or of the nearest dated one before it.
    """

    traces: Mapping[int, Trace]
    places: tuple[int, ...]
    dates: tuple[datetime | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The entries of a poll that are to be decided about, as the store looks for their stories.

    `keys` are all that deciding may use; `ids` are hashes of the feed's ids. A story of the feed
    that has none of the keys, ids, `sketches` and `dates` is none of them.
    """

    keys: tuple[Key, ...]
    ids: frozenset[bytes]
    sketches: frozenset[bytes]
    dates: frozenset[datetime]
