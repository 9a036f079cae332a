"""Facts of a document come back from the store as they were."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.format.repeats import Said
from bot.models.traces import Trace
from bot.pipeline.facts import Facts, pack, unpack

NOW = datetime(2026, 5, 22, 9, 0, 0, 123, tzinfo=UTC)
MARKS = [bytes([number]) * 8 for number in range(4)]
FACTS = Facts(
    context=b"c" * 16,
    since=NOW,
    traces={
        MARKS[0]: Trace(id=b"i" * 8, link=b"l" * 8, title=b"\0" * 8, published=NOW),
        MARKS[1]: Trace(id=b"j" * 8, text=b"t" * 8, sketch=b"s" * 8),
        MARKS[2]: None,
    },
    said={MARKS[0]: Said(title=7, lines={2**32 - 1: "", 3: ""}, images={5: ""})},
    texts={3: "Xem thêm"},
)


def test_facts_are_the_same_after_packing() -> None:
    assert unpack(pack(FACTS)) == FACTS


def test_a_document_without_items_has_facts() -> None:
    empty = Facts(context=b"c" * 16, since=NOW, traces={})
    assert unpack(pack(empty)) == empty


def test_what_is_said_is_left_out_where_it_is_too_much() -> None:
    many = {MARKS[0]: Said(title=7, lines=dict.fromkeys(range(2001), ""), images={})}
    kept = unpack(pack(Facts(context=b"c" * 16, since=NOW, traces=FACTS.traces, said=many)))
    assert kept == Facts(context=b"c" * 16, since=NOW, traces=FACTS.traces)


def test_an_item_takes_57_bytes() -> None:
    bare = Facts(context=b"c" * 16, since=NOW, traces={})
    assert len(pack(FACTS)) - len(pack(bare)) > 3 * 57
    three = Facts(context=b"c" * 16, since=NOW, traces=FACTS.traces)
    assert len(pack(three)) - len(pack(bare)) == 3 * 57
