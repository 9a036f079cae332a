"""A feed's document -> the items to decide about: all, or those that were not in the last one.

Pure, and run in a child process: it costs as much as a hostile document likes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from bot.collect.discover.naming import feed_or_page
from bot.collect.parse import parse_feed
from bot.collect.parse.cutting import cut_of
from bot.dedupe.decide import carried
from bot.dedupe.entries import id_trace
from bot.dedupe.keys import id_hash, keys_of
from bot.format.repeats import MOST_ITEMS, Forgotten, repeated_texts, repeats_of, said_by
from bot.models.feeds import FetchFailed, ParsedFeed
from bot.models.traces import Marks, Rest
from bot.pipeline.articles import Drafts, credible
from bot.pipeline.facts import Facts, unpack
from bot.pipeline.planning import NOTHING_KNOWN, planned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.collect.parse.cutting import Cut
    from bot.dedupe.keys import ItemKeys
    from bot.format.repeats import Repeats, Said
    from bot.models.feeds import FetchedFeed, Item
    from bot.models.settings import Feed
    from bot.models.stories import Story
    from bot.models.traces import Trace
    from bot.pipeline.screening import Found

_WHOLE_AGAIN = timedelta(days=1)
"""Stories are noted as still shown once a day, and whatever went wrong with facts is over then."""
_MOST_DRAFTS = 4
_LITTLE_BODY, _LITTLE_NEW = 512 * 1024, 16 * 1024
"""Bytes of a document that is cut, and of what is parsed of it, without a process of its own."""
_FEWEST = 3
"""Where more than one in three items is new, the feed may have changed the ids of all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The items of a document that are to be decided about, with their keys.

    `rest` are the others, None where there are none; `total` counts all. `marks` are those of all
    items in their order, and `traces` of those that were seen, as far as the next document may be
    cut by them. `drafts` are the articles of few items; `repeats` what the whole document repeats.
    A first poll has the `plan` of its stories as long as none is known, `drafts` for that, and what
    the filters `found`.
    """

    parsed: ParsedFeed
    keys: Sequence[ItemKeys]
    total: int
    rest: Rest | None = None
    context: bytes = b""
    since: datetime | None = None
    marks: Sequence[bytes] = ()
    traces: Mapping[bytes, Trace | None] | None = None
    said: Mapping[bytes, Said] | None = None
    texts: Mapping[int, str] | None = None
    repeats: Repeats | None = None
    drafts: Drafts | None = None
    plan: Sequence[Story] | None = None
    found: Found = field(default_factory=dict)

    @property
    def sought(self) -> Marks:
        """What the store looks for."""
        items = self.parsed.items
        return Marks(
            keys=tuple(key for keys in self.keys for key in keys.all),
            ids=frozenset(id_hash(item.id) for item in items),
            sketches=frozenset(keys.sketch for keys in self.keys if keys.sketch),
            dates=frozenset(item.published for item in items if item.published),
        )


def read_document(
    feed: Feed,
    fetched: FetchedFeed,
    known: bytes | None,
    now: datetime,
    late: timedelta | None = None,
) -> Reading | FetchFailed:
    """Return what `fetched` brings beside what is `known` of the last document (`facts.py`).

    The items are those that reading all of it would bring, without those known. `late` is how late
    a first poll comes, None where it is not the first.
    """
    cutter = _cutter(feed, fetched, known, now)
    reading = cutter.reading() if cutter else None
    if reading is not None:
        return reading
    cut = cutter.cut if cutter else cut_of(fetched.body, fetched.content_type)
    whole = _whole(feed, fetched, cut, now)
    if late is None or isinstance(whole, FetchFailed):
        return whole
    plan, drafts, found = planned(feed, whole, NOTHING_KNOWN, now, late)
    return replace(whole, plan=plan, drafts=drafts, found=found)


def read_little(
    feed: Feed, fetched: FetchedFeed, known: bytes | None, now: datetime
) -> Reading | None:
    """Return what `read_document` does where it costs milliseconds at most, else None.

    So the process that asks may do it: a child that is handed a document costs more than that. What
    an operator's expression takes is not known before.
    """
    if known is None or feed.filters or len(fetched.body) > _LITTLE_BODY:
        return None
    cutter = _cutter(feed, fetched, known, now)
    if cutter is None or cutter.size > _LITTLE_NEW:
        return None
    try:
        return cutter.reading()
    except RecursionError:
        return None


def _cutter(feed: Feed, fetched: FetchedFeed, known: bytes | None, now: datetime) -> _Cutter | None:
    """Return what reads a part of the document, None where all of it is to be read."""
    facts = unpack(known) if known else None
    if facts is None or not timedelta(0) <= now - facts.since < _WHOLE_AGAIN:
        return None
    cut = cut_of(fetched.body, fetched.content_type, facts.traces)
    return _Cutter(feed, fetched, cut, facts, now) if cut else None


def read_part(feed: Feed, pushed: FetchedFeed, known: bytes | None) -> Reading | None:
    """Return the items of a document that a hub sent, beside what is `known` of the last whole one.

    None where that is not enough: it is damaged, or repeats what is known only by its hash.
    """
    parsed = parse_feed(pushed, feed.stated_language)
    if isinstance(parsed, FetchFailed) or parsed.warning or not parsed.items:
        return None
    keys = keys_of(feed.id, parsed.items)
    facts = unpack(known) if known else None
    if facts is None:
        return Reading(parsed=parsed, keys=keys, total=len(parsed.items))
    own = [said_by(item) for item in parsed.items[:MOST_ITEMS]]
    try:
        repeats = repeats_of([*own, *facts.said.values()][:MOST_ITEMS], facts.texts)
    except Forgotten:
        return None
    return Reading(parsed=parsed, keys=keys, total=len(parsed.items), repeats=repeats)


def _whole(
    feed: Feed, fetched: FetchedFeed, cut: Cut | None, now: datetime
) -> Reading | FetchFailed:
    parsed = feed_or_page(fetched, feed.stated_language)
    if isinstance(parsed, FetchFailed):
        return parsed
    keys, total = keys_of(feed.id, parsed.items), len(parsed.items)
    if cut is None or parsed.warning or not parsed.frame or len(cut.marks) != total:
        return Reading(parsed=parsed, keys=keys, total=total)
    context = _context(feed, fetched, cut, parsed)
    return Reading(
        parsed=parsed, keys=keys, total=total, context=context, since=now, marks=cut.marks
    )


def _context(feed: Feed, fetched: FetchedFeed, cut: Cut, parsed: ParsedFeed) -> bytes:
    """Return what stands for all that the meaning of an item depends on beside its own bytes."""
    asked = feed.url, sorted(feed.channels), feed.language, feed.stated_language
    languages = sorted(feed.languages.items())
    said = fetched.url, fetched.content_type, cut.around, parsed.frame, parsed.language
    return blake2b(repr((asked, languages, said)).encode(), digest_size=16).digest()


class _Cutter:
    """Reads what is new in a document of which `facts` are known."""

    def __init__(
        self, feed: Feed, fetched: FetchedFeed, cut: Cut, facts: Facts, now: datetime
    ) -> None:
        self._feed = feed
        self._now = now
        self._fetched = fetched
        self.cut = cut
        self._facts = facts
        marks = cut.marks
        self._new = [at for at, mark in enumerate(marks) if mark not in facts.traces]
        first = range(min(MOST_ITEMS, len(marks)))
        # An article is written without what its neighbours repeat.
        unsaid = [at for at in first if marks[at] not in facts.said] if self._new else []
        self._wanted = sorted({*self._new, *unsaid})

    @property
    def size(self) -> int:
        """The bytes of the document without the items that need not be read."""
        spans = self.cut.spans
        wanted = sum(spans[at][1] - spans[at][0] for at in self._wanted)
        return len(self.cut.body) - sum(end - start for start, end in spans) + wanted

    def reading(self) -> Reading | None:
        """Return what is new; None where only the whole document tells that for certain."""
        if _FEWEST * len(self._new) > len(self.cut.marks):
            return None
        body = self.cut.keep(frozenset(self._wanted))
        parsed = parse_feed(replace(self._fetched, body=body), self._feed.stated_language)
        if isinstance(parsed, FetchFailed) or parsed.warning or not parsed.frame:
            return None
        context = _context(self._feed, self._fetched, self.cut, parsed)
        if context != self._facts.context or len(parsed.items) != len(self._wanted):
            return None
        items = dict(zip(self._wanted, parsed.items, strict=True))
        if self._has_rivals(items):
            return None
        try:
            return self._read(parsed, items)
        except Forgotten:
            return None

    def _has_rivals(self, items: Mapping[int, Item]) -> bool:
        """Tell whether an id is both a new item's and a known one's: the store keeps the last."""
        new = {id_trace(items[at].id) for at in self._new}
        traces = (self._facts.traces.get(mark) for mark in self.cut.marks)
        return any(trace is not None and trace.id in new for trace in traces)

    def _read(self, parsed: ParsedFeed, items: Mapping[int, Item]) -> Reading:
        marks, facts = self.cut.marks, self._facts
        parsed = replace(parsed, items=tuple(items[at] for at in self._new))
        said, texts, repeats = self._said(items)
        keys = keys_of(self._feed.id, parsed.items)
        seen = [mark for mark in marks if mark in facts.traces]
        return Reading(
            parsed=parsed,
            keys=keys,
            total=len(marks),
            rest=self._rest(items),
            context=facts.context,
            since=facts.since,
            marks=marks,
            traces={mark: facts.traces[mark] for mark in seen},
            said=said,
            texts=texts,
            repeats=repeats,
            drafts=self._drafts(parsed, repeats),
        )

    def _rest(self, items: Mapping[int, Item]) -> Rest:
        traces = [self._facts.traces.get(mark) for mark in self.cut.marks]
        new = frozenset(self._new)
        stated = [items[at] if at in new else trace for at, trace in enumerate(traces)]
        return Rest(
            traces={at: trace for at, trace in enumerate(traces) if trace is not None},
            places=tuple(self._new),
            dates=carried(one.published if one else None for one in stated),
        )

    def _said(
        self, items: Mapping[int, Item]
    ) -> tuple[Mapping[bytes, Said], Mapping[int, str], Repeats | None]:
        if not self._new:
            return self._facts.said, self._facts.texts, None
        first = self.cut.marks[:MOST_ITEMS]
        every = [
            said_by(items[at]) if at in items else self._facts.said[mark]
            for at, mark in enumerate(first)
        ]
        repeats = repeats_of(every, self._facts.texts)
        said = dict(zip(first, every, strict=True))
        return said, {**self._facts.texts, **repeated_texts(every)}, repeats

    def _drafts(self, parsed: ParsedFeed, repeats: Repeats | None) -> Drafts | None:
        if not 0 < len(parsed.items) <= _MOST_DRAFTS:
            return None
        items = [credible(item, self._now) for item in parsed.items]
        return Drafts(items, self._feed, parsed, repeats)
