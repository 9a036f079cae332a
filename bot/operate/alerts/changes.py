"""Troubles and earlier notes -> the notes that change (pure)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.alerts import Note, Trouble

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from bot.models.alerts import TroubleKind

_ENDS_ARE_TOLD = frozenset(
    {"outage", "feed_failing", "feed_silent", "paused", "stalled", "late", "roles"}
)
# A template that broke makes every post fail: more of the same is told once an hour.
_COUNTED = frozenset({"unknown", "failed"})
_REPEAT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Notes to write, and notes to forget."""

    changed: tuple[Note, ...]
    gone: tuple[Note, ...]


def compare(
    troubles: Iterable[Trouble],
    notes: Iterable[Note],
    now: datetime,
    *,
    unjudged: Collection[tuple[TroubleKind, str]] = (),
) -> Changes:
    """Return how `notes` must change to agree with `troubles`.

    The same trouble is news again only after it was over, or when it got worse. Kinds and subjects
    that are `unjudged` stay as they are.
    """
    known = {note.key: note for note in notes}
    wrong = {trouble.key: trouble for trouble in troubles if trouble.key not in unjudged}
    changed = [_noted(trouble, known.get(trouble.key), now) for trouble in wrong.values()]
    over = [note for key, note in known.items() if key not in wrong and key not in unjudged]
    changed += [_ended(note, now) for note in over if note.kind in _ENDS_ARE_TOLD]
    return Changes(
        changed=tuple(note for note in changed if known.get(note.key) != note),
        gone=tuple(note for note in over if note.kind not in _ENDS_ARE_TOLD),
    )


def _noted(trouble: Trouble, note: Note | None, now: datetime) -> Note:
    if note is None:
        return Note(**asdict(trouble), noticed_at=now)
    note = replace(note, well_at=None)
    if note.told_at is None:
        return replace(note, level=trouble.level, text=trouble.text)
    if trouble.level <= note.level:
        return replace(note, level=trouble.level)
    if trouble.kind in _COUNTED and now - note.told_at < _REPEAT:
        return note
    return Note(**asdict(trouble), noticed_at=now)


def _ended(note: Note, now: datetime) -> Note:
    return note if note.well_at else replace(note, well_at=now)


def after_telling(notes: Iterable[Note], now: datetime) -> Changes:
    """Return how `notes` change once their news is told."""
    news = [note for note in notes if note.is_news]
    return Changes(
        changed=tuple(replace(note, told_at=now) for note in news if note.well_at is None),
        gone=tuple(note for note in news if note.well_at is not None),
    )
