"""What each channel gets of a poll: the rules that make a post new, old or the same again.

items + keys ──> groups of one story each ──> known? ──> for each channel: owed or passed over
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.dedupe.keys import fingerprint
from bot.models.basics import ChannelId, Key, Reason, StoryId
from bot.models.reasons import ReasonCode
from bot.models.stories import Known, KnownStory, Story

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.dedupe.keys import ItemKeys
    from bot.models.feeds import Item
    from bot.models.settings import Feed

# A column repeats its title the next day ("The best deals of the day"), a story does not.
_SAME_TITLE_WITHIN = timedelta(hours=20)
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class _Group:
    items: list[Item] = field(default_factory=list)
    keys: dict[Key, None] = field(default_factory=dict)
    known: dict[StoryId, KnownStory] = field(default_factory=dict)


def newest_first(items: Sequence[Item], now: datetime) -> list[int]:
    """Return the indexes of `items`, newest first.

    An item without a date keeps its place behind the one before it in the feed; a date in the
    future counts as now.
    """
    ages, current = [], now
    for item in items:
        current = min(item.published or current, now)
        ages.append(current)
    return sorted(range(len(items)), key=lambda index: ages[index], reverse=True)


def decide(
    items: Sequence[Item],
    keys: Sequence[ItemKeys],
    known: Known,
    *,
    feed: Feed,
    now: datetime,
    late: timedelta = timedelta(0),
) -> list[Story]:
    """Return the stories of a poll, oldest first, with what each of `feed.channels` gets.

    A channel gets a story unless it has it already (told, owed or decided against), the story is
    older than `feed.max_age`, in a language that the channel does not take, or the channel's first
    run of this feed has had its share. `late` is how long the news had to wait for this poll: so
    much more of it is no storm.
    """
    order = newest_first(items, now)
    groups = _grouped([(items[index], keys[index]) for index in order], known)
    stories = [
        _story(group, feed=feed, introduced=known.introduced, rank=rank, now=now)
        for rank, group in enumerate(groups)
    ]
    return _held_back(stories[::-1], feed, known, late)


def _held_back(stories: list[Story], feed: Feed, known: Known, late: timedelta) -> list[Story]:
    """Hold everything owed where a poll after the first brings more new stories than `storm`.

    For each whole hour that the poll is late it may bring `storm` more: after an outage of the bot
    or of the feed the news of that time comes at once.

    So does one after such a poll, until the operator releases the feed: a feed that makes up new
    ids for its whole archive does so again.
    """
    new = sum(bool(story.owed) and story.known is None for story in stories)
    most = feed.storm * (1 + late // _HOUR)
    is_storm = known.introduced and feed.storm and new > most
    if not is_storm and not known.is_storming:
        return stories
    text = (
        f"{new} new stories at once" if is_storm else "after a poll that brought too much at once"
    )
    reason = Reason(
        code=ReasonCode.STORM, text=f"{text}: look, then `newsbot feeds release {feed.id}`"
    )
    return [replace(story, held=reason) if story.owed else story for story in stories]


def _grouped(entries: Sequence[tuple[Item, ItemKeys]], known: Known) -> list[_Group]:
    groups: list[_Group] = []
    owner: dict[Key, _Group] = {}
    for item, keys in entries:
        usable = keys.strong if _is_column(item, keys, owner) else keys.all
        group = next((owner[key] for key in usable if key in owner), None)
        if group is None:
            group = _Group()
            groups.append(group)
        group.items.append(item)
        group.keys.update(dict.fromkeys(keys.all))
        group.known.update(_matches(item, keys, known.stories))
        owner.update(dict.fromkeys(keys.all, group))
    return groups


def _is_column(item: Item, keys: ItemKeys, owner: Mapping[Key, _Group]) -> bool:
    """Tell whether this poll's item of the same title is another day's."""
    group = owner.get(keys.title) if keys.title else None
    return group is not None and not _close(group.items[0].published, item.published)


def _matches(
    item: Item, keys: ItemKeys, stories: Mapping[Key, KnownStory]
) -> dict[StoryId, KnownStory]:
    found = {story.id: story for key in keys.strong if (story := stories.get(key))}
    same_title = stories.get(keys.title) if keys.title else None
    if same_title and _close(same_title.published or same_title.first_seen, item.published):
        found[same_title.id] = same_title
    return found


def _close(one: datetime | None, other: datetime | None) -> bool:
    return one is None or other is None or abs(one - other) <= _SAME_TITLE_WITHIN


def _story(
    group: _Group, *, feed: Feed, introduced: frozenset[ChannelId], rank: int, now: datetime
) -> Story:
    settled = frozenset[ChannelId]().union(*(story.settled for story in group.known.values()))
    owed, passed_over = [], {}
    for channel in feed.channels:
        if channel in settled:
            continue
        reason = _other_language(group, feed, channel) or _why_not(
            group, feed, first_rank=None if channel in introduced else rank, now=now
        )
        if reason is None:
            owed.append(channel)
        else:
            passed_over[channel] = reason
    return Story(
        items=tuple(group.items),
        keys=tuple(group.keys),
        known=min(group.known.values(), key=lambda story: story.id).id if group.known else None,
        owed=tuple(owed),
        passed_over=passed_over,
        is_corrected=_is_corrected(group, feed),
    )


def _is_corrected(group: _Group, feed: Feed) -> bool:
    """Tell whether the feed that told the story first says something else of it now."""
    if not group.known:
        return False
    story = min(group.known.values(), key=lambda story: story.id)
    return story.feed == feed.id and fingerprint(group.items[0]) not in story.contents


def _other_language(group: _Group, feed: Feed, channel: ChannelId) -> Reason | None:
    """Return the reason if the channel does not take the language that the item claims.

    "pt" takes "pt-BR", not the reverse (RFC 4647, basic filtering).
    """
    wanted = feed.languages.get(channel, ())
    language = group.items[0].language or feed.language
    tag = f"{language.lower()}-"
    if not wanted or any(tag.startswith(f"{one.lower()}-") for one in wanted):
        return None
    text = f'in "{language}"; the channel takes only {", ".join(wanted)} (channels.languages)'
    return Reason(code=ReasonCode.LANGUAGE, text=text)


def _why_not(group: _Group, feed: Feed, *, first_rank: int | None, now: datetime) -> Reason | None:
    published = group.items[0].published
    if feed.max_age is not None and published is not None and now - published > feed.max_age:
        return Reason(
            code=ReasonCode.TOO_OLD, text=f"published {published:%Y-%m-%d}, older than max_age"
        )
    if first_rank is not None and first_rank >= feed.first_run:
        return Reason(
            code=ReasonCode.FIRST_RUN,
            text=f"seen at the feed's first run, beyond the newest {feed.first_run} (first_run)",
        )
    return None
