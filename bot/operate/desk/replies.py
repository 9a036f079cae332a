"""What a command at the desk answers: a text of one message, and buttons instead of typing."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import NewsbotError
from bot.format.limits import TELEGRAM_MESSAGE, cut_text, utf16_length
from bot.models.posts import Button
from bot.visible import visible
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    Rows = tuple[tuple[Button, ...], ...]

SURE = "/!"
"""Begins what a button says that was asked for once more."""
_LONGEST_DATA = 64
"""Bytes (Bot API, InlineKeyboardButton)."""
_MOST_BUTTONS = 30
_LONGEST_LABEL = 60
_GOOD_FOR = 10
"""Minutes in which a question may be agreed to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The text of an answer, and the buttons below it."""

    text: str
    rows: Rows = ()

    @property
    def markup(self) -> str:
        """The text as one message of Telegram takes it."""
        text = cut_text(visible(self.text).strip(), TELEGRAM_MESSAGE, utf16_length)
        return html.escape(text, quote=False) or "…"


def choices(command: str, names: Iterable[str]) -> Rows:
    """Return a button for each of `names` that gives the command with it; some are left out.

    An id that is too long for a button must be typed.
    """
    return pairs((name, f"/{command} {name}") for name in names)


def pairs(buttons: Iterable[tuple[str, str]]) -> Rows:
    """Return a row for each label and the command behind it."""
    found = [
        (Button(text=label[:_LONGEST_LABEL], data=data),)
        for label, data in buttons
        if len(data.encode()) <= _LONGEST_DATA
    ]
    return tuple(found[:_MOST_BUTTONS])


def sure(label: str, command: str, now: datetime) -> Button:
    """Return the button that agrees to `command`; it is good for ten minutes.

    Raises NewsbotError where the command is too long for one.
    """
    data = f"{SURE}{_minute(now):x} {command}"
    if len(data.encode()) > _LONGEST_DATA:
        raise NewsbotError(
            told(
                "too long for a button: on the machine, newsbot {command} does it", command=command
            )
        )
    return Button(text=label, data=data)


def agreed(data: str, now: datetime) -> str | None:
    """Return the command that a button of `sure` agrees to, None for one that is too old."""
    stamp, _, command = data.removeprefix(SURE).partition(" ")
    try:
        asked = int(stamp, 16)
    except ValueError:
        return None
    return command if 0 <= _minute(now) - asked <= _GOOD_FOR else None


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60
