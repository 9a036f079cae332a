"""The share of each channel in a poll: the rules that make a post new, old or the same again.

items + keys ──> groups of one story each ──> known? ──> for each channel: owed or passed over
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.dedupe.folding import fold_title
from bot.dedupe.matching import Matcher
from bot.dedupe.settled import is_settled
from bot.dedupe.shares import ORDINARY, Circumstances, Shares
from bot.dedupe.similar import are_texts_alike, are_titles_alike
from bot.dedupe.urls import is_of_site
from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.models.stories import Story
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.dedupe.entries import Entry
    from bot.dedupe.keys import ItemKeys
    from bot.dedupe.matching import Group
    from bot.models.feeds import Item
    from bot.models.settings import Feed
    from bot.models.stories import Known, KnownStory
    from bot.models.traces import Rest, Trace

AHEAD_MOST = timedelta(days=1)
"""A date further ahead is a mistake of the feed's."""
_HOUR = timedelta(hours=1)
_HELD_LEAST, _HELD_MOST = 200, 1000
"""Stories of one feed that wait for the operator after a storm; more of them after an outage."""


def dated_ahead(published: datetime | None, now: datetime) -> Reason | None:
    """Return what becomes of an item that is dated after `now`; None where it is not."""
    if published is None or published <= now:
        return None
    is_wrong = published - now > AHEAD_MOST
    then = (
        marked("more than a day ahead: taken as undated, posted at once")
        if is_wrong
        else marked("posted then")
    )
    text = f"dated {published:%Y-%m-%d %H:%M} UTC, {then}"
    return Reason(code=ReasonCode.FUTURE_DATE, text=text)


def newest_first(items: Sequence[Item], now: datetime) -> list[int]:
    """Return the indexes of `items`, newest first.

    An item without a date keeps its place behind the one before it in the feed; a date in the
    future counts as now.
    """
    return _by_date(carried([item.published for item in items]), now)


def carried(dates: Iterable[datetime | None]) -> tuple[datetime | None, ...]:
    """Return each date or, where there is none, the nearest one before it."""
    found: list[datetime | None] = []
    for date in dates:
        found.append(date or (found[-1] if found else None))
    return tuple(found)


def _by_date(dates: Sequence[datetime | None], now: datetime) -> list[int]:
    ages = [min(date or now, now) for date in dates]
    return sorted(range(len(ages)), key=ages.__getitem__, reverse=True)


def decide(
    items: Sequence[Item],
    keys: Sequence[ItemKeys],
    known: Known,
    *,
    feed: Feed,
    now: datetime,
    given: Circumstances = ORDINARY,
    rest: Rest | None = None,
) -> list[Story]:
    """Return the stories of a poll, oldest first, with the share of each of `feed.channels`.

    A channel gets a story unless it has it already (posted or queued), this feed passed it over
    before, the story is older than `feed.max_age`, in a language that the channel does not take,
    the channel's first run of this feed has had its share, or a filter on the way refuses it.
    `rest` are the entries of the poll that are as they were at the last one, which was decided
    about: the result is that for all entries, without the stories of those.
    """
    ranks, others = _ranked(items, now, rest)
    entries = [
        (rank, items[index], keys[index])
        for rank, index in sorted((rank, index) for index, rank in enumerate(ranks))
        if not is_settled(items[index], keys[index], known)
    ]
    matcher = Matcher(feed.id, entries, known, others)
    shares = Shares(feed, known.introduced, now, given.refuse)
    stories = [
        _story(group, shares, rank=rank, feed=feed, now=now)
        for rank, group in enumerate(matcher.groups())
    ]
    stories = [
        replace(story, void=tuple(key for key in story.keys if key in matcher.void))
        for story in stories
    ]
    return _held_back(stories[::-1], feed, known, given.late)


def _ranked(
    items: Sequence[Item], now: datetime, rest: Rest | None
) -> tuple[list[int], Mapping[int, Trace]]:
    """Return each item's rank in the poll, the newest first, and the others by theirs."""
    order = newest_first(items, now) if rest is None else _by_date(rest.dates, now)
    ranks = {place: rank for rank, place in enumerate(order)}
    if rest is None:
        return [ranks[index] for index in range(len(items))], {}
    others = {ranks[place]: trace for place, trace in rest.traces.items()}
    return [ranks[place] for place in rest.places], others


def restyled(stories: Sequence[Story], rest: int = 0) -> int:
    """Return how many stories came under other ids and links than before, if most of a poll did.

    `rest` counts the stories of the poll that are as they were.
    """
    count = sum(story.is_restyled for story in stories)
    return count if 2 * count >= len(stories) + rest else 0


