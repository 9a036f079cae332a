"""Reading what is new brings what reading everything brings, and a sequence of polls decides alike."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.collect.parse import parse_feed
from bot.collect.parse.cutting import cut_of
from bot.dedupe.entries import trace_of
from bot.dedupe.keys import keys_of
from bot.models.feeds import FetchedFeed, FetchFailed, ParsedFeed
from bot.models.settings import Filter
from bot.models.stories import Known, Story
from bot.pipeline.facts import facts_after
from bot.pipeline.reading import Reading, read_document, read_little
from bot.store.tables.facts import feed_facts
from bot.store.tables.schema import metadata
from tests.pipeline.test_collect import FEED, NOW, Collecting, item, rss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models.basics import FeedId
    from bot.models.feeds import PollReport
    from bot.models.settings import Feed
    from bot.store.engine import Store
    from tests.kept import KeptStores

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FILES = sorted(path for name in ("feeds", "odd") for path in (CORPUS / name).glob("*"))
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi"><title>Tin</title>
<link href="https://a.vn/"/>{}</feed>"""
RDF = """<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel><title>Tin</title>
<link>https://a.vn/</link></channel>{}</rdf:RDF>"""


def entry(number: int) -> str:
    return (
        f"<entry><title type='html'>Tin &lt;b>mới&lt;/b> số {number} của hôm nay</title>"
        f"<id>tag:a.vn,2026:{number}</id><link href='/tin-{number}'/>"
        f"<updated>2026-05-22T0{number % 9}:00:00Z</updated>"
        f"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Câu {number}.</div>"
        "</content></entry>"
    )


def rdf_item(number: int) -> str:
    return (
        f"<item rdf:about='https://a.vn/{number}'><title>Tin số {number} của hôm nay</title>"
        f"<link>https://a.vn/{number}</link><dc:date>2026-05-22</dc:date></item>"
    )


def json_item(number: int) -> str:
    return (
        f'{{"id": {number}, "url": "/tin-{number}", "title": "Tin s\\u1ed1 {number} \\"items\\""}}'
    )


def json_feed(*items: str) -> str:
    return (
        '{"version": "https://jsonfeed.org/version/1.1", "title": "Báo",'
        f' "home_page_url": "https://a.vn/", "items": [\n{", ".join(items)}\n] }}'
    )


KINDS: dict[str, tuple[Any, Any]] = {
    "rss": (rss, item),
    "atom": (lambda *items: ATOM.format("\n".join(items)), entry),
    "rdf": (lambda *items: RDF.format("\n".join(items)), rdf_item),
    "json": (json_feed, json_item),
}


def fetched(body: bytes) -> FetchedFeed:
    return FetchedFeed(url="https://a.vn/rss", body=body)


def known_after(body: bytes) -> bytes | None:
    """What is kept of a document of which each item became a story."""
    reading = read_document(FEED, fetched(body), None, NOW)
    if not isinstance(reading, Reading):
        return None
    stories = [Story(items=(one,), keys=()) for one in reading.parsed.items]
    return facts_after(reading, Known(), stories)


def unwritten(reading: Reading | FetchFailed) -> Reading | FetchFailed:
    """The reading with the text alone of its articles, which compare."""
    if isinstance(reading, FetchFailed) or reading.drafts is None:
        return reading
    return replace(reading, drafts=None, texts={0: repr(reading.drafts.articles)})


def check(before: bytes, after: bytes) -> Reading | None:
    """Read `after` with what is known of `before`; return the reading if it was cut."""
    known = known_after(before)
    whole = parse_feed(fetched(after))
    reading = read_document(FEED, fetched(after), known, NOW)
    little = read_little(FEED, fetched(after), known, NOW)
    assert little is None or unwritten(little) == unwritten(reading)
    if not isinstance(whole, ParsedFeed) or not isinstance(reading, Reading):
        assert reading == whole
        return None
    if reading.rest is None:
        assert reading.parsed == whole
        return None
    assert reading.total == len(whole.items)
    new = [mark not in (reading.traces or {}) for mark in reading.marks]
    keys = keys_of(FEED.id, whole.items)
    assert reading.parsed.items == tuple(
        one for one, is_new in zip(whole.items, new, strict=True) if is_new
    )
    assert tuple(reading.rest.traces.values()) == tuple(
        trace_of(one, its)
        for one, its, is_new in zip(whole.items, keys, new, strict=True)
        if not is_new
    )
    assert replace(reading.parsed, items=()) == replace(whole, items=())
    return reading


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("new", [0, 1, 3])
def test_only_what_is_new_is_parsed(kind: str, new: int) -> None:
    feed, one = KINDS[kind]
    before = feed(*(one(number) for number in range(10, 30)))
    after = feed(*(one(number) for number in range(10 - new, 28)))
    reading = check(before.encode(), after.encode())
    assert reading is not None
    assert len(reading.parsed.items) == new


