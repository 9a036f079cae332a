"""Time as a value for whole programs: an event loop in which waiting takes no time."""

from __future__ import annotations

import asyncio
import selectors
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_Result = TypeVar("_Result")


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Its clock stands while anything can be done, then jumps to the next timer.

    What is given to threads is done at once, so that everything happens in the same order in
    every run.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._elapsed = 0.0
        super().__init__(_Skipping(self._skip))

    def time(self) -> float:
        return self._elapsed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def run_in_executor(  # type: ignore[override] # the base class takes any executor, too
        self, executor: object, func: Callable[..., _Result], *args: Any
    ) -> asyncio.Future[_Result]:
        future: asyncio.Future[_Result] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run `work` to its end and close the loop."""
        try:
            return self.run_until_complete(work)
        finally:
            self.close()

    def _skip(self, seconds: float | None) -> None:
        if seconds is None:
            raise RuntimeError("everything waits, and nothing will ever happen")
        self._elapsed += max(seconds, 0.0)


class _Skipping(selectors.DefaultSelector):
    """Waits for nothing: says how long it should have."""

    def __init__(self, skip: Callable[[float | None], None]) -> None:
        super().__init__()
        self._skip_by = skip

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._skip_by(timeout)
        return super().select(0)
