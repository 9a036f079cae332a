"""The parts of every record: ids, states, reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, NewType

from bot.models.reasons import ReasonCode  # noqa: TC001 - read at run time, as all records' types

FeedId = NewType("FeedId", str)

ChannelId = NewType("ChannelId", str)

AccountId = NewType("AccountId", str)

StoryId = NewType("StoryId", int)

DeliveryId = NewType("DeliveryId", int)


class Key(NamedTuple):
    """One identity of an item: 16 bytes of hash (see `dedupe/keys.py`).

    `feed` is the one whose items alone it can mean, empty where it means the same in any feed.
    """

    hash: bytes
    feed: str = ""


def require_utc(moment: datetime | None, name: str) -> None:
    """Raise ValueError unless `moment` is None or aware and in UTC."""
    if moment is not None and moment.utcoffset() != timedelta(0):
        raise ValueError(f"{name} must be an aware UTC datetime, not {moment!r}")


class Platform(StrEnum):
    """Where a channel lives."""

    TELEGRAM = "telegram"
    X = "x"
    CONSOLE = "console"


class DeliveryState(StrEnum):
    """The stage of a story on its way to a channel; every change of it is in `docs/states.md`."""

    PENDING = "pending"
    """Owed; sent when due."""
    SENDING = "sending"
    """Text frozen, attempt begun, lease running."""
    UNKNOWN = "unknown"
    """May have been sent."""
    HELD = "held"
    """Its channel or account is paused."""
    FAILED = "failed"
    """Permanent for this post; kept and listed."""
    SENT = "sent"
    """Proof is stored."""
    DROPPED = "dropped"
    """Will not be sent, with its reason."""
    RETRACTED = "retracted"
    """Deleted on the platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: `code` is stable and for programs, `text` is for people."""

    code: ReasonCode | str
    text: str
