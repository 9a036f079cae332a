"""`newsbot retry`, `drop` and `advance`: a delivery by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NewsbotError, UsageError
from bot.models.basics import DeliveryId
from bot.operate.state.plans import plan_for
from bot.wording import ENGLISH, told

if TYPE_CHECKING:
    from datetime import datetime

    from bot.config import Config
    from bot.store.engine import Store
    from bot.wording import Wording

_DIGITS = 18
"""As many as 64 bits hold for certain."""


def delivery_id(text: str) -> DeliveryId:
    """Return the number of a delivery. Raises UsageError for what can be none."""
    if not text.isdecimal() or len(text) > _DIGITS:
        raise UsageError(
            told("{asked} is no delivery: `newsbot deliveries` lists their ids", asked=repr(text))
        )
    return DeliveryId(int(text))


async def retry(number: DeliveryId, store: Store, now: datetime, words: Wording = ENGLISH) -> str:
    """Send a delivery after all; return a message for the operator. Raises NewsbotError."""
    await store.desk.retry(number, now)
    return words.phrase("delivery {number} will be sent", number=number)


async def drop(
    number: DeliveryId, store: Store, config: Config, now: datetime, words: Wording = ENGLISH
) -> str:
    """Give a delivery up; return a message for the operator. Raises NewsbotError."""
    erasable = {id_ for id_, one in config.channels.items() if one.platform != "console"}
    await store.desk.drop(number, now, erasable=erasable)
    return words.phrase("delivery {number} is dropped", number=number)


async def advance(
    number: DeliveryId, store: Store, config: Config, now: datetime, words: Wording = ENGLISH
) -> str:
    """Move a waiting delivery to the front of its queue; return a message for the operator.

    Raises NewsbotError where it does not wait, or waits for a digest.
    """
    row = await store.desk.delivery(number)
    plan = plan_for(row, config, now) if row else None
    if plan is not None and plan.what == "digest":
        raise NewsbotError(
            told(
                "delivery {number} is posted with others in a digest, which has no first",
                number=number,
            )
        )
    await store.desk.advance(number, now)
    return words.phrase(
        "delivery {number} goes first, once its channel's hours and pace allow", number=number
    )