@pytest.mark.parametrize(
    ("change", "is_cut"),
    [
        (lambda feed: feed.replace("<title>Tin</title>", "<title>Báo</title>"), True),
        (lambda feed: feed.replace("</channel>", "</channel"), False),
        (lambda feed: feed.replace("<channel>", "<channel xml:base='https://b.vn/'>"), False),
        (lambda feed: "<!DOCTYPE rss>" + feed, False),
        (lambda feed: feed.replace("<rss ", "<rss xmlns:a='urn:a' "), False),
        (lambda feed: feed.replace("<title>Tin", "<link>https://b.vn</link><title>Tin"), False),
        (lambda feed: feed.replace("<title>Tin", "<language>en</language><title>Tin"), False),
        (lambda feed: feed.replace("<item>", "<item><item/>", 1), False),
        (lambda feed: feed.replace("</item>", "</item >", 1), False),
        (lambda feed: feed.replace("</item>", "&nbsp;</item>", 1), False),
        (lambda feed: feed.replace("<pubDate>", "<dc>3/4/2026</dc><pubDate>", 1), True),
        (lambda feed: feed.replace("</item>", "<pubDate>3/4/2026</pubDate></item>", 1), False),
    ],
)  # fmt: skip
def test_what_may_change_the_meaning_of_all_items_is_read_whole(change: Any, is_cut: bool) -> None:
    before = rss(*(item(number) for number in range(10)))
    reading = check(before.encode(), change(before).encode())
    assert (reading is not None) is is_cut


@pytest.mark.parametrize(
    "around",
    [
        "<!--{}-->",
        "<item><description><![CDATA[{}]]></description></item>",
        "<item>{}</item>",
        "<x>{}</x>",
        "<?x {}?>",
    ],
)
@pytest.mark.parametrize("kind", ["rss", "rdf"])
def test_a_known_item_within_something_else_is_what_it_is_there(kind: str, around: str) -> None:
    feed, one = KINDS[kind]
    items = [one(number) for number in range(10)]
    check(feed(*items).encode(), feed(around.format(items[3]), *items).encode())
    check(feed(*items).encode(), feed(*items[:3], around.format(items[3]), *items[4:]).encode())


def test_what_may_cost_much_is_not_read_here() -> None:
    items = [item(number) for number in range(1, 12)]
    known = known_after(rss(*items).encode())

    def read(body: str, feed: Feed = FEED) -> Reading | None:
        return read_little(feed, fetched(body.encode()), known, NOW)

    def with_text(size: int) -> str:
        return item(0).replace("Câu", "Câu " + "x" * size)

    assert read(rss(with_text(9), *items))
    assert read(rss(with_text(20_000), *items)) is None
    assert read(rss(item(0), *items) + " " * 600_000) is None
    filters = dict.fromkeys(FEED.channels, (Filter(place="filter", exclude=("/x+y/",)),))
    assert read(rss(with_text(9), *items), replace(FEED, filters=filters)) is None


def test_after_a_day_everything_is_read_again() -> None:
    body = rss(*(item(number) for number in range(10))).encode()
    known = known_after(body)
    early = read_document(FEED, fetched(body), known, NOW + timedelta(hours=23))
    late = read_document(FEED, fetched(body), known, NOW + timedelta(days=1))
    assert isinstance(early, Reading)
    assert isinstance(late, Reading)
    assert (early.rest is None, late.rest is None) == (False, True)


def test_facts_of_another_version_and_broken_ones_are_no_facts() -> None:
    body = rss(*(item(number) for number in range(10))).encode()
    known = known_after(body)
    assert known is not None
    for other in (b"", b"\x00" + known[1:], known[:20]):
        reading = read_document(FEED, fetched(body), other, NOW)
        assert isinstance(reading, Reading)
        assert reading.rest is None


@given(
    kind=st.sampled_from(sorted(KINDS)),
    at=st.floats(0, 1, exclude_max=True),
    damage=st.sampled_from(["cut", "drop", "double", "<", "&", "]]>", "</item>", '"', ",", "\x00"]),
)
@settings(max_examples=60, deadline=None)
def test_a_damaged_document_brings_what_reading_it_whole_does(
    kind: str, at: float, damage: str
) -> None:
    feed, one = KINDS[kind]
    before = feed(*(one(number) for number in range(2, 8))).encode()
    after = feed(*(one(number) for number in range(1, 8))).encode()
    place = int(at * len(after))
    rest = {"cut": b"", "drop": after[place + 9 :], "double": after[place - 9 :]}
    check(before, after[:place] + rest.get(damage, damage.encode() + after[place:]))


@pytest.mark.corpus
@pytest.mark.skipif(not FILES, reason="the shared corpus of real feeds is not there")
@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.soak)])
def test_of_real_feeds_a_part_is_read_as_the_whole_is(every: int) -> None:
    cut = 0
    for path in FILES[::every]:
        body = path.read_bytes()
        if every > 1 and len(body) > 60_000:  # all of them take a minute
            continue
        known = read_document(FEED, fetched(body), None, NOW)
        if isinstance(known, Reading) and known.marks:
            cut += check(_without_some(body, known), body) is not None
    assert cut >= 20


