"""What comes, as far as the budgets of paid accounts reach."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.pipeline.prices import has_room, local_starts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.config import Config
    from bot.models.basics import ChannelId
    from bot.models.settings import Account, Channel
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.state.coming import Coming, Hours

    Each = Mapping[ChannelId, Sequence[Coming]]


def spending_with(
    shown: Sequence[Channel], every: Sequence[Channel], config: Config
) -> Sequence[Channel]:
    """Return the channels `shown`, and those that spend the budgets of their accounts with them."""
    paid = {one.account for one in shown if one.account and config.accounts[one.account].budget}
    names = {one.id for one in shown}
    return [one for one in every if one.id in names or one.account in paid]


async def within_money(
    newsroom: Newsroom, channels: Sequence[Channel], coming: Each, hours: Hours
) -> dict[ChannelId, Sequence[Coming]]:
    """Return what comes, with what the money does not reach for marked."""
    found = dict(coming)
    starts = local_starts(hours.start, hours.zone)
    for id_, account in newsroom.config.accounts.items():
        own = [channel for channel in channels if channel.account == id_]
        if account.budget is not None and own:
            spent = await newsroom.reads.desk.spent(id_, *starts)
            found |= affordable(account, own, coming, spent, hours)
    return found


def affordable(
    account: Account,
    channels: Sequence[Channel],
    coming: Each,
    spent: tuple[int, int],
    hours: Hours,
) -> dict[ChannelId, Sequence[Coming]]:
    """Mark what is beyond the budget of the account (pure).

    Where links are left out to save, posts are taken to have none; no picture is described.
    """
    day, month = spent
    budget = account.budget
    prices = {channel.id: _price(channel, account) for channel in channels}
    starts = local_starts(hours.start, hours.zone)
    beyond = set()
    every = [(one.at, one.row) for id_ in prices for one in coming[id_] if one.at is not None]
    for at, row in sorted(every, key=lambda one: (one[0], one[1].id)):
        now = local_starts(at, hours.zone)
        day, month = day if now[0] == starts[0] else 0, month if now[1] == starts[1] else 0
        starts, cost = now, prices[row.channel]
        if budget is not None and not has_room(budget, (day, month), cost):
            beyond.add(row.id)
        else:
            day, month = day + cost, month + cost
    return {
        id_: [
            replace(one, at=None, why="budget") if one.row.id in beyond else one
            for one in coming[id_]
        ]
        for id_ in prices
    }


def _price(channel: Channel, account: Account) -> int:
    prices = account.prices
    if prices is None:
        return 0
    return prices.post_with_link if channel.link == "always" else prices.post