def _held_back(stories: list[Story], feed: Feed, known: Known, late: timedelta) -> list[Story]:
    """Hold everything owed where a poll after the first brings more new stories than `storm`.

    For each whole hour that the poll is late it may bring `storm` more: after an outage of the bot
    or of the feed the news of that time comes at once.

    So does one after such a poll, until the operator releases the feed: a feed that makes up new
    ids for its whole archive does so again. The newest are held, the rest is passed over,
    so that it does not fill the disk.
    """
    new = sum(bool(story.owed) and story.known is None for story in stories)
    most = feed.storm * (1 + late // _HOUR)
    is_storm = known.introduced and feed.storm and new > most
    if not is_storm and not known.is_storming:
        return stories
    text = (
        told("{new} new stories at once", new=new)
        if is_storm
        else marked("after a poll that brought too much at once")
    )
    reason = Reason(
        code=ReasonCode.STORM,
        text=told("{why}: look, then `newsbot feeds release {feed}`", why=text, feed=feed.id),
    )
    room = max(min(max(_HELD_LEAST, 2 * most), _HELD_MOST) - known.held, 0)
    waiting = [place for place, story in enumerate(stories) if story.owed]
    held = frozenset(waiting[max(len(waiting) - room, 0) :])
    return [
        replace(story, held=reason) if place in held else _beyond(story)
        for place, story in enumerate(stories)
    ]


def _beyond(story: Story) -> Story:
    """Pass `story` over, as there is no room for it among those held back."""
    if not story.owed:
        return story
    text = marked(
        "too many stories wait for `newsbot feeds release ID` already; this one is left out"
    )
    reason = Reason(code=ReasonCode.STORM, text=text)
    return replace(
        story, owed=(), passed_over={**story.passed_over, **dict.fromkeys(story.owed, reason)}
    )


def _story(group: Group, shares: Shares, *, rank: int, feed: Feed, now: datetime) -> Story:
    found = shares.of(group, rank)
    first = group.entries[0]
    old = min(group.known.values(), key=lambda story: story.id, default=None)
    # Where the newest entry is as it was, nothing is said anew.
    said = None if group.is_led else old
    is_changed = said is not None and said.feed == feed.id and _is_changed(group, said)
    is_true = said is not None and is_changed and is_alike(first, said)
    is_owners = said is not None and said.feed != feed.id and _is_owners_word(first, said, feed)
    return Story(
        items=tuple(entry.item for entry in group.entries),
        contents=tuple((entry.content, entry.keys.sketch) for entry in group.entries),
        keys=tuple(group.keys),
        known=old.id if old else None,
        owed=tuple(channel for channel, reason in found.items() if reason is None),
        passed_over={channel: reason for channel, reason in found.items() if reason is not None},
        is_corrected=is_true or is_owners,
        unlike=first.item.title if is_changed and not is_true else None,
        due=_due(first.item, now),
        is_restyled=bool(group.known) and not group.is_claimed,
    )


def _due(item: Item, now: datetime) -> datetime | None:
    """Return when to post a story that is dated ahead; None is at once."""
    published = item.published
    return published if published and now < published <= now + AHEAD_MOST else None


def _is_changed(group: Group, story: KnownStory) -> bool:
    """Tell whether the entry says something else than before.

    Under another id and link it does not by its address alone, which may differ with each poll.
    """
    entry = group.entries[0]
    if entry.content in story.contents:
        return False
    return group.is_claimed or not any(
        (fold_title(seen.title), seen.sketch) == (entry.face.title, entry.face.sketch)
        for seen in story.seen
    )


def _is_owners_word(entry: Entry, story: KnownStory, feed: Feed) -> bool:
    """Tell whether `feed` says of a page of its own site something else than a stranger said.

    Anybody may list the page under any headline; the page's own site has the last word.
    """
    link = entry.item.link
    return (
        entry.content not in story.contents
        and link is not None
        and is_of_site(link, feed.url)
        and not is_alike(entry, story)
    )


def is_alike(entry: Entry, story: KnownStory) -> bool:
    """Tell whether `entry` may replace the text of `story`: titles or texts are alike.

    A text is compared with those that the feed showed under a title like the story's.
    """
    title = fold_title(story.title)
    if entry.face.title == title or are_titles_alike(entry.face.title, title):
        return True
    sketch = entry.face.sketch
    return sketch is not None and any(
        seen.sketch is not None
        and are_texts_alike(sketch, seen.sketch)
        and are_titles_alike(fold_title(seen.title), title)
        for seen in story.seen
    )