def _without_some(body: bytes, reading: Reading) -> bytes:
    found = cut_of(body, "")
    assert found is not None
    return found.keep([at for at in range(len(reading.marks)) if at % 4 != 1])


class Everything:
    """A store of feeds that knows no facts: every poll is read and decided about whole."""

    def __init__(self, feeds: Any) -> None:
        self._feeds = feeds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feeds, name)

    async def facts(self, _: FeedId) -> None:
        return None


class Site:
    """A feed that lives: its entries come, are corrected, move, vanish and come back."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.items = [self.write() for _ in range(12)]
        self.gone: list[dict[str, Any]] = []
        self.tracking = 0

    def write(self) -> dict[str, Any]:
        words = [
            "mạng",
            "cáp",
            "quang",
            "biển",
            "máy",
            "chủ",
            "điện",
            "thoại",
            "phòng",
            "nghiên",
            "cứu",
            "trợ",
            "lý",
            "mới",
        ]
        number = self.random.randrange(10**6)
        title = " ".join(self.random.choices(words, k=self.random.choice([2, 7, 9])))
        return {
            "id": self.random.choice([number, f"https://a.vn/{number}"]),
            "link": f"https://a.vn/{self.random.choice([number, 'tin'])}",
            "title": f"{title} {number % 7}",
            "text": " ".join(self.random.choices(words, k=30)) + f" {number}.",
            "hours": self.random.choice([None, 1, 5, 5, 20, 70, -3, -40]),
        }

    def live(self) -> None:
        for _ in range(self.random.randint(0, 3)):
            self.random.choice(self.CHANGES)(self)

    def _publish(self) -> None:
        self.items.insert(self.random.choice([0, 0, 0, 4]), self.write())
        self.gone.append(self.items.pop())

    def _correct(self) -> None:
        one = self._one()
        part = self.random.choice(["title", "text", "link", "id", "hours"])
        changes = {"hours": 2, "title": one["title"] + " nữa", "text": one["text"] + " Đã sửa."}
        one[part] = changes.get(part, f"https://a.vn/moi/{self.random.randrange(999)}")

    def _retell(self) -> None:
        self._one().update(title=self.write()["title"], text=self.write()["text"])

    def _repeat(self) -> None:
        self.items.insert(0, dict(self._one()))

    def _copy_title(self) -> None:
        self.items.insert(0, {**self.write(), "title": self._one()["title"]})

    def _return(self) -> None:
        if self.gone:
            self.items.append(self.gone.pop())

    def _shuffle(self) -> None:
        self.random.shuffle(self.items)

    def _restyle(self) -> None:
        for number, one in enumerate(self.items[:8]):
            one.update(id=f"neu-{number}-{one['id']}", link=f"https://neu.vn/{one['id']}")

    def _one(self) -> dict[str, Any]:
        return self.random.choice(self.items)

    CHANGES = (
        *(_publish, _publish, _publish, _correct, _correct, _retell, _repeat, _copy_title),
        *(_return, _shuffle, _restyle),
    )

    def rss(self) -> str:
        return rss(*map(self._item, self.items))

    def _item(self, one: dict[str, Any]) -> str:
        date = ""
        if one["hours"] is not None:
            date = f"<pubDate>{format_datetime(NOW - timedelta(hours=one['hours']))}</pubDate>"
        return (
            f"<item><title>{one['title']}</title><link>{one['link']}</link>"
            f"<guid isPermaLink='false'>{one['id']}</guid>{date}"
            f"<description>{one['text']} Xem thêm ở trang của báo.</description></item>"
        )


async def content(store: Store) -> dict[str, set[str]]:
    def read() -> dict[str, set[str]]:
        with store.database.read() as tx:
            return {
                table.name: {repr(tuple(row)) for row in tx.execute(select(table))}
                for table in metadata.sorted_tables
                if table is not feed_facts
            }

    return await store.database.run(read)


async def replay(collecting: Collecting, documents: Sequence[str]) -> list[PollReport]:
    reports = []
    for number, document in enumerate(documents):
        now = NOW + number * timedelta(minutes=20)
        reports.append(await collecting.poll(document, replace(FEED, storm=8), now))
    return reports


@pytest.mark.parametrize("seed", [*range(12), 79, 109, 959])
async def test_a_sequence_of_polls_decides_alike_with_and_without_cutting(
    kept_stores: KeptStores, seed: int
) -> None:
    site, documents = Site(seed), []
    for _ in range(9):
        documents.append(site.rss())
        site.live()
    cutting = Collecting(await kept_stores.emptied(part="cutting"))
    whole = Collecting(await kept_stores.emptied(part="whole"))
    whole.ports = replace(whole.ports, feeds=Everything(whole.store.feeds))
    assert await replay(cutting, documents) == await replay(whole, documents)
    owners = {cutting.store.database.owner, whole.store.database.owner}
    assert len(owners) == 2
    one, other = await content(cutting.store), await content(whole.store)
    assert {name: rows ^ other[name] for name, rows in one.items() if rows != other[name]} == {}
