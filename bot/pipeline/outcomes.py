"""A platform's refusal -> the outcome of the attempt (docs/states.md)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zlib import crc32

from bot.errors import (
    ChatMoved,
    OutcomeUnknown,
    OutOfCredit,
    PublishError,
    Rejected,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.models.basics import Reason
from bot.models.outbox import Failed, Outcome, Stopped, TryAgain, Unknown
from bot.models.reasons import ReasonCode
from bot.wording import told, told_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.models.basics import DeliveryId
    from bot.models.outbox import Delivery

PROBE_AFTER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60))
"""Waits after the n-th failure in a row of a channel or account that a person must mend: from the
third on it is tried each hour, so that what was mended is found within the hour."""
LONGEST_REST = timedelta(hours=25)
"""The longest silence of an account that is believed: X counts by the day at most."""
_PROMPT = timedelta(seconds=30)
"""Half as long as a claim lasts: there is time left for the request."""
_RETRY_FIRST = timedelta(seconds=5)
_RETRY_MOST = timedelta(minutes=15)
# Refusals that wait for a person; a chat that moves on and on is no chat.
_STOPS: Mapping[type[PublishError], Literal["channel", "account"]] = {
    OutOfCredit: "account",
    ChatMoved: "channel",
}


def outcome_of(error: PublishError, delivery: Delivery, now: datetime) -> Outcome:
    """Return the outcome of an attempt that the platform answered with `error`."""
    reason = reason_of(error)
    match error:
        case Throttled():
            return silence(error, now)
        case ChatMoved() if error.chat != delivery.chat:
            return TryAgain(due=now, reason=reason, chat=error.chat)
        case Unreachable():
            due = now + retry_delay(delivery.id, delivery.attempts)
            return TryAgain(due=due, reason=reason, channel_until=due)
        case Rejected(part=str(part)) if part not in delivery.without:
            return TryAgain(due=now, reason=reason, without=frozenset({part}))
        case Unauthorized() | OutOfCredit() | ChatMoved():
            scope = error.scope if isinstance(error, Unauthorized) else _STOPS[type(error)]
            return Stopped(scope=scope, reason=reason, probe_after=PROBE_AFTER)
        case OutcomeUnknown():
            return Unknown(reason=reason, search_at=now)
        case Rejected(suspect="channel" | "account" as suspect):
            stop = Stopped(scope=suspect, reason=reason, probe_after=PROBE_AFTER)
            return Failed(reason=reason, otherwise=stop)
        case _:
            return Failed(reason=reason)


def check_prompt(since: datetime | None, now: datetime) -> None:
    """Raise Unreachable where a claim made at `since` is so old that it may be another's `now`.

    The database took so long, or the process stood still, as in a machine that sleeps. None: there
    is nobody who could take it over.
    """
    if since is not None and now - since > _PROMPT:
        late = told_count("{count} second", "{count} seconds", round((now - since).total_seconds()))
        text = told("{what} passed before the request, which was not made", what=late)
        raise Unreachable(ReasonCode.LATE, text)


def reason_of(error: PublishError) -> Reason:
    """Return the platform's own words with their code."""
    return Reason(code=error.code, text=str(error))


def silence(error: Throttled, now: datetime) -> TryAgain:
    """Return a silence for exactly the platform's time, of the channel or of its account."""
    until = rest_of(error, now, least=_RETRY_MOST)
    of_account = error.scope == "account"
    return TryAgain(
        due=until,
        reason=reason_of(error),
        account_until=until if of_account else None,
        channel_until=None if of_account else until,
    )


def rest_of(error: Throttled, now: datetime, *, least: timedelta) -> datetime:
    """Return when to come back: as the platform says, else after `least`.

    Its clock and ours differ: a time that is over is no permission.
    """
    asked = now + (error.wait or least)
    until = error.until if error.until and error.until > now else asked
    return min(until, now + LONGEST_REST) if error.scope == "account" else until


def retry_delay(delivery: DeliveryId, before: int) -> timedelta:
    """Return the wait after a failed attempt, of which there were so many `before`.

    Doubling, at most 15 minutes, spread by 20 %.
    """
    # Spread by id instead of chance: the same everywhere, and still no herd.
    spread = 0.8 + 0.4 * (crc32(b"%d" % delivery) / 2**32)
    doubled = _RETRY_FIRST * 2 ** min(before, 10)
    wait: timedelta = min(doubled, _RETRY_MOST)
    return wait * spread
