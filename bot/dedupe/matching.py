"""Which entries of a poll are one story, and which of the known stories that is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from bot.dedupe.entries import (
    TRACE,
    entries_of,
    face_told,
    faces_seen,
    marks_of,
    sketch_trace,
    title_trace,
)
from bot.dedupe.same import Claim, Title, Verdict, compare, is_near

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from bot.dedupe.entries import Entry
    from bot.dedupe.keys import ItemKeys
    from bot.dedupe.same import Face
    from bot.models.basics import FeedId, Key, StoryId
    from bot.models.feeds import Item
    from bot.models.stories import Known, KnownStory
    from bot.models.traces import Trace

# So many may have changed title, id and link at once; fewer are other news under one text.
_RETITLED_LEAST = 3
# So many known entries with another date each are a feed that dates by the poll.
_MOVED_LEAST = 2
_MOST_CLAIMANTS = 20
"""Of one key in one poll that an entry is compared with: a key of more stories identifies none, and
two thousand entries that share one would take minutes."""
_MOST_RECENT = 200
"""Of one id, link, title, text or date that an entry is compared with; dates may be whole days."""


@dataclass(slots=True, eq=False)
class Group:
    """The entries of one story, and the known stories that they are.

    `is_claimed`: the id or the link of one of them says so, too. `standing` are the ranks of those
    of its entries that are as they were.
    """

    entries: list[Entry] = field(default_factory=list)
    keys: dict[Key, None] = field(default_factory=dict)
    known: dict[StoryId, KnownStory] = field(default_factory=dict)
    is_claimed: bool = False
    standing: set[int] = field(default_factory=set)

    @property
    def is_led(self) -> bool:
        """Tell whether its newest entry is as it was."""
        return any(rank < self.entries[0].rank for rank in self.standing)


@dataclass(frozen=True, slots=True)
class _Match:
    story: KnownStory
    verdict: Verdict = Verdict.SAME
    is_claimed: bool = True
    is_retitled: bool = False


class Matcher:
    """Finds the stories of one poll of `feed`; for one use.

    `rest` are entries of the poll that are known and as they were: they are compared with. Ranks
    are places among all entries, the newest first.
    """

    def __init__(
        self,
        feed: FeedId,
        items: Sequence[tuple[int, Item, ItemKeys]],
        known: Known,
        rest: Mapping[int, Trace],
    ) -> None:
        self._feed = feed
        self._known = known
        self._rest = len(rest)
        self._faces: dict[StoryId, tuple[Face, ...]] = {}
        self._standing = {trace.id: rank for rank, trace in rest.items()}
        self._entries = entries_of(items, rest.values())
        if self._dates_move():
            self._entries = [
                replace(entry, face=replace(entry.face, published=None)) for entry in self._entries
            ]
        self._by_title: defaultdict[bytes, list[Trace]] = defaultdict(list)
        for trace in (*(entry.trace for entry in self._entries), *rest.values()):
            self._by_title[trace.title].append(trace)
        self._recent: defaultdict[Hashable, list[KnownStory]] = defaultdict(list)
        # A story that one of the rest still shows is claimed by that one, as in a whole poll.
        for story in (one for one in known.recent if self._standing.keys().isdisjoint(_ids(one))):
            for mark in {mark for face in self._faces_of(story) for mark in marks_of(face)}:
                self._recent[mark].append(story)
        self._groups: list[Group] = []
        self._owners: defaultdict[Key, dict[Group, None]] = defaultdict(dict)
        self._group_by_story: dict[StoryId, Group] = {}
        self.void: set[Key] = set()

    def _dates_move(self) -> bool:
        """Tell whether known entries have another date at each poll: then a date says nothing."""
        moved = [
            entry.face.published != old.published
            for entry in self._entries
            for story in self._claimed_by(entry)
            if self._is_own(story)
            for old in self._faces_of(story)
            if (old.title, old.sketch) == (entry.face.title, entry.face.sketch)
        ]
        return sum(moved) >= _MOVED_LEAST and 2 * sum(moved) > len(moved) + self._rest

    def groups(self) -> list[Group]:
        """Return the stories in the entries' order.

        From then on `void` holds the keys that several stories claim.
        """
        matches = [list(self._matches(entry)) for entry in self._entries]
        restyled = _restyled(matches, self._rest)
        for entry, found in zip(self._entries, matches, strict=True):
            true = [
                match
                for match in found
                if match.verdict is Verdict.SAME or match.story.id in restyled
            ]
            self._place(entry, true)
        return self._groups

    def _place(self, entry: Entry, matches: list[_Match]) -> None:
        stories = {match.story.id: match.story for match in matches}
        group = self._group_of(entry, stories)
        if group is None:
            group = Group()
            self._groups.append(group)
        group.is_claimed |= any(match.is_claimed for match in matches)
        group.entries.append(entry)
        group.keys.update(dict.fromkeys(entry.keys.all))
        group.known.update(stories)
        for id_ in stories:
            self._group_by_story.setdefault(id_, group)
        self._stand(group)
        for key in entry.keys.all:
            self._owners[key][group] = None
            holder = self._known.stories.get(key)
            is_others = holder and self._is_own(holder) and holder.id not in group.known
            if is_others or len(self._owners[key]) > 1:
                self.void.add(key)

    def _stand(self, group: Group) -> None:
        """Count the entries of the rest that are of the same story: by their ids they are."""
        ids = {id_ for story in group.known.values() for id_ in _ids(story)}
        group.standing.update(self._standing[id_] for id_ in ids & self._standing.keys())
        group.is_claimed |= bool(group.standing)

    def _group_of(self, entry: Entry, stories: dict[StoryId, KnownStory]) -> Group | None:
        """Return the story of this poll that `entry` belongs to.

        Entries of one known story are one, even where they share no key any more.
        """
        by_key = (
            one for key in entry.keys.all for one in islice(self._owners[key], _MOST_CLAIMANTS)
        )
        by_story = (self._group_by_story[id_] for id_ in stories if id_ in self._group_by_story)
        groups = dict.fromkeys((*by_key, *by_story))
        title = entry.face.title
        for group in sorted(groups, key=lambda one: title != one.entries[0].face.title):
            if not stories.keys().isdisjoint(group.known):
                return group
            if not (group.known and stories) and any(
                _are_same(entry, other) for other in islice(group.entries, _MOST_CLAIMANTS)
            ):
                return group
        return None

    def _matches(self, entry: Entry) -> Iterator[_Match]:
        """Yield the known stories that `entry` is or may be."""
        recent = (
            story
            for mark in marks_of(entry.face)
            for story in islice(self._recent.get(mark, ()), _MOST_RECENT)
        )
        claimed = self._claimed_by(entry)
        for story in {story.id: story for story in (*claimed, *recent)}.values():
            if self._is_own(story):
                match = self._own_match(entry, story)
                if match is not None:
                    yield match
            elif self._is_copy(entry, story):
                yield _Match(story)

    def _claimed_by(self, entry: Entry) -> list[KnownStory]:
        return [self._known.stories[key] for key in entry.keys.all if key in self._known.stories]

    def _is_own(self, story: KnownStory) -> bool:
        return story.feed == self._feed or bool(story.seen)

    def _own_match(self, entry: Entry, story: KnownStory) -> _Match | None:
        if entry.content in story.contents and any(s.id == entry.face.id for s in story.seen):
            return _Match(story)
        best = None
        for old in self._faces_of(story, entry):
            comparison = compare(entry.face, old)
            verdict = comparison.verdict(stands=self._stands(entry, old))
            is_retitled = comparison.title is Title.OTHER
            match = _Match(story, verdict, comparison.claim is not Claim.NONE, is_retitled)
            if verdict is Verdict.SAME:
                return match
            best = match if verdict is Verdict.RESTYLED else best
        return best

    def _faces_of(self, story: KnownStory, entry: Entry | None = None) -> tuple[Face, ...]:
        """Return the looks of the feed's entries for `story`, else of the story as it is told."""
        if not story.seen:
            has_id = entry and self._known.stories.get(entry.keys.id) is story
            return (face_told(story, entry.face.id if entry and has_id else None),)
        faces = self._faces.get(story.id)
        if faces is None:
            faces = self._faces[story.id] = faces_seen(story)
        return faces

    def _stands(self, entry: Entry, old: Face) -> bool:
        """Tell whether another entry of the poll still is the old one."""
        others = self._by_title.get(title_trace(old.title), ())
        if not others or (len(others) == 1 and others[0] is entry.trace):
            return False
        link, sketch = old.link and old.link.hash, sketch_trace(old.sketch)
        return any(
            other is not entry.trace
            and (
                bool(old.id and old.id.startswith(other.id))
                or bool(link and other.link and link.startswith(other.link))
                or bool(sketch and other.sketch == sketch)
            )
            for other in islice(others, _MOST_CLAIMANTS)
        )

    def _is_copy(self, entry: Entry, story: KnownStory) -> bool:
        """Tell whether another feed's story is this one: by its page, or its title in time."""
        link, title = entry.keys.link, entry.keys.title
        if link is not None and self._known.stories.get(link) is story:
            return True
        return (
            title is not None
            and entry.face.title_proves
            and self._known.stories.get(title) is story
            and is_near(story.published or story.first_seen, entry.item.published)
        )


def _ids(story: KnownStory) -> Iterator[bytes]:
    """Yield what traces have for the ids under which the feed showed `story`."""
    return (seen.id[:TRACE] for seen in story.seen)


def _are_same(entry: Entry, other: Entry) -> bool:
    """Tell whether two entries of one poll are one story: the same words under one id are."""
    if (entry.face.id, entry.content) == (other.face.id, other.content):
        return True
    return compare(entry.face, other.face).verdict(stands=True) is Verdict.SAME


def _restyled(matches: Sequence[Sequence[_Match]], rest: int) -> frozenset[StoryId]:
    """Return the stories whose ids and links are others because those of the whole feed are.

    So many entries of the `rest` have their old ones.
    """
    nameless = [found for found in matches if found and not any(one.is_claimed for one in found)]
    stories = {match.story.id: match.is_retitled for found in nameless for match in found}
    if 2 * len(nameless) < len(matches) + rest:
        return frozenset()
    are_many = len(stories) >= _RETITLED_LEAST
    return frozenset(story for story, is_retitled in stories.items() if are_many or not is_retitled)
