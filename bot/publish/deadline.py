"""When it is too late for a request: another machine may be sending the same post by then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.errors import Unreachable
from bot.models.reasons import ReasonCode
from bot.wording import told, told_count

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS: Final = 30.0
"""The claim on a post lasts twice as long from the beginning of its attempt, and a search takes a
post that is made 45 seconds after that for one that was under way."""
_ANSWERED: Final = 55.0
"""Seconds: somewhat before that claim ends, and what is not known by then is in doubt."""


class Deadline:
    """Begins now; `elapsed` counts seconds, the machine's sleep included."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._began = elapsed()

    def check(self) -> None:
        """Raise Unreachable once it is over: the process, or its machine, stood still."""
        late = self._late()
        if late > SECONDS:
            stood = told_count("{count} second", "{count} seconds", round(late))
            text = told(
                "newsbot or its machine stood still for {what} before the request", what=stood
            )
            raise Unreachable(ReasonCode.LATE, told("{why}, which was not made", why=text))

    def left(self) -> float:
        """Return the seconds that an answer may still take."""
        return max(_ANSWERED - self._late(), 0.0)

    def _late(self) -> float:
        return self._elapsed() - self._began
