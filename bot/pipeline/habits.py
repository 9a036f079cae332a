"""What a poll teaches about a feed and its server, beside its news."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.collect.addresses import public_url
from bot.collect.schedule.due import with_plan
from bot.collect.schedule.rhythm import learn, unpack
from bot.models.feeds import MOVED_AFTER, Validators
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.collect.schedule.rhythm import Rhythm
    from bot.models.feeds import FeedState, ParsedFeed
    from bot.models.settings import Feed

_WHOLE_AFTER: Final = timedelta(days=1)
_MOVE_FAILURES: Final = 3


def question(state: FeedState, now: datetime) -> Validators:
    """Return the validators to ask with: none that prove nothing, and once a day none at all.

    A server whose ETag stays the same while its content changes would answer 304 for ever; one
    unconditional request a day finds it out, which is as much as authors of feeds accept. Its
    document is read although it is the same to the letter: its stories are still shown, and would
    be forgotten with the time.
    """
    known = state.validators
    if _is_whole_due(state, now):
        return replace(known, etag=None, last_modified=None, poll_hash=None)
    if known.is_constant:
        return replace(known, etag=None, last_modified=None)
    return known


def _is_whole_due(state: FeedState, now: datetime) -> bool:
    if state.validators.is_constant or is_whole(state.validators):
        # Each poll of it is unconditional, and the store notes no more.
        return state.last_success is None or state.last_success.date() != now.date()
    return state.whole_at is None or now - state.whole_at >= _WHOLE_AFTER


def is_whole(asked: Validators) -> bool:
    """Tell whether a poll was unconditional."""
    return asked.etag is None and asked.last_modified is None


def judged(state: FeedState, asked: Validators, got: Validators, *, new: int) -> Validators:
    """Return `got` with the verdict on ETag and Last-Modified after a poll with `new` stories.

    New stories in an answer with the ETag or the Last-Modified of the one before: that one is
    constant, and a server may answer 304 for it alone. Both are believed again once they change
    with the content.
    """
    if is_whole(asked) and new and (got.etag or got.last_modified):
        return replace(got, is_constant=_is_one_same(state.validators, got))
    return replace(got, is_constant=state.validators.is_constant)


def unheard(state: FeedState, asked: Validators, got: Validators, now: datetime) -> timedelta:
    """Return for how long news may have been hidden behind validators that do not change.

    It is no storm when it comes at once then.
    """
    known = state.validators
    if state.whole_at is None or known.is_constant or not is_whole(asked):
        return timedelta(0)
    return max(now - state.whole_at, timedelta(0)) if _is_one_same(known, got) else timedelta(0)


def _is_one_same(known: Validators, got: Validators) -> bool:
    is_etag = got.etag is not None and got.etag == known.etag
    return is_etag or (got.last_modified is not None and got.last_modified == known.last_modified)


def after_failure(state: FeedState) -> Validators:
    """Return the validators to keep: a new address that fails again and again was none."""
    if state.validators.moved is not None and state.errors + 1 >= _MOVE_FAILURES:
        return replace(state.validators, moved=None, agreeing=0)
    return state.validators


def notes(state: FeedState, now: Validators) -> tuple[str, ...]:
    """Return what the operator should know of the feed's server since this poll."""
    was = state.validators
    found = []
    if now.is_constant and not was.is_constant:
        found.append(
            marked(
                "its ETag or Last-Modified stays the same while its content changes: "
                "it is asked without them from now on"
            )
        )
    if now.moved is not None and now.agreeing >= MOVED_AFTER > was.agreeing:
        found.append(
            told(
                "it moved for good and is asked at {moved} from now on: write that "
                "address into the configuration, or undo it with `newsbot feeds stay "
                "{feed}`",
                moved=public_url(now.moved),
                feed=state.feed,
            )
        )
    return tuple(found)


def rhythm_after(
    feed: Feed,
    state: FeedState,
    now: datetime,
    *,
    parsed: ParsedFeed | None = None,
    news: Sequence[datetime | None] = (),
) -> Rhythm:
    """Return the feed's rhythm after a poll at `now` that brought `news`, by publication."""
    rhythm = unpack(state.rhythm)
    if parsed is not None:
        rhythm = replace(
            rhythm,
            ttl=int((parsed.ttl or timedelta(0)) / timedelta(minutes=1)),
            skip_hours=_bits(parsed.skip_hours),
            skip_days=_bits(parsed.skip_days),
        )
    if news:
        rhythm = learn(rhythm, news, since=state.last_success, now=now)
    return with_plan(rhythm, feed) if rhythm.days else rhythm


def told_after(state: FeedState, *, has_news: bool) -> bool | None:
    """Return whether a hub tells the feed's news, after a poll; None leaves what is known.

    News that the hub asked to be read proves it, news that it told nothing of disproves it.
    """
    if not has_news or state.is_told is None or (state.is_pinged and state.is_told):
        return None
    return state.is_pinged


def packed(rhythm: Rhythm, state: FeedState) -> bytes | None:
    """Return the record to store, None where it is stored already or says nothing."""
    # Most polls teach nothing, and comparing is a tenth of packing.
    if rhythm == unpack(state.rhythm):
        return None
    return rhythm.pack()


def _bits(numbers: Collection[int]) -> int:
    return sum(1 << number for number in numbers)
