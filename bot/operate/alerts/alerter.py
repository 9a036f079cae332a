"""Checks every few seconds for news about trouble, and sends it to the operator's chat."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import (
    DatabaseLost,
    NewsbotError,
    OutcomeUnknown,
    PublishError,
    StoreError,
    Throttled,
    Unreachable,
)
from bot.log import get_logger
from bot.models.alerts import Note, Presence
from bot.models.nodes import COPYING
from bot.operate.alerts.changes import after_telling, compare
from bot.operate.alerts.message import new_alerts
from bot.operate.alerts.of_service import A_PERSONS, PASSING
from bot.operate.alerts.sender import Sender
from bot.operate.alerts.silence import SilenceWatch
from bot.operate.alerts.snapshot import Watches, take_snapshot
from bot.operate.alerts.stalled import AN_HOUR, Patience, StallWatch
from bot.operate.alerts.troubles import troubles_of, unjudged
from bot.wording import wording

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from bot.config import Config
    from bot.ports import Publisher
    from bot.store.engine import Store

_log = get_logger(__name__)
# A server that starts again is back within a minute.
_BROKEN_FOR = timedelta(minutes=1)
# Then the node that tells may have gone with the database; nobody can know.
_BROKEN_FOR_ALL = timedelta(minutes=10)
# After a pause, a reload or a sleep of the machine everything waits and is late for a moment.
_UNEXPLAINED, _LATE = timedelta(minutes=5), timedelta(minutes=1)
_PASSING = (Throttled, Unreachable, OutcomeUnknown)


class Alerter:
    """Sends alerts. News that could not be sent waits in the store, as notes.

    `began` is when the service was started. `ask` returns what the bot lacks to write to the chat,
    None if nothing, and may raise PublishError: a wrong chat is known before it is needed.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        chat: Publisher,
        now: Callable[[], datetime],
        *,
        began: datetime | None = None,
        ask: Callable[[], Awaitable[str | None]] | None = None,
    ) -> None:
        self._config = config
        self._store = store
        self._sender = Sender(chat, now)
        self._presence = Presence(running=True, since=began)
        self._watches = Watches(
            SilenceWatch(store.alerts),
            StallWatch(_UNEXPLAINED),
            late=Patience(_LATE),
            roles=Patience(COPYING),
        )
        self._ask = ask
        self._broken_since: datetime | None = None
        self._is_store_told = False
        self._is_teller = True

    async def round(self) -> None:
        """Note the changes, and send them if it is time to; of several nodes one does.

        Raises StoreError, which is told to the chat as well: a full disk takes no note.
        """
        try:
            self._is_teller = await self._store.alerts.take_turn()
            notes = await self._noted() if self._is_teller else ()
        except DatabaseLost:
            raise  # the service ends, and `last_word` tells
        except StoreError as error:
            await self._tell_of_store(str(error))
            raise
        self._broken_since, self._is_store_told = None, False
        if self._is_teller:
            await self._ask_once(notes)
            await self._tell(notes)

    async def last_word(self, text: str) -> None:
        """Tell at once that the database is lost: the service ends now."""
        note = Note(kind="lost", subject="newsbot", text=text, noticed_at=self._sender.now())
        if message := self._message([note]):
            await self._sender.send(message)

    async def _ask_once(self, notes: Sequence[Note]) -> None:
        ask, self._ask = self._ask, None
        if ask is None:
            return
        try:
            lack = await ask()
        except _PASSING:
            return
        except PublishError as error:
            lack = str(error)
        if lack is not None:
            _log.warning("alerts cannot be sent", reason=lack)
        await self._report(lack, A_PERSONS, notes)

    async def _tell(self, notes: Sequence[Note]) -> None:
        message = self._message(notes)
        if message is None or not self._sender.is_free:
            return
        error = await self._sender.send(message)
        level = PASSING if error is None or _is_passing(error) else A_PERSONS
        await self._report(str(error) if error else None, level, notes)
        if error is None:
            done = after_telling(notes, self._sender.now())
            await self._store.alerts.write(done.changed, done.gone)

    async def _report(self, why: str | None, level: int, notes: Sequence[Note]) -> None:
        """Note for `newsbot status` that alerts do not get there, or that they do again."""
        chat = str(self._config.alerts.chat if self._config.alerts else "")
        known = {note.subject: note for note in notes if note.kind == "alerts"}
        same = known.pop(chat, None)
        changed = []
        if why is not None:
            now = self._sender.now()
            since = same.noticed_at if same else now
            # Told: to whom else?
            changed = [
                Note(
                    kind="alerts",
                    subject=chat,
                    text=why,
                    level=level,
                    noticed_at=since,
                    told_at=now,
                )
            ]
        elif same:
            known[chat] = same
        if changed or known:
            await self._store.alerts.write(changed, known.values())

    async def _tell_of_store(self, text: str) -> None:
        """Tell once of a fault of the database that lasts, for it cannot be noted there."""
        now = self._sender.now()
        since = self._broken_since = min(self._broken_since or now, now)
        wait = _BROKEN_FOR if self._is_teller else _BROKEN_FOR_ALL
        if self._is_store_told or now - since < wait or not self._sender.is_free:
            return
        note = Note(kind="store", subject="newsbot", text=text, noticed_at=since)
        message = self._message([note])
        self._is_store_told = message is not None and await self._sender.send(message) is None

    def _message(self, notes: Sequence[Note]) -> str | None:
        return new_alerts(notes, wording(self._config.language), self._config.timezone)

    async def _noted(self) -> list[Note]:
        now = self._sender.now()
        book, config = self._store.alerts, self._config
        snapshot = await take_snapshot(config, self._store, self._watches, now, self._presence)
        feed_errors = config.alerts.feed_errors if config.alerts else 1
        troubles = troubles_of(
            snapshot, config, feed_errors=feed_errors, words=wording(config.language)
        )
        changes = compare(troubles, await book.notes(), now, unjudged=unjudged(snapshot, config))
        if changes.changed or changes.gone:
            await book.write(changes.changed, changes.gone)
        return await book.notes()


def _is_passing(error: NewsbotError) -> bool:
    """Tell whether it may end within the hour; a time-out is no error of the platform's."""
    if isinstance(error, Throttled) and error.wait is not None:
        return error.wait < AN_HOUR
    return not isinstance(error, PublishError) or isinstance(error, _PASSING)
