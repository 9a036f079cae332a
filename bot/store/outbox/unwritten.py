"""Outcomes that the database did not take: kept, and written before anything else is claimed.

The database may be locked, its disk full, its server away. A post that is out must never become
"may have been sent" for that: its proof also stands in a journal, which outlives this process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.log import get_logger
from bot.models.basics import DeliveryState
from bot.models.outbox import Sent
from bot.store.outbox.attempts import read_attempt
from bot.store.outbox.journal import Journal, Stamp, remove
from bot.store.outbox.outcomes import Settlement, is_ours
from bot.wording import marked, told

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from bot.errors import StoreError
    from bot.models.basics import DeliveryId
    from bot.store.outbox.attempts import Attempt
    from bot.store.outbox.journal import Unwritten

_log = get_logger(__name__)


class UnwrittenOutcomes:
    """What is known of attempts and not in the database; used on the store's thread.

    `base` is where the journal's files stand; without one there are none. `owner` is the name of
    this process in its claims.
    """

    def __init__(self, base: Path | None, owner: str) -> None:
        self._owner = owner
        self._journal = Journal(base, owner) if base else None
        self._all: list[Unwritten] = []
        self._read: dict[Path, Stamp] = {}
        self._journal_fault: str | None = "there is none"
        self.why: StoreError | None = None
        """Why the last one could not be written, None where none waits."""

    def __bool__(self) -> bool:
        return bool(self._all)

    @property
    def note(self) -> str:
        """What becomes of proof if this process ends now, for the operator."""
        if self._journal_fault is None:
            return marked(
                "a file beside the database holds the proof, and the next newsbot stores it"
            )
        return told(
            "no file could hold the proof, either ({why}): look at the "
            "channel before you send it again",
            why=self._journal_fault,
        )

    def all(self) -> list[Unwritten]:
        return list(self._all)

    def keep(self, one: Unwritten, why: StoreError) -> None:
        """Keep an outcome until the database can be written again; proof also in the journal."""
        self._all.append(one)
        self.why = why
        if self._journal:
            self._journal_fault = self._journal.write(self._all)
        if isinstance(one.outcome, Sent):
            _log.error(
                "posted, but the database cannot be written: the channel waits until it can",
                **_subject(one),
                remote_id=one.outcome.receipt.remote_id,
                reason=str(why),
                note=self.note,
            )

    def read_journals(self) -> None:
        """Take over the proof that processes left behind which ended before they could store it."""
        left = self._journal.left_behind() if self._journal else {}
        for file, (stamp, found) in left.items():
            self._read[file] = stamp
            self._all += found

    def write(self, tx: Connection) -> list[Unwritten]:
        """Write all of them in `tx`, and return them: `forget` them when that is committed."""
        for one in self._all:
            attempt = read_attempt(tx, one.delivery)
            if attempt is None or not _is_of(attempt, one):
                _log.warning("proof of a post that the database does not know", **_subject(one))
            elif attempt.state is not DeliveryState.SENT:
                write_outcome(tx, attempt, one, self._owner)
        return self.all()

    def forget(self, written: list[Unwritten]) -> None:
        """Forget what the database knows now, in the journals, too."""
        if not written:
            return
        self._all = [one for one in self._all if one not in written]
        self.why = self.why if self._all else None
        for file, stamp in self._read.items():
            remove(file, stamp)
        self._read.clear()
        if self._journal:
            self._journal.write(self._all)
        for one in written:
            _log.info("stored what could not be stored before", **_subject(one))


def write_outcome(tx: Connection, attempt: Attempt, one: Unwritten, owner: str) -> None:
    """Write the outcome of an attempt, unless somebody decided since.

    After a later attempt began, only proof is.
    """
    is_last = attempt.attempts <= one.attempts + 1
    is_due = is_last or isinstance(one.outcome, Sent)
    if is_due and is_ours(attempt, one.outcome, owner):
        Settlement(tx, attempt, one.at).write(one.outcome)


def _is_of(attempt: Attempt, one: Unwritten) -> bool:
    return (attempt.channel, attempt.created_at) == (one.channel, one.created_at)


def _subject(one: Unwritten) -> dict[str, str | DeliveryId]:
    return {"channel": one.channel, "delivery": one.delivery}
