"""A process that dies at a given step: a call of the store or of a platform, before or after it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Killed(BaseException):
    """The process is gone; nothing of its code runs any more."""


class Life:
    """Ends at the given step."""

    def __init__(self, ends_at: int | None) -> None:
        self._ends_at = ends_at
        self.steps = 0

    def step(self) -> None:
        if self.steps == self._ends_at:
            raise Killed
        self.steps += 1


class Mortal:
    """Does what `target` does, as long as it lives."""

    def __init__(self, target: Any, life: Life) -> None:
        self._target = target
        self._life = life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        return self._watched(found) if inspect.iscoroutinefunction(found) else found

    def _watched(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def watched(*args: Any, **kwargs: Any) -> Any:
            self._life.step()
            result = await call(*args, **kwargs)
            self._life.step()
            return result

        return watched
