"""A changed file that was refused is noted, for `newsbot status`, alerts and `newsbot reload`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.models.alerts import Note

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from bot.models.alerts import TroubleKind
    from bot.store.operator.alerts import AlertBook

_KIND: Final[TroubleKind] = "configuration"
_A_PERSON_S: Final = 2
"""The level of what only a person ends."""


async def refusal_of(book: AlertBook, path: Path) -> Note | None:
    """Return the note that the file at `path` was refused, None where it was not."""
    key = (_KIND, str(path))
    return next((note for note in await book.notes() if note.key == key), None)


async def note_refusal(book: AlertBook, path: Path, why: str | None, now: datetime) -> None:
    """Note why the file at `path` is refused; with None, forget that it was."""
    before = await refusal_of(book, path)
    if why is None:
        if before is not None:
            await book.write([], [before])
    elif before is None or before.text != why:
        note = Note(kind=_KIND, subject=str(path), text=why, level=_A_PERSON_S, noticed_at=now)
        await book.write([note], [])
