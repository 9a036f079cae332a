"""What is allowed and probably not meant: told by `check` from the configuration alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.config.mistakes import quote
from bot.config.sections.ids import paths_of
from bot.dedupe.urls import canonical_link
from bot.models.basics import Platform

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.config.text.document import Document
    from bot.models.basics import AccountId, ChannelId, FeedId
    from bot.models.settings import Account, Channel, Feed, Hours, Prices

_DAY = timedelta(days=1)
_SHORTEST_DAY = timedelta(hours=1)
_MICRO = 1_000_000
_DAYS_OF_MONTH = 30
_MOST_PER_DAY = 9_600  # X, 100 posts in 15 minutes


def tell_doubts(
    document: Document,
    *,
    feeds: Mapping[FeedId, Feed],
    channels: Mapping[ChannelId, Channel],
    accounts: Mapping[AccountId, Account],
) -> None:
    """Note what enabled channels and feeds hardly mean, and (as a mistake) what X forbids."""
    polled = [feed for feed in feeds.values() if feed.enabled]
    used = [channel for channel in channels.values() if channel.enabled]
    fed = {name for feed in polled for name in feed.channels}
    paths = paths_of("channels", document)
    for channel in used:
        if polled and channel.id not in fed:
            document.warn(paths[channel.id], "no enabled feed leads here, so nothing is posted")
        if channel.quiet_hours and (left := _DAY - _length(channel.quiet_hours)) < _SHORTEST_DAY:
            minutes = left // timedelta(minutes=1)
            text = f"leave {minutes} minutes a day to post in, and what waits may grow too old"
            document.warn((*paths[channel.id], "quiet_hours"), text)
    _tell_same_chats(document, used)
    for account in accounts.values():
        owing = [one for one in used if one.account == account.id and one.id in fed]
        _tell_small_budget(document, account, owing)
    x_channels = {one.id: one for one in used if one.platform is Platform.X}
    _tell_same_addresses(document, polled, x_channels)


def _length(hours: Hours) -> timedelta:
    start, end = (datetime.combine(date.min, time) for time in (hours.start, hours.end))
    return (end - start) % _DAY


def _tell_same_chats(document: Document, channels: Iterable[Channel]) -> None:
    paths = paths_of("channels", document)
    first: dict[object, Channel] = {}
    for channel in channels:
        if channel.chat is None:
            continue
        other = first.setdefault((str(channel.chat).casefold(), channel.thread), channel)
        if other is not channel:
            line = document.line_of((*paths[other.id], "chat"))
            text = f"is the chat of channel {quote(other.id)} as well (line {line})"
            document.warn(
                (*paths[channel.id], "chat"), f"{text}: a story that leads to both is told twice"
            )


def _tell_small_budget(document: Document, account: Account, channels: list[Channel]) -> None:
    """Compare what the channels may post a day with what the budget pays for."""
    if account.budget is None or account.prices is None or not channels:
        return
    posts = sum(_most_per_day(channel) for channel in channels)
    cost = sum(_most_per_day(channel) * _price(channel, account.prices) for channel in channels)
    daily = min(account.budget.per_day, account.budget.per_month / _DAYS_OF_MONTH)
    if cost <= daily:
        return
    paid = int(posts * daily / cost)
    text = (
        f"pays for {paid} posts a day, while the channels of this account may post {posts} a day "
        f"for {cost / _MICRO:.2f} USD ({cost * _DAYS_OF_MONTH / _MICRO:.2f} a month): the rest "
        'waits; raise it, lower max_per_day, or write link = "never"'
    )
    document.warn(("accounts", account.id, "budget"), text)


def _price(channel: Channel, prices: Prices) -> int:
    """Return what a usual post of the channel costs."""
    if channel.link == "always":
        return prices.post_with_link
    return prices.post + (prices.alt_text if channel.image == "auto" else 0)


def _most_per_day(channel: Channel) -> int:
    limits = (channel.max_per_day, 24 * (channel.max_per_hour or 0), _MOST_PER_DAY)
    return min(limit for limit in limits if limit)


def _tell_same_addresses(
    document: Document, feeds: Iterable[Feed], x_channels: Mapping[ChannelId, Channel]
) -> None:
    """X refuses identical posts of one account and forbids them on several."""
    paths = paths_of("feeds", document)
    first: dict[str, tuple[Feed, set[ChannelId]]] = {}
    for feed in feeds:
        leading = {name for name in feed.channels if name in x_channels}
        if not leading or feed.is_local:
            continue
        other, before = first.setdefault(canonical_link(feed.url), (feed, leading))
        if other is not feed and before | leading != before & leading:
            line = document.line_of((*paths[other.id], "url"))
            text = (
                f"is the address of feed {quote(other.id)} as well (line {line}), and the two lead "
                "to different X channels; X takes no identical posts, keep one of them"
            )
            document.problem((*paths[feed.id], "url"), text)
