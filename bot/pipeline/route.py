"""The way to one channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.format.templates import Template
    from bot.models.settings import Account, Channel
    from bot.ports import Deleter, Editor, Finder, PictureSource, Publisher


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """All that delivering to one channel needs.

    `finder`, `editor` and `deleter` are None where the platform has no such thing. Without
    `pictures` none is examined beforehand.
    """

    channel: Channel
    account: Account | None
    template: Template
    publisher: Publisher
    timezone: ZoneInfo
    finder: Finder | None = None
    editor: Editor | None = None
    deleter: Deleter | None = None
    pictures: PictureSource | None = None

    def is_silent(self, wall: datetime) -> bool:
        """Tell whether a post at `wall` o'clock should arrive without a sound."""
        silent = self.channel.silent
        if isinstance(silent, bool):
            return silent
        return silent.contains(wall.astimezone(self.timezone))
