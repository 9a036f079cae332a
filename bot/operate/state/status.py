"""`newsbot status`: feeds, channels and budgets at a glance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import bot
from bot.collect.addresses import public_url
from bot.models.reasons import UNREADABLE, ReasonCode
from bot.models.views import ChannelStatus, FeedStatus
from bot.operate.alerts.troubles import paused_by_operator
from bot.operate.json_forms import dollars, plain
from bot.operate.state.health import delay_json, health
from bot.operate.state.hubs import hub_json
from bot.operate.state.nodes import nodes_json, queue_json
from bot.operate.state.plans import next_plans, plan_json
from bot.operate.state.polling import moved_json, polling_json
from bot.operate.summary.best import best_json
from bot.pipeline.prices import local_starts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from bot.config import Config
    from bot.errors import StoreError
    from bot.models.alerts import Pause, Presence, Waiting
    from bot.models.basics import ChannelId, FeedId
    from bot.models.nodes import Node
    from bot.models.settings import Account, Channel, Feed
    from bot.models.subscriptions import SubscriptionStatus
    from bot.models.views import KeptOut, LastError
    from bot.operate.alerts.snapshot import Snapshot
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """All that the tables show, as the store has it; nothing of all that without one."""

    feeds: Mapping[FeedId, FeedStatus] = field(default_factory=dict)
    hubs: Mapping[FeedId, SubscriptionStatus] = field(default_factory=dict)
    channels: Mapping[ChannelId, ChannelStatus] = field(default_factory=dict)
    stalled: Mapping[ChannelId, Waiting] = field(default_factory=dict)
    delays: Mapping[ChannelId, Sequence[timedelta]] = field(default_factory=dict)
    errors: Sequence[LastError] = ()
    filtered: Sequence[KeptOut] = ()
    paused: Sequence[Pause] = ()
    nodes: Sequence[Node] = ()


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
    found = await health(config, store, now, presence=presence, fault=fault)
    rows = await _read(config, store, found.snapshot) if store and found.snapshot else _Rows()
    paid = [account for account in config.accounts.values() if account.budget is not None]
    return {
        "version": bot.__version__,
        "well": not found.troubles,
        "running": found.running,
        "troubles": found.troubles,
        "paused": [{"scope": one.scope, "id": one.id} for one in rows.paused],
        "backup": plain(store.last_backup(now) if store else None),
        "delay": delay_json([delay for part in rows.delays.values() for delay in part]),
        "last_errors": plain(rows.errors),
        "nodes": nodes_json(rows.nodes, now),
        "queue": await queue_json(store),
        "feeds": [_feed(feed, rows, now, config.timezone) for feed in config.feeds.values()],
        "channels": [_channel(one, rows, config, now) for one in config.channels.values()],
        "filtered": [plain(one) for one in rows.filtered[:_KEPT_OUT]],
        "merges": await _merges(store, now),
        "best_rated": await best_json(store, now),
        "budgets": [await _budget(account, config, store, now) for account in paid],
    }


async def _read(config: Config, store: Store, snapshot: Snapshot) -> _Rows:
    desk, now, start = store.desk, snapshot.now, snapshot.now - _DAY
    lanes = [(channel.id, channel.account) for channel in config.channels.values()]
    polled = {id_ for id_, feed in config.feeds.items() if feed.enabled}
    return _Rows(
        feeds={row.id: row for row in snapshot.condition.feeds},
        hubs={row.feed: row for row in await store.subscriptions.statuses(list(config.feeds))},
        channels={row.id: row for row in await desk.channel_status(lanes, now)},
        stalled={one.channel: one for one in snapshot.stalled},
        delays=await desk.delays(list(config.channels), start),
        errors=await desk.last_errors(polled, _LAST_ERRORS),
        filtered=await desk.kept_out_since(start),
        paused=paused_by_operator(snapshot, config),
        nodes=snapshot.nodes,
    )


def _feed(feed: Feed, rows: _Rows, now: datetime, zone: tzinfo) -> dict[str, Any]:
    row = rows.feeds.get(feed.id, FeedStatus(id=feed.id))
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
        "hub": hub_json(rows.hubs.get(feed.id), now),
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


def _channel(channel: Channel, rows: _Rows, config: Config, now: datetime) -> dict[str, Any]:
    row = rows.channels.get(channel.id, ChannelStatus(id=channel.id))
    stalled = rows.stalled.get(channel.id)
    state = "paused" if row.reason else "stalled" if stalled else "active"
    return {
        "id": channel.id,
        "platform": channel.platform.value,
        "state": state if channel.enabled else "disabled",
        **{name: getattr(row, name) for name in COUNTS},
        "reason": plain(row.reason or (stalled.reason if stalled else None)),
        "stalled": stalled and {"since": plain(stalled.since), "next_try": plain(stalled.next_try)},
        "filtered_24h": sum(one.items for one in rows.filtered if one.channel == channel.id),
        "delay": delay_json(rows.delays.get(channel.id, [])),
        "next": [plan_json(plan) for plan in next_plans(channel, config, now)],
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
