"""`newsbot post --test`: one message through the same path as every post, budget included."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.errors import NewsbotError
from bot.models import Article, Outcome, Post, Sent
from bot.operate.show import dollars
from bot.pipeline import Route, charge_for, prepare, send

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.models import Delivery
    from bot.store.engine import Store

_TITLES = {"vi": "newsbot: bài đăng thử", "en": "newsbot: a test post"}
_TEXTS = {
    "vi": "Nếu bạn đọc được dòng này, kênh đã sẵn sàng.",
    "en": "If you can read this, the channel is ready.",
}
_PATIENCE = 20  # half seconds that the service gets to finish its own post


async def send_test(route: Route, store: Store, now: Callable[[], datetime]) -> str:
    """Send a test post and return what to tell the operator. Raises NewsbotError if it failed."""
    delivery = await _claimed(route, store, now)
    post = await prepare(delivery, route, feed=None, silent=False, now=now())
    if isinstance(post, Post):
        outcome = await send(delivery, post, route, store=store.outbox, now=now)
    else:
        outcome = post
        await store.outbox.finish(delivery.id, post, now())
    if not isinstance(outcome, Sent):
        raise NewsbotError(f"channel {route.channel.id}: {_why(outcome)}")
    return _success(route, outcome, post, now())


async def _claimed(route: Route, store: Store, now: Callable[[], datetime]) -> Delivery:
    channel = route.channel
    article = Article(
        title=f"{_TITLES[channel.language]} ({now().astimezone(route.timezone):%H:%M:%S})",
        paragraphs=(_TEXTS[channel.language],),
        source="newsbot",
        language=channel.language,
    )
    for _ in range(_PATIENCE):
        delivery = await store.outbox.owe_directly(article, channel, now())
        if delivery is not None:
            return delivery
        await asyncio.sleep(0.5)
    raise NewsbotError(f"channel {channel.id} is busy with another post; try again in a minute")


def _success(route: Route, sent: Sent, post: Post | Outcome, now: datetime) -> str:
    cost = ""
    if isinstance(post, Post):
        charge = charge_for(post, route.account, now=now, timezone=route.timezone)
        cost = f", cost {dollars(charge.cost)} USD" if charge else ""
    return f"sent to {route.channel.id}: {sent.receipt.url or sent.receipt.remote_id}{cost}"


def _why(outcome: Outcome | None) -> str:
    if outcome is None:
        return "it is paused; `newsbot resume` it first"
    return "sent" if isinstance(outcome, Sent) else outcome.reason.text
