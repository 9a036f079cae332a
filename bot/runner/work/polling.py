"""Polls the feeds that are due."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.collect.http.moves import moved_to
from bot.collect.http.network import is_named_private
from bot.models.basics import FeedId, Reason
from bot.models.feeds import FeedState
from bot.models.reasons import ReasonCode
from bot.pipeline.collect import collect_feed, fail_poll
from bot.runner.work.called import CalledWorker
from bot.runner.work.hosts import GAP, HostTurns, server_of
from bot.runner.work.poll_log import PollLog, tell_posted_before
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from bot.models.feeds import FetchedFeed, PollReport
    from bot.models.settings import Feed
    from bot.runner.assembly import Assembly

_EXACT = timedelta(seconds=1)
_MOMENT = timedelta(microseconds=1)
_RENEWAL = timedelta(seconds=20)
"""Between two renewals of the claims, of which each lasts for a minute."""
_FAULT = Reason(
    code=ReasonCode.INTERNAL_ERROR, text=marked("the feed met a fault of newsbot; the log shows it")
)


class Poller(CalledWorker[FeedId, FeedState]):
    """Polls the feeds that are due side by side; `failed` counts the polls that failed."""

    doing = "poll of"
    limit = 1800.0  # polls give up after 60 seconds; then they read pages, and wait for a child

    def __init__(self, assembly: Assembly, *, on_end: Callable[[], None]) -> None:
        super().__init__(assembly, on_end=on_end)
        self._hosts = HostTurns()
        self._addressed: Assembly | None = None
        self._polled: set[FeedId] = set()
        self._matched: dict[tuple[str, str], date] = {}
        self._log = PollLog()
        self._local, self._remote = _by_place(assembly)
        self._servers = _servers(assembly)
        # At a start local files are read at once, whenever they are due.
        self._hasty: set[FeedId] = set(self._local)
        self._most = assembly.polls_at_once
        self._turns = asyncio.Semaphore(self._most)
        self._fetching = 0
        self._renewed_at: datetime | None = None

    async def tick(self) -> None:
        """Keep the claims of the polls in flight, and start those that are due."""
        await self.keep_claims()
        await super().tick()

    async def keep_claims(self) -> None:
        """Keep the claims of the polls in flight: another machine would count them as failed."""
        await self.jobs.guard(self._renew())

    async def stop(self) -> None:
        """End all polls now; none of them has failed."""
        await self.jobs.cancel()
        await self.jobs.guard(self._assembly.store.feeds.release_polls())

    async def _renew(self) -> None:
        now = self._assembly.now()
        if self._renewed_at is None or now >= self._renewed_at + _RENEWAL:
            self._renewed_at = now
            if polls := self.jobs.keys():
                await self._assembly.store.feeds.renew_polls(polls, now)

    async def poll_all(self) -> None:
        """Poll every feed once, due or not, and return when all are done."""
        for feeds in (self._local, self._remote):
            await self.jobs.guard(self._start_now(feeds))
        while len(self.jobs):
            await self.jobs.wait()

    def exchange(self, assembly: Assembly) -> frozenset[asyncio.Task[None]]:
        """Poll with another assembly from now on; return the polls that go on with the old one.

        A feed that moved, is routed to more channels, or is to be polled more often, is polled now.
        """
        before = self._assembly.feeds
        running = super().exchange(assembly)
        self._local, self._remote = _by_place(assembly)
        self._servers = _servers(assembly)
        self._hasty = {
            id_
            for id_, feed in assembly.feeds.items()
            if id_ in self._hasty or (id_ in before and _is_urgent(before[id_], feed))
        }
        return running

    async def _start_now(self, feeds: Sequence[FeedId]) -> None:
        async with self.turn:
            assembly = self._assembly
            states = await self._claim_of(feeds, assembly, limit=len(feeds), force=True)
            self._start(states, assembly)

    async def tick_alone(self, *, may_poll: bool) -> None:
        """Start what no other machine can: what hubs sent to this one.

        One that `may_poll` starts what cannot wait, too.
        """
        if not may_poll:
            self._hasty.clear()
        await self.keep_claims()
        await self.jobs.guard(self._start_alone())

    async def _start_alone(self) -> None:
        async with self.turn:
            await self._know_addresses(self._assembly)
            self._start(await self._claim_hasty(self._assembly), self._assembly)

    async def _claim_hasty(self, assembly: Assembly) -> list[FeedState]:
        waiting = (*self._hasty, *(id_ for id_ in assembly.mailbox.due() if id_ in assembly.feeds))
        return await self._claim_of(waiting, assembly, limit=self._room, force=True)

    async def _claim_those(self, asked: Collection[str], assembly: Assembly) -> list[FeedState]:
        wanted = tuple(self._admitted(FeedId(id_) for id_ in asked if id_ in assembly.feeds))
        return await self._claim_of(wanted, assembly, limit=len(wanted))

    def _admitted(self, asked: Iterable[FeedId]) -> Iterator[FeedId]:
        """Yield those that soon get their turn: a server that hangs must not keep all places."""
        waiting: Counter[str] = Counter()
        for id_ in asked:
            server = self._servers[id_]
            waiting[server] += 1
            if waiting[server] <= self._hosts.room(server):
                yield id_

    async def _claim(self, assembly: Assembly) -> list[FeedState]:
        hasty = await self._claim_hasty(assembly)
        local = await self._claim_of(self._local, assembly, limit=len(self._local))
        room = self._room - len(hasty)
        return [*hasty, *local, *await self._claim_of(self._reachable, assembly, limit=room)]

    @property
    def _reachable(self) -> Sequence[FeedId]:
        """The feeds on servers that could be asked soon: one that hangs would gather claims.

        A claim that waits counts as a poll that began, should newsbot end meanwhile.
        """
        crowded = self._hosts.crowded
        if not crowded:
            return self._remote
        return tuple(id_ for id_ in self._remote if self._servers[id_] not in crowded)

    @property
    def _room(self) -> int:
        """How many polls more may start; those that wait for their host take no room."""
        return self._most - self._fetching

    async def _claim_of(
        self, feeds: Sequence[FeedId], assembly: Assembly, *, limit: int, force: bool = False
    ) -> list[FeedState]:
        # A lease that runs out, as when the clock is set forward, is no reason to poll twice.
        running = self.jobs.keys()
        idle = tuple(feed for feed in feeds if feed not in running) if running else feeds
        if not idle or limit <= 0:
            return []
        await self._know_addresses(assembly)
        states = await assembly.store.feeds.claim_due_feeds(
            idle, assembly.now(), limit=limit, force=force
        )
        self._hasty.difference_update(state.feed for state in states)
        return states

    async def _know_addresses(self, assembly: Assembly) -> None:
        if self._addressed is not assembly:
            addresses = {feed.id: feed.url for feed in assembly.feeds.values()}
            await assembly.store.feeds.know_addresses(
                addresses, assembly.now(), servers=_strangers(assembly, self._servers)
            )
            self._addressed = assembly

    def _key(self, claim: FeedState) -> FeedId:
        return claim.feed

    def _subject(self, claim: FeedState) -> str:
        return claim.feed

    async def _crashed(self, claim: FeedState, assembly: Assembly) -> None:
        """Let the feed, which met a fault of newsbot, back off as one that failed."""
        feed = assembly.feeds[claim.feed]
        report = await fail_poll(feed, claim, _FAULT, assembly.now(), assembly.collect)
        self._tell(feed, claim, report)

    async def _work(self, claim: FeedState, assembly: Assembly) -> None:
        feed = assembly.feeds[claim.feed]
        moved = moved_to(claim.validators)
        address = str(moved) if moved else feed.url
        gap = 0.0 if _is_own(feed, address) else GAP
        self.jobs.waits()
        async with self._hosts.turn(server_of(address), gap=gap), self._turns:
            self.jobs.works()
            began, now = time.monotonic(), assembly.now()
            self._fetching += 1
            try:
                aged = _aged(feed, now - assembly.wall())
                claim, pushed = await self._with_push(claim, assembly, now)
                report = await collect_feed(aged, claim, now, assembly.collect, pushed=pushed)
                if pushed is not None:
                    assembly.mailbox.brought(feed.id, report.new)
            finally:
                self._fetching -= 1
        for observer in assembly.observers:
            observer.polled(report, time.monotonic() - began)
        self._tell(feed, claim, report)
        await self._note_matches(report, now)
        if not report.owed and feed.id not in self._polled and report.outcome != "failed":
            await tell_posted_before(feed, assembly)
        self._polled.add(feed.id)

    def _tell(self, feed: Feed, state: FeedState, report: PollReport) -> None:
        self.failed += report.outcome == "failed" and report.reason is not None
        self._log.tell(feed, state, report)

    async def _note_matches(self, report: PollReport, now: datetime) -> None:
        """Note once a day which terms of filters were in items."""
        new = {term for term in report.matched if self._matched.get(term) != now.date()}
        if new:
            await self._assembly.store.desk.note_matches(new, now)
            self._matched.update(dict.fromkeys(new, now.date()))

    async def _with_push(
        self, claim: FeedState, assembly: Assembly, now: datetime
    ) -> tuple[FeedState, FetchedFeed | None]:
        """Return the claim, and the document that a hub pushed.

        A claim whose poll died tells that first.
        """
        if claim.interrupted:
            return claim, None
        is_pinged, pushed = assembly.mailbox.take(claim.feed)
        if claim.feed in assembly.mailbox:
            # Should this process die, the feed is polled for what was not read by this poll.
            await assembly.store.subscriptions.push_more(claim.feed, now + _MOMENT)
        return (replace(claim, is_pinged=True), pushed) if is_pinged else (claim, None)


def _by_place(assembly: Assembly) -> tuple[tuple[FeedId, ...], tuple[FeedId, ...]]:
    """Return the feeds that are local files, and those that are not."""
    local = tuple(feed.id for feed in assembly.feeds.values() if feed.is_local)
    return local, tuple(feed.id for feed in assembly.feeds.values() if not feed.is_local)


def _servers(assembly: Assembly) -> dict[FeedId, str]:
    """Return the server of each feed: reading thousands of addresses at each tick costs much."""
    return {feed.id: server_of(feed.url) for feed in assembly.feeds.values()}


def _strangers(assembly: Assembly, servers: Mapping[FeedId, str]) -> dict[FeedId, str]:
    """Return those of `servers` that are not the operator's own."""
    every = assembly.feeds.values()
    return {feed.id: servers[feed.id] for feed in every if not _is_own(feed, feed.url)}


def _is_own(feed: Feed, address: str) -> bool:
    """Tell whether the feed, which is read at `address`, is a file or on a private network."""
    return feed.is_local or is_named_private(urlsplit(address).hostname or "")


def _is_urgent(old: Feed, new: Feed) -> bool:
    """Tell whether the feed, which could wait by the old settings, may be due by the new ones."""
    has_more = not set(new.channels).issubset(old.channels)
    return has_more or old.url != new.url or new.every < old.every or new.every_max < old.every_max


def _aged(feed: Feed, ahead: timedelta) -> Feed:
    """Return the feed as a clock that is `ahead` of the world's must see it: news looks older."""
    if feed.max_age is None or ahead <= _EXACT:
        return feed
    return replace(feed, max_age=feed.max_age + ahead)
