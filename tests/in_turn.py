"""One store over several connections: each call is another's, as if nodes took turns."""

from __future__ import annotations

import inspect
from itertools import cycle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.store.engine import Store

PARTS = ("feeds", "stories", "outbox", "events", "desk", "alerts", "subscriptions", "cards", "updates", "week", "overview", "hours", "portable")  # fmt: skip


OF_ONE = ("claim_due_deliveries", "claim_due_feeds", "gather_no_more")
"""Rounds, of which a node remembers its own: the first one does them all."""


class InTurn:
    """Hands each call of a coroutine to the next of `parts`; anything else is the first one's."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self._parts = parts
        self._next = cycle(parts)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._parts[0], name)
        is_handed_on = inspect.iscoroutinefunction(found) and name not in OF_ONE
        return self._handed_on(name) if is_handed_on else found

    def _handed_on(self, name: str) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            return await getattr(next(self._next), name)(*args, **kwargs)

        return call


def in_turn(stores: Sequence[Store]) -> Store:
    """Return the first of `stores`, which share a name in claims, with the parts of all."""
    for name in PARTS:
        setattr(stores[0], name, InTurn([getattr(one, name) for one in stores]))
    return stores[0]
