"""`newsbot retry`, `drop` and `advance`: a delivery by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NewsbotError, UsageError
from bot.models.basics import DeliveryId
from bot.operate.state.plans import plan_for

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


async def advance(number: DeliveryId, store: Store, config: Config, now: datetime) -> str:
    """Move a waiting delivery to the front of its queue; return a message for the operator.

    Raises NewsbotError where it does not wait, or waits for a digest.
    """
    row = await store.desk.delivery(number)
    plan = plan_for(row, config, now) if row else None
    if plan is not None and plan.what == "digest":
        raise NewsbotError(
            f"delivery {number} is posted with others in a digest, which has no first"
        )
    await store.desk.advance(number, now)
    return f"delivery {number} goes first, once its channel's hours and pace allow"
