"""What is new, what is the same story again, and what each channel gets."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.dedupe.decide import decide, newest_first
from bot.dedupe.folding import fold_title
from bot.dedupe.keys import keys_of
from bot.dedupe.shares import Circumstances
from bot.models.basics import ChannelId, FeedId
from bot.models.feeds import Item
from bot.models.settings import Feed
from bot.models.stories import Known, Story
from tests.unit.dedupe.memory import Memory

NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
TITLE = "Cách Trung Quốc đối phó với lệnh hạn chế chip của Mỹ"
TELEGRAM, X = ChannelId("tin"), ChannelId("x")
FEED = Feed(id=FeedId("vn"), url="https://a.vn/rss", channels=(TELEGRAM,), first_run=1)


def item(number: int = 1, **changes: object) -> Item:
    base = Item(
        id=f"id-{number}",
        link=f"https://a.vn/tin-{number}.html",
        title=f"Một tin công nghệ hoàn toàn mới, số {number}",
        published=NOW - timedelta(hours=number),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def poll(memory: Memory, items: list[Item], feed: Feed = FEED, now: datetime = NOW) -> list[Story]:
    return memory.poll(items, feed, now)


def owed(stories: list[Story]) -> list[str]:
    return [story.items[0].id for story in stories if story.owed]


@pytest.fixture
def running() -> Memory:
    """A store that has polled the feed before, so that its first run is over."""
    memory = Memory()
    poll(memory, [item(90)])
    return memory


def test_the_first_run_owes_the_newest_and_remembers_the_rest() -> None:
    memory = Memory()
    stories = poll(memory, [item(3), item(1), item(2)])
    assert owed(stories) == ["id-1"]
    assert [s.passed_over[TELEGRAM].code for s in stories if s.passed_over] == ["first_run"] * 2
    assert owed(poll(memory, [item(3), item(1), item(2)])) == []


@pytest.mark.parametrize(
    ("first_run", "expected"), [(0, []), (2, ["id-2", "id-1"]), (9, ["id-3", "id-2", "id-1"])]
)
def test_first_run_is_the_operators_choice_and_posts_oldest_first(
    first_run: int, expected: list[str]
) -> None:
    feed = replace(FEED, first_run=first_run)
    assert owed(poll(Memory(), [item(1), item(2), item(3)], feed)) == expected


def test_after_the_first_run_every_new_item_is_owed(running: Memory) -> None:
    assert owed(poll(running, [item(1), item(2), item(90)])) == ["id-2", "id-1"]


def test_a_channel_added_later_has_its_own_first_run(running: Memory) -> None:
    poll(running, [item(1), item(2)])
    both = replace(FEED, channels=(TELEGRAM, X))
    stories = poll(running, [item(1), item(2)], both)
    assert [(s.items[0].id, s.owed) for s in stories if s.owed] == [("id-1", (X,))]


@pytest.mark.parametrize(
    "again",
    [
        item(1),
        item(1, link="https://www.a.vn/tin-1.html?utm_source=rss"),
        item(1, title="Tin đã được sửa tiêu đề"),
        item(1, id="guid-changed"),
        item(1, id="guid-changed", title="Sửa cả tiêu đề"),
        item(1, id="guid-changed", link="https://moi.vn/bai/tin-1"),
        item(1, title="Sửa", link="https://moi.vn/bai/khac"),
        item(1, id="new", link="https://moi.vn/b", title="MOT TIN CONG NGHE HOAN TOAN MOI, so 1!"),
        item(1, id="new", link=None, published=None),
    ],
    ids=[
        "same",
        "tracking",
        "headline",
        "guid",
        "guid+headline",
        "guid+domain",
        "link+headline",
        "accents",
        "undated",
    ],
)
def test_the_same_story_is_owed_once(running: Memory, again: Item) -> None:
    assert owed(poll(running, [item(1)])) == ["id-1"]
    assert owed(poll(running, [again])) == []


def test_two_feeds_with_one_link_make_one_story(running: Memory) -> None:
    poll(running, [item(1)])
    other = replace(FEED, id=FeedId("other"), first_run=5)
    copy = item(1, id="x", title="Tiêu đề khác hẳn của trang kia")
    assert owed(poll(running, [copy], other)) == []


def test_a_second_feed_may_lead_a_known_story_to_another_channel(running: Memory) -> None:
    poll(running, [item(1)])
    other = replace(FEED, id=FeedId("other"), channels=(TELEGRAM, X), first_run=5)
    (story,) = poll(running, [item(1)], other)
    assert story.owed == (X,)
    assert story.known is not None


def test_a_column_of_the_same_title_is_new_each_day(running: Memory) -> None:
    title = "Bản tin công nghệ cuối ngày của tòa soạn"
    assert owed(poll(running, [item(1, title=title)])) == ["id-1"]
    tomorrow = item(2, title=title, published=NOW + timedelta(hours=23))
    assert owed(poll(running, [tomorrow], now=NOW + timedelta(days=1))) == ["id-2"]


@pytest.mark.parametrize(
    "items",
    [
        [item(1, id="always"), item(2, id="always")],
        [item(n, link="https://a.vn/live") for n in (1, 2, 3)],
        [item(1, link="https://a.vn/"), item(2, link="https://a.vn/")],
        [
            item(1, title="Tin nhanh công nghệ trong ngày"),
            item(2, title="Tin nhanh công nghệ trong ngày"),
        ],
    ],
    ids=["guid", "link", "home page", "title"],
)
def test_a_key_that_different_items_share_identifies_none_of_them(
    running: Memory, items: list[Item]
) -> None:
    assert len(owed(poll(running, items))) == len(items)


def test_a_corrected_entry_beside_the_old_one_is_the_same_story(running: Memory) -> None:
    assert owed(poll(running, [item(1)])) == ["id-1"]
    corrected = item(1, id="another", title="Tựa đề đã sửa của cùng một tin đó")
    assert owed(poll(running, [item(1), corrected])) == []
    assert owed(poll(running, [corrected])) == []


def test_an_older_entry_of_a_story_corrects_nothing_beside_the_newer_one(running: Memory) -> None:
    both = [item(1), item(2, link=item(1).link, published=item(1).published)]
    assert len(poll(running, both)) == 1
    apart = replace(both[1], link="https://a.vn/moi.html", title=f"{both[1].title} nữa")
    stories = poll(running, [both[0], apart])
    assert [(s.is_corrected, len(s.items)) for s in stories] == [(False, 2)]


def test_two_entries_of_another_feed_with_a_known_link_are_the_same_story(running: Memory) -> None:
    poll(running, [item(1)])
    other = replace(FEED, id=FeedId("other"), first_run=9)
    copies = [item(1, id=name, title=f"Tựa đề của trang {name} viết lại") for name in "pq"]
    assert owed(poll(running, copies, other)) == []


def test_places_of_one_page_are_different_news(running: Memory) -> None:
    first = item(1, link="https://a.vn/changelog#v1")
    second = item(2, link="https://a.vn/changelog#v2")
    assert owed(poll(running, [first])) == ["id-1"]
    assert owed(poll(running, [second])) == ["id-2"]


def test_an_item_that_stands_twice_in_a_feed_is_one_story(running: Memory) -> None:
    (story,) = poll(running, [item(1), item(1)])
    assert len(story.items) == 2


@pytest.mark.parametrize(
    ("age", "expected"), [(timedelta(days=3), []), (timedelta(hours=47), ["id-1"])]
)
def test_old_items_are_passed_over(running: Memory, age: timedelta, expected: list[str]) -> None:
    stories = poll(running, [item(1, published=NOW - age)])
    assert owed(stories) == expected
    if not expected:
        assert stories[0].passed_over[TELEGRAM].code == "too_old"


def test_without_max_age_and_without_a_date_nothing_is_too_old(running: Memory) -> None:
    ancient = item(1, published=datetime(2001, 1, 1, tzinfo=UTC))
    assert owed(poll(running, [ancient], replace(FEED, max_age=None))) == ["id-1"]
    assert owed(poll(running, [item(2, published=None)])) == ["id-2"]


def test_an_item_without_a_date_keeps_its_place_and_the_future_is_now() -> None:
    items = [item(1), item(2, published=None), item(3), item(4, published=NOW + timedelta(days=9))]
    assert newest_first(items, NOW) == [3, 0, 1, 2]


@pytest.mark.parametrize(
    ("title", "folded"),
    [
        (TITLE, "cach trung quoc doi pho voi lenh han che chip cua my"),
        (
            "Cach Trung Quoc doi pho voi lenh han che chip cua My",
            "cach trung quoc doi pho voi lenh han che chip cua my",
        ),
        ("<b>A &amp;amp; B</b> – “C”", "a b c"),
        ("", ""),
        ("🔥🔥", ""),
    ],
)
def test_fold_title(title: str, folded: str) -> None:
    assert fold_title(title) == folded


@given(st.text(st.characters(max_codepoint=0x52F, exclude_characters="<>&"), min_size=1))
def test_titles_of_any_script_fold_alike(title: str) -> None:
    """Letters of Latin, Greek and Cyrillic scripts take a shorter way."""
    folded = fold_title(title)
    beside_kana = fold_title(f"{title} \u304b")
    assert beside_kana == f"{folded} \u304b".strip()


_items = st.lists(
    st.builds(
        Item,
        id=st.sampled_from(["a", "b", "c", ""]),
        link=st.sampled_from(
            [None, "https://a.vn/1", "https://a.vn/2?utm_source=x", "javascript:x", "http://[::1"]
        ),
        title=st.one_of(st.sampled_from([TITLE, "", "x"]), st.text(max_size=60)),
        published=st.one_of(
            st.none(), st.integers(-700, 300).map(lambda hours: NOW + timedelta(hours=hours))
        ),
    ),
    max_size=8,
)


_BARE = Item(id="a", link="https://a.vn/1", title="", published=NOW)


@settings(deadline=None)
@given(_items)
# One id for entries that say nothing; one lacks its date, one its link.
@example([_BARE, replace(_BARE, published=None), replace(_BARE, link=None)])
def test_collecting_twice_adds_nothing_and_no_item_is_lost(items: list[Item]) -> None:
    memory = Memory()
    feed = replace(FEED, first_run=9, max_age=None)
    first = poll(memory, items, feed)
    assert sum(len(story.items) for story in first) == len(items)
    assert owed(poll(memory, items, feed)) == []
    assert owed(poll(memory, items[::-1], feed)) == []


@pytest.mark.parametrize(
    ("taken", "claimed", "is_owed"),
    [
        ((), "en", True),
        (("vi", "en"), "en-US", True),
        (("vi",), "en", False),
        (("pt-br",), "pt-BR", True),
        (("pt-BR",), "pt", False),
        (("vi",), None, True),  # nobody claims anything: the operator's word for the feed
        (("en",), None, False),
        (("e",), "en", False),
    ],
)
def test_a_channel_may_take_only_some_languages(
    taken: tuple[str, ...], claimed: str | None, is_owed: bool
) -> None:
    feed = replace(FEED, languages={TELEGRAM: taken}, language="vi", channels=(TELEGRAM, X))
    (story,) = poll(Memory(), [item(language=claimed)], feed)
    assert (TELEGRAM in story.owed) is is_owed
    assert X in story.owed
    assert is_owed or story.passed_over[TELEGRAM].code == "language"


@pytest.mark.parametrize(
    ("late", "new", "is_held"),
    [
        (timedelta(0), 20, False),
        (timedelta(0), 21, True),
        (timedelta(minutes=59), 21, True),
        (timedelta(hours=1), 21, False),
        (timedelta(hours=12), 13 * 20, False),
        (timedelta(hours=12), 13 * 20 + 1, True),
    ],
)
def test_a_late_poll_may_bring_the_news_of_all_that_time(
    late: timedelta, new: int, is_held: bool
) -> None:
    items = [item(number, published=NOW) for number in range(new)]
    known = Known(introduced=frozenset({TELEGRAM}))
    stories = decide(
        items, keys_of(FEED.id, items), known, feed=FEED, now=NOW, given=Circumstances(late=late)
    )
    assert len(stories) == new
    assert {story.held is not None for story in stories} == {is_held}


def test_without_storm_no_lateness_holds_anything() -> None:
    items = [item(number, published=NOW) for number in range(99)]
    known, off = Known(introduced=frozenset({TELEGRAM})), replace(FEED, storm=0)
    stories = decide(items, keys_of(FEED.id, items), known, feed=off, now=NOW)
    assert not any(story.held for story in stories)


def steps(items: list[Item]) -> int:
    """Return how many calls it takes to decide about `items`: no clock is asked."""
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event == "call"

    keys = keys_of(FEED.id, items)
    sys.setprofile(count)
    try:
        decide(items, keys, Known(), feed=FEED, now=NOW)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize(
    "shared",
    [{"id": "1"}, {"link": "https://a.vn/1"}, {"title": "Một tít đủ dài để nhận ra bài này"}],
    ids=["id", "link", "title"],
)
def test_entries_that_share_all_one_key_take_linear_time(shared: dict[str, str]) -> None:
    def entries(count: int) -> list[Item]:
        return [
            Item(
                **{
                    "id": str(number),
                    "title": f"Tin thứ {number} khác hẳn mọi tin khác của ngày",
                    "link": f"https://a.vn/{number}",
                    "published": NOW,
                }
                | shared
            )
            for number in range(count)
        ]

    assert steps(entries(400)) < 6 * steps(entries(100))
