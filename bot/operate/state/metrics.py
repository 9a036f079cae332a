"""Figures for Prometheus, and whether the service lives: on a port of this machine."""

from __future__ import annotations

import asyncio
import time
from collections import Counter as Counted
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.errors import StoreError
from bot.models.alerts import Presence
from bot.models.outbox import Delivery, Outcome, Sent, Settled, Sought
from bot.operate.alerts.wording import HEADINGS
from bot.operate.state.health import fresh_snapshot, judged
from bot.operate.web.application import ListedSite
from bot.operate.web.hosts import THIS_MACHINE
from bot.pipeline.prices import local_starts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.config import Config, Metrics
    from bot.models.alerts import Trouble
    from bot.models.feeds import PollReport
    from bot.operate.alerts.snapshot import Snapshot
    from bot.store.engine import Store

_DELAYS = (30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_STUCK = 30.0  # seconds without a turn of the clockwork
_STORE_TIMEOUT = 5.0
_MICRO = 1_000_000
_STOPPING = frozenset({"late", "alerts", "stalled"})


class Figures:
    """Counts the runner's work; reads queue and budgets from the store when asked.

    Implements `runner.assembly.Observer`. It has a registry of its own: two services in one
    process, as in tests, do not mix.
    """

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime]) -> None:
        self._config = config
        self._store = store
        self._now = now
        self._presence = Presence(running=True, since=now())
        self._ticked = time.monotonic()
        self._registry = CollectorRegistry()
        counter = partial(Counter, registry=self._registry)
        gauge = partial(Gauge, registry=self._registry)
        histogram = partial(Histogram, registry=self._registry)
        of_account = ["account", "period"]
        self._polls = counter("newsbot_polls", "Polls by outcome", ["outcome"])
        self._poll_seconds = histogram("newsbot_poll_seconds", "Time of a poll")
        self._items = counter("newsbot_items", "Items read")
        self._stories = counter("newsbot_stories", "New stories")
        self._deliveries = counter(
            "newsbot_deliveries", "Outcomes of deliveries", ["channel", "outcome"]
        )
        self._delay = histogram(
            "newsbot_publish_to_post_seconds",
            "From the article's publication to its post",
            ["channel"],
            buckets=_DELAYS,
        )
        self._queue = gauge("newsbot_queue", "Deliveries by state", ["channel", "state"])
        self._failing = gauge("newsbot_feeds_failing", "Feeds whose last poll failed")
        self._spent = gauge("newsbot_spent_dollars", "Spent money", of_account)
        self._budget = gauge("newsbot_budget_dollars", "Budget", of_account)
        self._disk = gauge("newsbot_disk_free_bytes", "Room for the database", ["folder"])
        self._troubles = gauge("newsbot_troubles", "What `newsbot status` reports", ["kind"])
        self._stalled = gauge(
            "newsbot_channel_stalled_seconds",
            "Since a channel with something to send sent nothing; 0 where all is well",
            ["channel"],
        )
        of_node = ["node", "host", "version", "roles"]
        self._node_jobs = gauge("newsbot_node_jobs", "Jobs under way", of_node)
        self._node_silence = gauge(
            "newsbot_node_silent_seconds", "Since a node's last sign of life", of_node
        )
        self._jobs = gauge("newsbot_jobs", "Jobs of all nodes", ["state"])
        self._oldest = gauge("newsbot_job_oldest_seconds", "Since the oldest job has been due")
        age = gauge("newsbot_tick_age_seconds", "Since the last tick")
        age.set_function(self.tick_age)

    def polled(self, report: PollReport, seconds: float) -> None:
        """Count a poll."""
        self._polls.labels(report.outcome).inc()
        self._poll_seconds.observe(seconds)
        self._items.inc(report.items)
        self._stories.inc(report.new)

    def delivered(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        """Count an outcome, and how old the news was."""
        self._deliveries.labels(delivery.channel, type(outcome).__name__.lower()).inc()
        published = delivery.article.published
        if isinstance(outcome, Sent) and published is not None:
            delay = max((now - published).total_seconds(), 0)
            self._delay.labels(delivery.channel).observe(delay)

    def settled(self, sought: Sought, settled: Settled) -> None:
        """Count how a doubt ended: found, absent, or by the operator's policy."""
        self._deliveries.labels(sought.channel, type(settled).__name__.lower()).inc()

    async def tick(self) -> None:
        """Note that the clockwork turns."""
        self._ticked = time.monotonic()

    def tick_age(self) -> float:
        """Return the seconds since the last tick."""
        return time.monotonic() - self._ticked

    def site(self, metrics: Metrics) -> ListedSite:
        """Return what is answered, to this machine only."""
        routes = {
            ("GET", "/metrics"): self.answer_metrics,
            ("GET", "/healthz"): self.answer_health,
            ("GET", "/readyz"): self.answer_ready,
        }
        return ListedSite(table="metrics", listen=metrics, routes=routes, guard=THIS_MACHINE.guard)

    async def answer_metrics(self, _: web.Request) -> web.Response:
        """Answer with all figures."""
        try:
            async with asyncio.timeout(_STORE_TIMEOUT):
                await self._read_store()
        except (StoreError, TimeoutError):
            return _unavailable("no database")
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def answer_health(self, _: web.Request) -> web.Response:
        """Tell whether the clockwork turns."""
        age = self.tick_age()
        if age > _STUCK:
            return _unavailable(f"no tick for {age:.0f} seconds")
        return web.Response(text="ok\n")

    async def answer_ready(self, _: web.Request) -> web.Response:
        """Tell whether the store takes news, and whether posts and alerts get out."""
        try:
            async with asyncio.timeout(_STORE_TIMEOUT):
                await self._store.alerts.try_writing()
                config = self._config
                snapshot = await self._snapshot(config)
        except (StoreError, TimeoutError):
            return _unavailable("the database does not answer")
        why = [one.text for one in judged(snapshot, config) if _stops(one)]
        return _unavailable("\n".join(why)) if why else web.Response(text="ready\n")

    def follow(self, config: Config) -> None:
        """Tell of the feeds, channels and accounts of `config` from now on."""
        self._config = config

    async def _snapshot(self, config: Config) -> Snapshot:
        return await fresh_snapshot(config, self._store, self._now(), self._presence)

    def _tell_troubles(self, snapshot: Snapshot, config: Config) -> None:
        counts = Counted(one.kind for one in judged(snapshot, config))
        for kind in HEADINGS:
            self._troubles.labels(kind).set(counts[kind])
        stalled = {one.channel: one.since for one in snapshot.stalled}
        for id_, channel in config.channels.items():
            if channel.enabled:
                since = stalled.get(id_, snapshot.now)
                self._stalled.labels(id_).set((snapshot.now - since).total_seconds())

    async def _tell_nodes(self, snapshot: Snapshot) -> None:
        """Tell what the machines do that share the database: nothing of that on SQLite."""
        for figure in (self._node_jobs, self._node_silence):
            figure.clear()
        for node in snapshot.nodes:
            labels = (node.id, node.host, node.version, " ".join(node.roles))
            self._node_jobs.labels(*labels).set(node.running)
            silence = (snapshot.now - node.seen_at).total_seconds()
            self._node_silence.labels(*labels).set(max(silence, 0.0))
        if queue := await self._store.queue.state():
            self._jobs.labels("due").set(queue.due)
            self._jobs.labels("running").set(queue.running)
            self._oldest.set(queue.oldest.total_seconds() if queue.oldest else 0)

    async def _read_store(self) -> None:
        config = self._config  # another may come while this one is read for
        snapshot = await self._snapshot(config)
        self._tell_troubles(snapshot, config)
        await self._tell_nodes(snapshot)
        now, desk = snapshot.now, self._store.desk
        lanes = [(one.id, one.account) for one in config.channels.values() if one.enabled]
        for row in await desk.channel_status(lanes, now):
            for state in ("pending", "held", "unknown", "failed"):
                self._queue.labels(row.id, state).set(getattr(row, state))
        feeds = snapshot.condition.feeds
        self._failing.set(sum(one.errors > 0 and config.feeds[one.id].enabled for one in feeds))
        if disk := snapshot.condition.disk:
            self._disk.labels(disk.folder).set(disk.free)
        starts = local_starts(now, config.timezone)
        for account in config.accounts.values():
            if account.budget is None:
                continue
            spent = await desk.spent(account.id, *starts)
            limits = (account.budget.per_day, account.budget.per_month)
            for period, used, limit in zip(("day", "month"), spent, limits, strict=True):
                self._spent.labels(account.id, period).set(used / _MICRO)
                self._budget.labels(account.id, period).set(limit / _MICRO)


def _stops(trouble: Trouble) -> bool:
    """Tell whether it keeps posts or alerts from getting out, or is about to."""
    if trouble.kind == "disk":
        return trouble.level > 1
    if trouble.kind == "paused":
        return not trouble.subject.startswith("feed:")
    return trouble.kind in _STOPPING


def _unavailable(why: str) -> web.Response:
    return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=f"{why}\n")
