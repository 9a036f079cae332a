"""All terms on the way of an item to each channel, and the reason why it is not for one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.filters.terms import Subject, term_of
from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.models.basics import ChannelId
    from bot.models.settings import Feed, Filter

Named = tuple[str, str]
"""Where a term stands in the file, such as "feeds.genk.exclude", and the term."""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Screened:
    """What became of an item at the filters before each channel.

    `refused` says why it is not for a channel, `included` which term let it pass. `matched` are all
    terms that are in it, whether they decided or not; `slow` are expressions that took too long.
    """

    refused: Mapping[ChannelId, Reason] = field(default_factory=dict)
    included: Mapping[ChannelId, Reason] = field(default_factory=dict)
    matched: frozenset[Named] = frozenset()
    slow: frozenset[Named] = frozenset()


def screen(
    filters: Mapping[ChannelId, Sequence[Filter]], subject: Subject, *, is_partial: bool = False
) -> Screened:
    """Return what becomes of an item that says `subject`.

    A `partial` subject lacks the text of the item's page: a term of `include` may be in that.
    """
    seen: dict[Filter, _Seen] = {}
    refused: dict[ChannelId, Reason] = {}
    included: dict[ChannelId, Reason] = {}
    for channel, each in filters.items():
        for one in each:
            found = seen.get(one)
            if found is None:
                found = seen[one] = _Seen.of(one, subject)
            if reason := found.why_not(is_partial=is_partial):
                refused.setdefault(channel, reason)
            elif found.included:
                included.setdefault(channel, found.why(found.included[0], "include"))
    matched = frozenset(named for found in seen.values() for named in found.named())
    slow = frozenset(name for name in _names(seen) if term_of(name[1]).slow)
    return Screened(refused, included, matched, slow)


def terms_of(feeds: Iterable[Feed]) -> frozenset[Named]:
    """Return all terms of the filters of the feeds, of their routes and of their channels."""
    every = {one for feed in feeds for each in feed.filters.values() for one in each}
    return frozenset(_names(every))


def _names(filters: Iterable[Filter]) -> Iterator[Named]:
    for one in filters:
        for key, terms in (("include", one.include), ("exclude", one.exclude)):
            yield from ((f"{one.place}.{key}", term) for term in terms)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A filter, and those of its terms that are in a subject."""

    filter: Filter
    included: tuple[str, ...]
    excluded: tuple[str, ...]

    @classmethod
    def of(cls, one: Filter, subject: Subject) -> _Seen:
        return cls(one, _matching(one.include, subject), _matching(one.exclude, subject))

    def why_not(self, *, is_partial: bool) -> Reason | None:
        """Return why the filter keeps the subject out, None where it does not."""
        if self.excluded:
            return self.why(self.excluded[0], "exclude", code=ReasonCode.FILTERED)
        wanted = self.filter.include
        if not wanted or self.included:
            return None
        if is_partial and any(term_of(term).reads_lead for term in wanted):
            return None
        more = told(" and {count} more", count=len(wanted) - _SHOWN) if len(wanted) > _SHOWN else ""
        shown = ", ".join(f'"{term}"' for term in wanted[:_SHOWN])
        text = told(
            "none of {terms} is in it ({place}.include)",
            terms=shown + more,
            place=self.filter.place,
        )
        return Reason(code=ReasonCode.FILTERED, text=text)

    def why(self, term: str, key: str, code: ReasonCode = ReasonCode.INCLUDED) -> Reason:
        return Reason(
            code=code,
            text=told(
                '"{term}" is in it ({place}.{key})', term=term, place=self.filter.place, key=key
            ),
        )

    def named(self) -> Iterator[Named]:
        """Yield the terms that are in the subject, by where they stand."""
        return _names([replace(self.filter, include=self.included, exclude=self.excluded)])


def _matching(terms: Iterable[str], subject: Subject) -> tuple[str, ...]:
    return tuple(term for term in terms if term_of(term).matches(subject))
