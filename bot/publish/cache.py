"""A cache for a while: of verdicts on pictures, and of ids of uploads."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
V = TypeVar("V")


class Cache(Generic[K, V]):
    """At most `most` values of at most `most_size` altogether; the oldest go first.

    `now` counts seconds.
    """

    def __init__(
        self,
        most: int,
        now: Callable[[], float],
        *,
        size: Callable[[V], int] = lambda _: 0,
        most_size: int = 0,
    ) -> None:
        self._most = most
        self._now = now
        self._size = size
        self._most_size = most_size
        self._values: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return the value of `key`, None where its time is over."""
        until, value = self._values.get(key, (0.0, None))
        return value if until > self._now() else None

    def keep(self, key: K, value: V, seconds: float) -> None:
        """Keep `value` for `seconds`."""
        self.drop(key)
        self._values[key] = (self._now() + seconds, value)
        while len(self._values) > self._most or self._total() > self._most_size:
            self._values.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget the value of `key`."""
        self._values.pop(key, None)

    def _total(self) -> int:
        return sum(self._size(value) for _, value in self._values.values())
