"""Feed -> owed deliveries: fetch, parse, decide, write articles, store all in one transaction."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.collect.schedule.due import next_poll
from bot.errors import TooCostly
from bot.models.basics import Reason
from bot.models.feeds import FeedState, FetchedFeed, FetchFailed, NotModified, Poll, PollReport
from bot.models.reasons import ReasonCode
from bot.pipeline.habits import (
    after_failure,
    is_whole,
    judged,
    notes,
    packed,
    question,
    rhythm_after,
)
from bot.pipeline.judging import Judge, Outpaced, lateness
from bot.pipeline.reading import read_document, read_little, read_part
from bot.wording import marked, told

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.settings import Feed
    from bot.pipeline.judging import CollectPorts
    from bot.pipeline.reading import Reading


_INTERRUPTED = Reason(
    code=ReasonCode.INTERRUPTED, text=marked("newsbot ended while this feed was being read")
)
_TRIES = 5


async def collect_feed(
    feed: Feed,
    state: FeedState,
    now: datetime,
    ports: CollectPorts,
    *,
    pushed: FetchedFeed | None = None,
) -> PollReport:
    """Poll `feed` once and store its stories; a feed that fails is a report, not an error.

    A document that its hub `pushed` is read instead, where it says enough without the feed.
    A feed that failed is not asked because of a push before its next poll is due.
    A feed whose last poll was interrupted is not asked: that poll failed, and it may be the cause.
    """
    if state.interrupted:
        return await fail_poll(feed, state, _INTERRUPTED, now, ports)
    if ports.offload_for is not None:
        is_proven = state.last_success is not None and not state.errors
        ports = replace(ports, offload=ports.offload_for(is_proven=is_proven))
    report = await _read_part(feed, state, pushed, now, ports) if pushed else None
    if report is not None:
        return report
    if state.is_pinged and state.errors and state.due is not None and now < state.due:
        # No word of a hub ends a back-off: the server may have asked for it (Retry-After).
        await ports.feeds.put_off(feed.id)
        return PollReport(feed=feed.id, outcome="not_modified")
    outcome = await ports.fetcher.fetch(feed, question(state, now))
    if not isinstance(outcome, FetchedFeed):
        return await _finish_without_items(feed, state, outcome, now, ports)
    try:
        return await _read(feed, state, outcome, now, ports)
    except TooCostly as error:
        reason = Reason(
            code="too_costly", text=told("reading the feed was ended: {why}", why=error)
        )
        return await fail_poll(feed, state, reason, now, ports)


async def _read_part(
    feed: Feed, state: FeedState, pushed: FetchedFeed, now: datetime, ports: CollectPorts
) -> PollReport | None:
    """Store what a hub pushed; None where the feed itself is to be read instead.

    It is where the document has faults, and where more than its items matters: a channel that gets
    news of the feed for the first time, or news that is held back.
    """
    known = await ports.feeds.facts(feed.id)
    try:
        reading = await ports.offload(partial(read_part, feed, pushed, known))
        if reading is None:
            return None
        stories = await ports.stories.known_keys(feed.id, reading.sought)
        if stories.is_storming or not stories.introduced.issuperset(feed.channels):
            return None
        return await _decide(feed, state, pushed, reading, now, ports)
    except TooCostly:
        return None


async def fail_poll(
    feed: Feed, state: FeedState, reason: Reason, now: datetime, ports: CollectPorts
) -> PollReport:
    """Store that a poll of `feed` came to nothing, for this `reason`."""
    return await _finish_without_items(feed, state, FetchFailed(reason=reason), now, ports)


async def _read(
    feed: Feed, state: FeedState, outcome: FetchedFeed, now: datetime, ports: CollectPorts
) -> PollReport:
    """Store what the document brings. Raises TooCostly."""
    # Without a hash of the last document everything is to be decided about again.
    known = await ports.feeds.facts(feed.id) if state.validators.poll_hash else None
    late = lateness(state, outcome, now) if state.last_success is None else None
    # A document that ended this process did so once: its feed is no proven one until it was read.
    is_proven = state.last_success is not None and not state.errors
    reading: Reading | FetchFailed | None = None
    if is_proven:
        reading = read_little(feed, outcome, known, now)
    if reading is None:
        reading = await ports.offload(partial(read_document, feed, outcome, known, now, late))
    if isinstance(reading, FetchFailed):
        return await _finish_without_items(feed, state, reading, now, ports)
    return await _decide(feed, state, outcome, reading, now, ports)


async def _decide(
    feed: Feed,
    state: FeedState,
    outcome: FetchedFeed,
    reading: Reading,
    now: datetime,
    ports: CollectPorts,
) -> PollReport:
    judge = Judge(feed, state, outcome, reading, now, ports)
    for _ in range(_TRIES):
        await judge.prepare()
        with suppress(Outpaced):
            stories = await ports.feeds.finish_poll(
                judge.begun(), judge.sought, judge.decide, conclude=judge.conclude
            )
            return judge.report(stories)
    raise TooCostly(told("other polls brought its stories meanwhile, {tries} times", tries=_TRIES))


async def _finish_without_items(
    feed: Feed,
    state: FeedState,
    outcome: NotModified | FetchFailed,
    now: datetime,
    ports: CollectPorts,
) -> PollReport:
    if isinstance(outcome, FetchFailed):
        due = next_poll(feed, outcome, errors=state.errors + 1, now=now)
        kept = after_failure(state)
        poll = Poll(feed=feed.id, at=now, next_poll=due, validators=kept, error=outcome.reason)
        await ports.feeds.finish_poll(poll)
        return PollReport(feed=feed.id, outcome="failed", reason=outcome.reason)
    rhythm, asked = rhythm_after(feed, state, now), question(state, now)
    is_told = bool(state.is_told)
    got = judged(state, asked, outcome.validators, new=0)
    poll = Poll(
        feed=feed.id,
        at=now,
        next_poll=next_poll(feed, outcome, errors=0, now=now, rhythm=rhythm, is_told=is_told),
        validators=got,
        rhythm=packed(rhythm, state),
        whole_at=now if is_whole(asked) else None,
    )
    await ports.feeds.finish_poll(poll)
    return PollReport(feed=feed.id, outcome="not_modified", notes=notes(state, got))
