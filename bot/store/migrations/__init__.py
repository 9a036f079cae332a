"""How the tables of each version became those of the next: one module in versions/ for each.

A module says `revision`, `down_revision` and `upgrade()`; the newest one is schema.REVISION. One
that only adds tables, indexes, and columns that may be empty or have a default on the server leaves
schema.WORKS_FROM as it is, if a program that knows none of them still does right: then machines of
both versions work side by side. Any other sets it to its own revision.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.store.tables.schema import REVISION, WORKS_FROM


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripts:
    """The migrations of a program: their directory and the revision they lead to.

    `works_from` is the oldest one whose program may write into its tables.
    """

    directory: Path
    head: str
    works_from: str


SCRIPTS = Scripts(directory=Path(__file__).parent, head=REVISION, works_from=WORKS_FROM)
