"""How fast somebody may guess the token: each wrong one doubles the wait for the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_FREE: Final = 3
"""Wrong tokens after which one has to wait."""
_LONGEST: Final = 60.0  # seconds
_FORGOTTEN: Final = 900.0  # seconds after the last wrong token
_MOST: Final = 1000
"""Addresses that are remembered; the oldest is forgotten first."""


class Attempts:
    """Counts wrong tokens by the address that they come from; `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrong: dict[str, tuple[int, float]] = {}

    def wait(self, who: str) -> float:
        """Return the seconds until the next token of `who` is looked at."""
        count, at = self._wrong.get(who, (0, 0.0))
        passed = self._clock() - at
        if count <= _FREE or passed > _FORGOTTEN:
            return 0.0
        return max(min(2.0 ** (count - _FREE - 1), _LONGEST) - passed, 0.0)

    def note_wrong(self, who: str) -> None:
        """Note a wrong token of `who`."""
        count, at = self._wrong.pop(who, (0, 0.0))
        now = self._clock()
        self._wrong[who] = (1 if now - at > _FORGOTTEN else min(count + 1, 50), now)
        while len(self._wrong) > _MOST:
            del self._wrong[next(iter(self._wrong))]

    def note_right(self, who: str) -> None:
        """Forget the wrong tokens of `who`."""
        self._wrong.pop(who, None)
