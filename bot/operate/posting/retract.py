"""`newsbot retract`: deletes the last posts that stand in a channel, newest first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.errors import (
    OutcomeUnknown,
    OutOfCredit,
    PublishError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.moments import local_time
from bot.operate.json_forms import plain
from bot.pipeline.prices import charge_of
from bot.visible import visible_line
from bot.wording import marked, told, told_count

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from bot.models.outbox import Charge
    from bot.models.views import SentPost
    from bot.pipeline.route import Route
    from bot.ports import Deleter
    from bot.store.engine import Store

# Telegram counts deletions among a bot's 30 requests a second; a running service needs some, too.
_GAP = 0.1  # seconds
_HOPELESS = (Throttled, Unreachable, Unauthorized, OutOfCredit)
"""Errors that the next deletions would meet, too."""
_BY_HAND = {ReasonCode.CHAT_MOVED}
"""The codes of posts that the bot can never delete."""
_SHORT_BY_ONE = marked("{left} of {what} of channel {channel} was not deleted")
_SHORT = marked("{left} of {what} of channel {channel} were not deleted")
_NOT_TRIED = Reason(code="not_tried", text=marked("not tried after that"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """The result for one post; `reason` says why it was not deleted, None where it was."""

    post: SentPost
    reason: Reason | None = None


async def retract(
    route: Route, store: Store, now: Callable[[], datetime], *, last: int
) -> AsyncIterator[Retraction]:
    """Delete the last posts of the channel, and yield the result for each, newest first.

    A platform that refuses all of them is asked once; the rest is `not_tried`.
    """
    eraser = Eraser(route, store, now)
    for nth, post in enumerate(await store.desk.sent_posts(route.channel.id, last)):
        if nth and not eraser.is_over:
            await asyncio.sleep(_GAP)
        yield await eraser.erase(post)


class Eraser:
    """Deletes posts of one channel until something `is_over` that concerns all of them."""

    def __init__(self, route: Route, store: Store, now: Callable[[], datetime]) -> None:
        self._route = route
        self._store = store
        self._now = now
        self.is_over = False

    async def erase(self, post: SentPost) -> Retraction:
        """Delete one post, and store that it is gone, and the cost."""
        deleter = self._route.deleter
        if deleter is None:
            text = marked("what a terminal shows cannot be deleted")
            return Retraction(post=post, reason=Reason(code="no_deleting", text=text))
        if self.is_over:
            return Retraction(post=post, reason=_NOT_TRIED)
        began = self._now()
        charge = self._charge(began)
        if charge and not await self._store.desk.begin_delete(post.id, charge, began):
            self.is_over = True
            return Retraction(post=post, reason=_over_budget(charge))
        return await self._delete(post, deleter, charge, began)

    async def _delete(
        self, post: SentPost, deleter: Deleter, charge: Charge | None, began: datetime
    ) -> Retraction:
        try:
            # The message that the row names goes last: killed before, it is retracted again.
            for one in (*reversed(post.further_ids), post.remote_id):
                await deleter.delete(one, post.chat)
        except PublishError as error:
            # A request without an answer may have been done, and billed.
            if charge and not isinstance(error, OutcomeUnknown):
                await self._store.desk.give_back(post.id, "delete", began)
            self.is_over = isinstance(error, _HOPELESS)
            return Retraction(post=post, reason=self._why(error))
        await self._store.desk.retracted(post.id, self._now())
        return Retraction(post=post)

    def _charge(self, now: datetime) -> Charge | None:
        account = self._route.account
        if account is None or account.prices is None:
            return None
        cost = account.prices.delete
        return charge_of(cost, account, now=now, timezone=self._route.timezone, kind="delete")

    def _why(self, error: PublishError) -> Reason:
        text = str(error)
        if isinstance(error, Throttled):
            text += self._after_wait(error)
        elif isinstance(error, OutcomeUnknown):
            text = told("it may be deleted or not: {why}; deleting it again does no harm", why=text)
        return Reason(code=error.code, text=text)

    def _after_wait(self, error: Throttled) -> str:
        now = self._now()
        end = error.until if error.until and error.until > now else None
        if end is None and error.wait is not None:
            end = now + error.wait
        if end is None:
            return marked("; try again later")
        return told("; try again at {at}", at=local_time(end, self._route.timezone, seconds=True))


def retraction_json(done: Retraction) -> dict[str, Any]:
    """Return the documented JSON element (docs/json.md)."""
    return {
        "id": str(done.post.id),
        "title": plain(done.post.title),
        "remote_id": done.post.remote_id,
        "url": done.post.url,
        "deleted": done.reason is None,
        "reason": plain(done.reason),
    }


def retraction_line(done: Retraction) -> str:
    """Return the result for a post, for people."""
    what = f"{visible_line(done.post.title)} ({done.post.url or done.post.remote_id})"
    return (
        told("deleted: {post}", post=what)
        if done.reason is None
        else told("not deleted: {post}: {why}", post=what, why=done.reason.text)
    )


def shortfall(done: list[Retraction], route: Route) -> str | None:
    """Return a message about the posts that still stand, None where all are gone.

    They are the newest of the channel now, so that the same command with their number means them,
    as long as nothing else is posted.
    """
    channel = route.channel.id
    left = sum(one.reason is not None for one in done)
    if not done:
        return told("no post stands in channel {channel}", channel=channel)
    if not left:
        return None
    count = told_count("{count} post", "{count} posts", len(done))
    form = _SHORT_BY_ONE if left == 1 else _SHORT
    text = told(form, left=left, what=count, channel=channel)
    if route.deleter is None:
        return text
    if all(one.reason is None or one.reason.code in _BY_HAND for one in done):
        return text
    return told(
        "{why}; `newsbot pause channel:{channel}`, so that no newer post comes "
        "before them, then `newsbot retract --channel {channel} --last {left}` "
        "tries again",
        why=text,
        channel=channel,
        left=left,
    )


def _over_budget(charge: Charge) -> Reason:
    text = told(
        "the budget of account {account} has no room for it; raise "
        "accounts.{account}.budget, or try again when day and month have room",
        account=charge.account,
    )
    return Reason(code=ReasonCode.BUDGET, text=text)
