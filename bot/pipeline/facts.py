"""The facts kept of a feed's last document, so that the next one is read by what is new in it.

They are kept as bytes: 57 for each item, and what the first of them say (`bot/format/repeats.py`).
"""

from __future__ import annotations

import json
import struct
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.dedupe.entries import trace_of
from bot.format.repeats import Said
from bot.models.stories import MOST_VARIANTS
from bot.models.traces import Trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.dedupe.keys import ItemKeys
    from bot.models.stories import Known, Story
    from bot.pipeline.reading import Reading

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION: Final = 1
_HEAD: Final = struct.Struct("<B16sqHHI")
_ENTRY: Final = struct.Struct("<8sB8s8s8s8s8sq")
_SAID: Final = struct.Struct("<8sIHH")
_MICROSECOND: Final = timedelta(microseconds=1)
_UNDATED: Final = -(2**63)
_MOST_TEXT: Final = 20_000
_MOST_LINES: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a document's items, by their marks (`bot/collect/parse/cutting.py`).

    `context` stands for everything else that their meaning depends on, `since` is when the last
    document was read whole. An item without a trace is of a story that left its feed long ago.
    `said` is known of the first items, with the `texts` of what several of them say.
    """

    context: bytes
    since: datetime
    traces: Mapping[bytes, Trace | None]
    said: Mapping[bytes, Said] = field(default_factory=dict)
    texts: Mapping[int, str] = field(default_factory=dict)


def facts_after(reading: Reading, known: Known, stories: Sequence[Story]) -> bytes | None:
    """Return what to keep of a document that was decided about; None is nothing.

    Nothing is kept while the feed's news is held back: it is decided about again. So is an item
    of which it is doubtful what it is: one with keys of several stories, or under the id of another
    one, of which the store knows only the last; and one of more variants than it keeps.
    """
    if not reading.marks or reading.since is None or known.is_storming:
        return None
    if any(story.held for story in stories):
        return None
    traces = {**(reading.traces or {}), **_new_traces(reading, known, stories)}
    rivals = _rivals(traces)
    traces = {mark: trace for mark, trace in traces.items() if mark not in rivals}
    facts = Facts(
        context=reading.context,
        since=reading.since,
        traces=traces,
        said=reading.said or {},
        texts=reading.texts or {},
    )
    return pack(facts)


def _new_traces(
    reading: Reading, known: Known, stories: Sequence[Story]
) -> dict[bytes, Trace | None]:
    """Return the traces of the items whose stories are beyond doubt."""
    void = known.void.union(*(story.void for story in stories))
    told = {item: story for story in stories for item in story.items}
    seen = reading.traces or {}
    new = [mark for mark in reading.marks if mark not in seen]
    traces: dict[bytes, Trace | None] = {}
    for mark, item, keys in zip(new, reading.parsed.items, reading.keys, strict=True):
        story = told.get(item)
        if story is None:
            traces[mark] = None
        elif void.isdisjoint(keys.all) and _is_of(keys, story, known):
            traces[mark] = trace_of(item, keys)
    return traces


def _is_of(keys: ItemKeys, story: Story, known: Known) -> bool:
    """Tell whether no key is another story's, and the store has room for what the item says."""
    owners = [known.stories[key] for key in keys.all if key in known.stories]
    return all(one.id == story.known and len(one.seen) < MOST_VARIANTS for one in owners)


def _rivals(traces: Mapping[bytes, Trace | None]) -> frozenset[bytes]:
    """Return the marks of entries under one id: the store knows the last one of them only."""
    found: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for mark, trace in traces.items():
        if trace is not None:
            found[trace.id].append(mark)
    return frozenset(mark for marks in found.values() if len(marks) > 1 for mark in marks)


def pack(facts: Facts) -> bytes:
    """Return `facts` as bytes; what is said is left out where it is too much."""
    said, texts = facts.said, facts.texts
    lines = sum(len(one.lines) + len(one.images) for one in said.values())
    if sum(map(len, texts.values())) > _MOST_TEXT or lines > _MOST_LINES:
        said, texts = {}, {}
    tail = json.dumps(list(texts.items())).encode() if texts else b""
    since = (facts.since - _EPOCH) // _MICROSECOND
    head = _HEAD.pack(_VERSION, facts.context, since, len(facts.traces), len(said), len(tail))
    entries = (_packed_entry(mark, trace) for mark, trace in facts.traces.items())
    each = (_packed_said(mark, one) for mark, one in said.items())
    return b"".join((head, *entries, *each, tail))


def items_in(data: bytes) -> int | None:
    """Return how many items the document had, None where another version wrote the facts."""
    if len(data) < _HEAD.size or data[0] != _VERSION:
        return None
    return int(_HEAD.unpack_from(data)[3])


def unpack(data: bytes) -> Facts | None:
    """Return the facts in `data`, None where another version of newsbot wrote them."""
    if len(data) < _HEAD.size or data[0] != _VERSION:
        return None
    _, context, since, items, said, _ = _HEAD.unpack_from(data)
    end = _HEAD.size + items * _ENTRY.size
    rows = _ENTRY.iter_unpack(data[_HEAD.size : end])
    traces = {row[0]: _trace(row) for row in rows}
    every, at = {}, end
    for _ in range(said):
        mark, one, at = _unpacked_said(data, at)
        every[mark] = one
    texts = dict(json.loads(data[at:])) if at < len(data) else {}
    return Facts(
        context=context, since=_EPOCH + since * _MICROSECOND, traces=traces, said=every, texts=texts
    )


def _packed_entry(mark: bytes, trace: Trace | None) -> bytes:
    if trace is None:
        return _ENTRY.pack(mark, 0, b"", b"", b"", b"", b"", _UNDATED)
    date = trace.published
    moment = _UNDATED if date is None else (date - _EPOCH) // _MICROSECOND
    features = trace.id, trace.link, trace.title, trace.text, trace.sketch
    has = sum(bool(feature) << bit for bit, feature in enumerate(features))
    return _ENTRY.pack(mark, has, *features, moment)


def _trace(row: tuple[bytes, int, bytes, bytes, bytes, bytes, bytes, int]) -> Trace | None:
    _, has, id_, link, title, text, sketch, moment = row
    if not has:
        return None
    return Trace(
        id=id_,
        link=link if has & 2 else b"",
        title=title if has & 4 else b"",
        text=text if has & 8 else b"",
        sketch=sketch if has & 16 else b"",
        published=None if moment == _UNDATED else _EPOCH + moment * _MICROSECOND,
    )


def _packed_said(mark: bytes, said: Said) -> bytes:
    head = _SAID.pack(mark, said.title, len(said.lines), len(said.images))
    return head + array("I", (*said.lines, *said.images)).tobytes()


def _unpacked_said(data: bytes, at: int) -> tuple[bytes, Said, int]:
    mark, title, lines, images = _SAID.unpack_from(data, at)
    start, end = at + _SAID.size, at + _SAID.size + 4 * (lines + images)
    hashes = array("I", data[start:end]).tolist()
    said = Said(
        title=title,
        lines=dict.fromkeys(hashes[:lines], ""),
        images=dict.fromkeys(hashes[lines:], ""),
    )
    return mark, said, end
