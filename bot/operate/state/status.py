"""`newsbot status`: feeds, channels and budgets at a glance."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import bot
from bot.collect.addresses import public_url
from bot.models.reasons import UNREADABLE, ReasonCode
from bot.models.views import ChannelStatus, FeedStatus
from bot.operate.json_forms import dollars, plain
from bot.operate.state.health import delay_json, health
from bot.operate.state.hubs import hub_json
from bot.operate.state.nodes import nodes_json, presence_with_nodes, queue_json
from bot.operate.state.plans import next_plans, plan_json
from bot.operate.state.polling import moved_json, polling_json
from bot.operate.summary.best import best_json
from bot.pipeline.prices import local_starts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from bot.config import Config
    from bot.errors import StoreError
    from bot.models.alerts import Presence, Waiting
    from bot.models.basics import ChannelId, FeedId
    from bot.models.settings import Account, Feed
    from bot.models.views import LastError
    from bot.store.engine import Store

_UNREADABLE = {
    ReasonCode.CHALLENGE: "challenge",
    ReasonCode.LOGIN: "login",
    ReasonCode.HTML_PAGE: "page",
}
_DAY = timedelta(hours=24)
_LAST_ERRORS, _KEPT_OUT = 5, 10
_MERGES = timedelta(days=30)
COUNTS = ("pending", "held", "unknown", "failed", "sent_24h")
"""The numbers of a channel's deliveries."""


async def status_json(
    config: Config,
    store: Store | None,
    now: datetime,
    *,
    presence: Presence,
    fault: StoreError | None = None,
) -> dict[str, Any]:
    """Return the documented JSON document (docs/json.md).

    Without a store nothing ran yet, or it cannot be read for a `fault`. `presence` tells whether a
    newsbot runs on the database.
    """
    feeds, channels, delays, errors = await _read(config, store, now)
    hubs = await store.subscriptions.statuses(list(config.feeds)) if store else []
    subscribed = {one.feed: one for one in hubs}
    paid = [account for account in config.accounts.values() if account.budget is not None]
    filtered = await store.desk.kept_out_since(now - _DAY) if store else []
    presence = await presence_with_nodes(store, presence, now)
    found = await health(config, store, now, presence=presence, fault=fault)
    return {
        "version": bot.__version__,
        "well": not found.troubles,
        "running": presence.running,
        "troubles": found.troubles,
        "paused": found.paused,
        "backup": plain(store.last_backup(now) if store else None),
        "delay": delay_json([delay for part in delays.values() for delay in part]),
        "last_errors": plain(errors),
        "nodes": await nodes_json(store, now),
        "queue": await queue_json(store),
        "feeds": [
            {
                **_feed(feed, feeds.get(id_, FeedStatus(id=id_)), now, config.timezone),
                "hub": hub_json(subscribed.get(id_), now),
            }
            for id_, feed in config.feeds.items()
        ],
        "channels": [
            {
                "id": id_,
                "platform": channel.platform.value,
                **_channel(
                    channel.enabled,
                    channels.get(id_, ChannelStatus(id=id_)),
                    found.stalled.get(id_),
                ),
                "filtered_24h": sum(one.items for one in filtered if one.channel == id_),
                "delay": delay_json(delays.get(id_, [])),
                "next": [plan_json(plan) for plan in next_plans(channel, config, now)],
            }
            for id_, channel in config.channels.items()
        ],
        "filtered": [plain(one) for one in filtered[:_KEPT_OUT]],
        "merges": await _merges(store, now),
        "best_rated": await best_json(store, now),
        "budgets": [await _budget(account, config, store, now) for account in paid],
    }


async def _read(
    config: Config, store: Store | None, now: datetime
) -> tuple[
    dict[FeedId, FeedStatus],
    dict[ChannelId, ChannelStatus],
    Mapping[ChannelId, Sequence[timedelta]],
    Sequence[LastError],
]:
    """Return feeds, channels, delays and last errors; nothing of all that without a store."""
    if store is None:
        return {}, {}, {}, ()
    lanes = [(channel.id, channel.account) for channel in config.channels.values()]
    polled = {id_ for id_, feed in config.feeds.items() if feed.enabled}
    return (
        {row.id: row for row in await store.desk.feed_status(list(config.feeds))},
        {row.id: row for row in await store.desk.channel_status(lanes, now)},
        await store.desk.delays(list(config.channels), now - _DAY),
        await store.desk.last_errors(polled, _LAST_ERRORS),
    )


def _feed(feed: Feed, row: FeedStatus, now: datetime, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": feed.id,
        "url": public_url(feed.url),
        "state": feed_state(feed, row),
        "last_success": plain(row.last_success),
        "last_new": plain(row.last_new),
        "errors": row.errors,
        "next_poll": plain(row.next_poll) if feed.enabled else None,
        "reason": plain(row.reason),
        "polling": polling_json(feed, row, now, zone),
        "moved_to": moved_json(row),
    }


def feed_state(feed: Feed, row: FeedStatus) -> str:
    """Return the word for how a feed is."""
    if not feed.enabled:
        return "disabled"
    code = row.reason.code if row.reason else None
    if row.paused:
        return "gone" if code == ReasonCode.GONE else "paused"
    if row.errors and code in UNREADABLE:
        return _UNREADABLE[ReasonCode(code)]
    if row.last_success is None and not row.errors:
        return "new"
    if row.storm_since is not None:
        return "held"
    return "failing" if row.errors else "ok"


def _channel(enabled: bool, row: ChannelStatus, stalled: Waiting | None) -> dict[str, Any]:
    state = "paused" if row.reason else "stalled" if stalled else "active"
    return {
        "state": state if enabled else "disabled",
        **{name: getattr(row, name) for name in COUNTS},
        "reason": plain(row.reason or (stalled.reason if stalled else None)),
        "stalled": stalled and {"since": plain(stalled.since), "next_try": plain(stalled.next_try)},
    }


async def _merges(store: Store | None, now: datetime) -> dict[str, int]:
    """Return how many reports of other outlets were merged lately, and how many not for good."""
    merged, undone = await store.desk.merges_since(now - _MERGES) if store else (0, 0)
    return {"merged": merged, "undone": undone}


async def _budget(
    account: Account, config: Config, store: Store | None, now: datetime
) -> dict[str, Any]:
    day_start, month_start = local_starts(now, config.timezone)
    day, month = await store.desk.spent(account.id, day_start, month_start) if store else (0, 0)
    assert account.budget is not None  # noqa: S101 - only accounts with a budget come here
    return {
        "account": account.id,
        "spent_day": dollars(day),
        "spent_month": dollars(month),
        "left_day": dollars(max(account.budget.per_day - day, 0)),
        "left_month": dollars(max(account.budget.per_month - month, 0)),
        "forecast_month": dollars(forecast(month, month_start, now)),
    }


def forecast(spent: int, start: datetime, now: datetime) -> int:
    """Return the cost of a month of 30.4 days that goes on as it began, in micro-dollars.

    In whole cents: it is a guess.
    """
    days = max((now - start).total_seconds() / 86_400, 1.0)
    return int(round(spent / days * 30.4, -4)) if days < 30.4 else spent  # noqa: PLR2004 - as above
