"""The desk as the runner sees it: one turn of reading, and one of showing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import PublishError, Throttled, Unauthorized
from bot.log import get_logger
from bot.models.alerts import Note
from bot.operate.alerts.of_service import A_PERSONS, PASSING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.operate.desk.reading import Reading
    from bot.operate.desk.showing import Showing
    from bot.operate.summary.sending import Summary
    from bot.store.operator.alerts import AlertBook

_log = get_logger(__name__)
_AGAIN_FIRST, _AGAIN_MOST = timedelta(seconds=2), timedelta(minutes=5)


class _Patience:
    """Waits longer with each failure in a row; `why` is the last one, None where all is well."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._not_before: datetime | None = None
        self._failures = 0
        self.why: PublishError | None = None

    @property
    def is_over(self) -> bool:
        return self._not_before is None or self._now() >= self._not_before

    def failed(self, error: PublishError) -> None:
        self._failures += 1
        wait: timedelta = min(_AGAIN_FIRST * 2 ** min(self._failures - 1, 10), _AGAIN_MOST)
        if isinstance(error, Throttled) and error.wait is not None:
            wait = max(wait, error.wait)
        self._not_before, self.why = self._now() + wait, error

    def well(self) -> None:
        self._failures, self._not_before, self.why = 0, None, None


class DeskService:
    """Implements `runner.assembly.DeskWork`.

    That the chat, called `name`, cannot be reached is noted for `newsbot status` and alerts.
    """

    def __init__(
        self,
        reading: Reading,
        showing: Showing,
        *,
        book: AlertBook,
        name: str,
        now: Callable[[], datetime],
        summary: Summary | None = None,
    ) -> None:
        self._reading = reading
        self._showing = showing
        self._summary = summary
        self._book = book
        self._name = name
        self._now = now
        self._is_ours = False
        self._is_noted: bool | None = None
        self._of_reading = _Patience(now)
        self._of_showing = _Patience(now)

    async def read(self, wait: float) -> bool:
        """Handle what people did, waiting for it as long; False where there is nothing to do."""
        if not self._of_reading.is_over:
            return False
        try:
            # The first time there is no waiting: nothing is shown before people were heard.
            self._is_ours = await self._reading.round(wait if self._is_ours else 0)
        except PublishError as error:
            # Another process may read from now on.
            self._is_ours = False
            self._of_reading.failed(error)
        else:
            self._of_reading.well()
        await self._note()
        return self._is_ours and self._of_reading.why is None

    async def show(self) -> None:
        """Show what changed, and the week's summary, if this process reads the desk."""
        if not self._is_ours or not self._of_showing.is_over:
            return
        try:
            await self._showing.round(self._reading.heard_at)
            if self._summary is not None:
                await self._summary.round()
        except PublishError as error:
            self._of_showing.failed(error)
        else:
            self._of_showing.well()
        await self._note()

    async def leave(self) -> None:
        """Let another process read at once."""
        self._is_ours = False
        await self._reading.leave()

    async def _note(self) -> None:
        """Note that the desk cannot be reached, or that it can again; each once."""
        why = self._of_showing.why or self._of_reading.why
        if self._is_noted is (why is not None):
            return
        known = [note for note in await self._book.notes() if note.kind == "desk"]
        changed = []
        if why is not None:
            level = A_PERSONS if isinstance(why, Unauthorized) else PASSING
            _log.warning("the desk cannot be reached", reason=str(why))
            changed = [
                Note(
                    kind="desk",
                    subject=self._name,
                    text=str(why),
                    level=level,
                    noticed_at=self._now(),
                )
            ]
        elif known:
            _log.info("the desk can be reached again")
        gone = [note for note in known if not changed or note.subject != self._name]
        await self._book.write(changed, gone)
        self._is_noted = why is not None
