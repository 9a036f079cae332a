"""`newsbot retry` and `drop`: a delivery by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import UsageError
from bot.models.basics import DeliveryId

if TYPE_CHECKING:
    from datetime import datetime

    from bot.config import Config
    from bot.store.engine import Store

_DIGITS = 18
"""As many as 64 bits hold for certain."""


def delivery_id(text: str) -> DeliveryId:
    """Return the number of a delivery. Raises UsageError for what can be none."""
    if not text.isdecimal() or len(text) > _DIGITS:
        raise UsageError(f"{text!r} is no delivery: `newsbot deliveries` lists their ids")
    return DeliveryId(int(text))


async def retry(number: DeliveryId, store: Store, now: datetime) -> str:
    """Send a delivery after all; return a message for the operator. Raises NewsbotError."""
    await store.desk.retry(number, now)
    return f"delivery {number} will be sent"


async def drop(number: DeliveryId, store: Store, config: Config, now: datetime) -> str:
    """Give a delivery up; return a message for the operator. Raises NewsbotError."""
    erasable = {id_ for id_, one in config.channels.items() if one.platform != "console"}
    await store.desk.drop(number, now, erasable=erasable)
    return f"delivery {number} is dropped"
