"""Unknown delivery -> certainty: search for the post, else follow the operator's policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from bot.errors import ChatMoved, OutcomeUnknown, PublishError, Rejected, Throttled
from bot.models.basics import Platform, Reason
from bot.models.outbox import (
    Absent,
    Charge,
    Dropped,
    Failed,
    Found,
    Read,
    Settled,
    Sought,
    TryAgain,
    Unknown,
)
from bot.models.reasons import ReasonCode
from bot.pipeline.outcomes import rest_of, retry_delay
from bot.pipeline.prices import charge_of
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.models.basics import DeliveryId
    from bot.models.posts import SearchResult
    from bot.models.settings import Channel
    from bot.pipeline.route import Route
    from bot.ports import Finder
    from bot.store_ports import SearchStore

# Waits after the n-th search that could not be made.
_SEARCH_AGAIN = tuple(timedelta(minutes=minutes) for minutes in (0.5, 1, 2, 5, 15, 60))
_GIVE_UP = timedelta(hours=24)
# Attempts of one post whose answers say nothing, over some seven hours: as with a refusal, then
# the post counts as the reason and not the platform.
_TRIES_MOST = 32
# Each time that a post is repeated blindly it may stand there once more.
_RESENDS_MOST = 5
_NO_MONEY = timedelta(hours=1)
_STILL_SENDING = timedelta(seconds=30)
# A post that is older than the story's delivery was made by somebody else's hand.
_SKEW = timedelta(minutes=5)


async def settle(
    sought: Sought,
    route: Route,
    *,
    store: SearchStore,
    now: Callable[[], datetime],
    busy: Collection[DeliveryId] = (),
) -> Settled:
    """Search for a post that may have been sent, and store the result.

    `busy` are the deliveries that this process is still sending, however long that takes: they
    are searched for later.
    """
    finder, moment, read = route.finder, now(), None
    if sought.id in busy:
        settled: Settled = Unknown(reason=sought.reason, search_at=moment + _STILL_SENDING)
    elif finder is None:
        settled = by_policy(sought, route.channel, moment)
    elif moment < (first := sought.unknown_since + finder.first_search):
        settled = Unknown(reason=sought.reason, search_at=first)
    else:
        settled, read = await _search(sought, route, finder, store=store, now=now)
    await store.finish_search(sought, settled, now(), read=read)
    return settled


async def _search(
    sought: Sought, route: Route, finder: Finder, *, store: SearchStore, now: Callable[[], datetime]
) -> tuple[Settled, Read | None]:
    began = now()
    charge = _price_of(sought, route, finder, began)
    if charge is not None and not await store.begin_search(sought.id, charge, began):
        return Unknown(reason=sought.reason, search_at=began + _NO_MONEY), None
    try:
        result = await finder.find(sought)
    except PublishError as error:
        # A request that was refused is not billed; one without an answer may be.
        cost = charge.cost if charge and isinstance(error, OutcomeUnknown) else 0
        settled = _not_seen(error, sought, route.channel, now())
    else:
        cost = result.reads * (charge.cost // finder.reads_most(sought)) if charge else 0
        settled = _judged(result, sought, route.channel, finder, now())
    return settled, Read(at=began, cost=cost) if charge else None


def _price_of(sought: Sought, route: Route, finder: Finder, now: datetime) -> Charge | None:
    account = route.account
    if account is None or account.prices is None:
        return None
    price = finder.reads_most(sought) * account.prices.read
    return charge_of(price, account, now=now, timezone=route.timezone, kind="read")


def _judged(
    result: SearchResult, sought: Sought, channel: Channel, finder: Finder, now: datetime
) -> Settled:
    if result.receipt is not None:
        made = result.made_at
        is_ours = made is None or made >= sought.since - _SKEW
        return Found(receipt=result.receipt, is_ours=is_ours)
    if result.doubt is not None:
        return _not_seen(result.doubt, sought, channel, now)
    sure = sought.unknown_since + finder.sure_after
    if now < sure:
        return Unknown(reason=sought.reason, search_at=sure)
    if result.is_open:
        return _open(sought, channel, now)
    if sought.reason.code == ReasonCode.DUPLICATE:
        text = told(
            "{why}; but none of the account's last posts says the same", why=sought.reason.text
        )
        return Failed(reason=Reason(code=ReasonCode.DUPLICATE, text=text))
    text = told("it had not arrived ({why})", why=sought.reason.text)
    if sought.attempts >= _TRIES_MOST:
        text = told("{why}, {attempts} times in a row", why=text, attempts=sought.attempts)
        return Failed(reason=Reason(code=ReasonCode.ABSENT, text=text))
    return Absent(due=now + _wait_again(sought), reason=Reason(code=ReasonCode.ABSENT, text=text))


def _open(sought: Sought, channel: Channel, now: datetime) -> Settled:
    """Let it wait for a later post in its chat, whose proof makes a search due at once."""
    end = sought.unknown_since + _GIVE_UP
    if now < end:
        return Unknown(reason=sought.reason, search_at=end)
    return by_policy(sought, channel, now, why=marked("no post of ours is known after it"))


def _wait_again(sought: Sought) -> timedelta:
    """Return the wait before another attempt; the first one waited during the search."""
    before = sought.attempts - 1
    return retry_delay(sought.id, before) if before > 0 else timedelta(0)


def _not_seen(error: PublishError, sought: Sought, channel: Channel, now: datetime) -> Settled:
    if isinstance(error, Rejected | ChatMoved) or now - sought.unknown_since > _GIVE_UP:
        return by_policy(sought, channel, now, why=str(error))
    wait = _SEARCH_AGAIN[min(sought.searches, len(_SEARCH_AGAIN) - 1)]
    search_at = now + wait
    if isinstance(error, Throttled):
        search_at = rest_of(error, now, least=wait)
    return Unknown(reason=sought.reason, search_at=search_at)


def by_policy(
    sought: Sought, channel: Channel, now: datetime, *, why: str | None = None
) -> Settled:
    """Apply the operator's policy to a post that cannot be searched for; its cost stays."""
    reason = sought.reason
    if why is not None:
        text = told("{why}; it could not be looked for: {also}", why=reason.text, also=why)
        reason = Reason(code=reason.code, text=text)
    match unknown_policy(channel, reason):
        case "resend" if channel.platform is Platform.CONSOLE:
            return TryAgain(due=now, reason=reason)
        case "resend" if sought.attempts <= _RESENDS_MOST:
            return TryAgain(due=now + _wait_again(sought), reason=reason)
        case "drop":
            return Dropped(reason=reason)
        case _:
            return Unknown(reason=reason, search_at=None)


def unknown_policy(channel: Channel, reason: Reason) -> Literal["hold", "resend", "drop"]:
    """Return the operator's policy for a post that may have been sent.

    A terminal loses nothing by showing a post again. A platform's own "duplicate" is never resent.
    """
    if channel.platform is Platform.CONSOLE:
        return "resend"
    return "hold" if reason.code == ReasonCode.DUPLICATE else channel.on_unknown
