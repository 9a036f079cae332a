"""Tells the other nodes that this one lives, and with which configuration it works."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Final

import bot
from bot.models.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.models.nodes import Role
    from bot.runner.assembly import Assembly

SIGNS: Final = 10.0
"""Seconds between two signs of life."""


class Presence:
    """The signs of life of one node; `running` counts its jobs."""

    def __init__(
        self, roles: Sequence[Role], running: Callable[[], int], host: str = platform.node()
    ) -> None:
        self._roles = tuple(roles)
        self._running = running
        self._host = host
        self._config: tuple[str, datetime] | None = None

    async def sign(self, assembly: Assembly) -> None:
        """Give a sign of life. Raises StoreError, and OtherTables where it must not go on."""
        now = assembly.now()
        if self._config is None or self._config[0] != assembly.mark:
            self._config = assembly.mark, now
        database = assembly.store.database
        node = Node(
            id=database.owner,
            host=self._host,
            version=bot.__version__,
            roles=self._roles,
            config=assembly.mark,
            config_at=self._config[1],
            saved_at=assembly.saved_at or self._config[1],
            running=self._running(),
            seen_at=now,
        )
        await assembly.store.nodes.sign(node)

    async def leave(self, assembly: Assembly) -> None:
        """Tell that the node ends."""
        await assembly.store.nodes.leave(assembly.store.database.owner)
