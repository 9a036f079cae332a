"""The decision table, and what it is applied to."""

import csv
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.dedupe.folding import fold_title
from bot.dedupe.same import TABLE
from bot.dedupe.similar import are_titles_alike, is_told_in
from bot.models.basics import ChannelId, FeedId
from bot.models.feeds import Item
from bot.models.settings import Feed
from tests.unit.dedupe.memory import Memory

NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
HISTORY = ROOT.parent / "shared" / "corpus" / "history"
FEED = Feed(id=FeedId("f"), url="https://a.vn/rss", channels=(ChannelId("tin"),), first_run=9)
TITLES = (
    "Pin thể rắn cho xe đạp điện ra mắt ở Huế",
    "Bản vá khẩn cấp cho trình duyệt Sao Khuê",
    "Phòng thí nghiệm vi mạch thứ hai mở cửa",
    "Kho hàng Lá Xanh dùng robot phân loại",
)
TEXTS = (
    "Nhóm kỹ sư vừa giới thiệu một bộ pin thể rắn dành cho xe đạp điện, bán ra tháng Ba năm sau.",
    "Hãng phần mềm phát hành bản vá cho lỗ hổng nghiêm trọng; người dùng nên cập nhật ngay.",
    "Trường Bách khoa có mười hai máy đo và một dây chuyền đóng gói mới trong khu công nghệ cao.",
    "Cửa hàng trực tuyến chuyển toàn bộ kho sang máy; thời gian giao hàng giảm còn bốn giờ.",
)


def entry(number: int, **changes: object) -> Item:
    base = Item(
        id=f"g{number}",
        link=f"https://a.vn/{number}",
        title=TITLES[number],
        summary=TEXTS[number],
        published=NOW + timedelta(minutes=10 * number),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def told(*polls: list[Item], feed: Feed = FEED) -> list[list[str]]:
    """Return the titles that each poll brings to readers."""
    memory = Memory()
    found = []
    for number, items in enumerate(polls):
        stories = memory.poll(items, feed, NOW + timedelta(hours=number))
        found.append([story.items[0].title for story in stories if story.owed])
    return found


def test_the_decision_and_the_code_hold_one_table() -> None:
    text = (ROOT / "docs/decisions/0020-a-key-is-a-claim.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if re.match(r"\| (one|any|both|none) \|", line)
    ]
    claims = {"one": "1", "both": "B", "none": "0", "any": "B1"}
    titles = {"same": "S", "short": "s", "close": "c", "other": "-"}
    texts = {"same": "S", "alike": "a", "other": "-", "unknown": "?"}
    dates = {"same": "S", "near": "n", "far": "-", "unknown": "?"}

    def letters(cell: str, names: dict[str, str]) -> set[str]:
        return {names[word] for word in cell.split(", ")} if cell else set(names.values())

    def every(allowed: str, names: dict[str, str]) -> set[str]:
        return set(names.values()) if allowed == "*" else set(allowed)

    for row, (claim, title, body, date, stands, verdict) in zip(rows, TABLE, strict=True):
        assert (claims[row[0]], letters(row[1], titles), letters(row[2], texts)) == (
            claim,
            every(title, titles),
            every(body, texts),
        )
        assert letters(row[3], dates) == every(date, dates)
        assert {"yes": True, "no": False, "": None}[row[4]] is stands
        expected = "other" if row[5].startswith("another") else "same"
        assert ("restyled" if "most of the poll" in row[5] else expected) == verdict


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "N/A"},
        {"id": "N/A", "link": "https://a.vn/N/A"},
        {"id": "https://a.vn/moi", "link": "https://a.vn/moi"},
        {"id": "", "link": None},
        {"id": "7", "link": "https://a.vn/"},
        {"id": "N/A", "published": None},
        {"id": "N/A", "published": NOW.replace(hour=0)},
    ],
    ids=["guid", "guid and link", "one link", "nothing", "home page", "undated", "day only"],
)
def test_keys_that_never_change_make_no_two_stories_one(changes: dict[str, object]) -> None:
    """Also in a feed of one entry, and where the old entries still stand."""
    alone = told(*([entry(number, **changes)] for number in range(4)))
    assert alone == [[title] for title in TITLES]
    growing = told(*([entry(n, **changes) for n in range(top, -1, -1)] for top in range(4)))
    assert growing == [[title] for title in TITLES]


def test_a_guid_that_is_the_place_in_the_list_is_none() -> None:
    polls = [
        [entry(number, id=str(place)) for place, number in enumerate(range(top, -1, -1))]
        for top in range(4)
    ]
    assert told(*polls) == [[title] for title in TITLES]


@pytest.mark.parametrize(
    "again",
    [
        entry(0, title=TITLES[1], link="https://a.vn/khac"),
        entry(0, title=TITLES[1], link="https://a.vn/khac", published=NOW + timedelta(hours=2)),
        entry(0, title=TITLES[1], link="https://a.vn/khac", summary=TEXTS[1]),
        entry(0, summary=TEXTS[1], published=NOW + timedelta(hours=5)),
        entry(0, link="https://a.vn/x?token=2", id="https://a.vn/x?token=2"),
        entry(0, id="new", link="https://b.vn/new", title="Tít được viết lại hoàn toàn"),
    ],
    ids=["text and date", "text", "date", "title", "title and text", "moved and rewritten"],
)
def test_a_corrected_entry_is_the_same_story(again: Item) -> None:
    assert told([entry(0)], [again]) == [[TITLES[0]], []]


@pytest.mark.parametrize(
    "titles",
    [("iOS 21", "Giá RAM"), ("新型電池を発表", "大雨に警戒"), ("삼성 신제품", "서울 폭설")],
)
@pytest.mark.parametrize("text", [True, False], ids=["with text", "titles alone"])
def test_links_that_change_with_each_poll_tell_nothing_again(
    titles: tuple[str, str], *, text: bool
) -> None:
    polls = [
        [
            entry(
                number,
                id=f"https://a.vn/x?v={poll}{number}",
                link=f"https://a.vn/x?v={poll}{number}",
                title=title,
                summary=TEXTS[number] if text else "",
                published=NOW + timedelta(hours=poll),
            )
            for number, title in enumerate(titles)
        ]
        for poll in range(3)
    ]
    assert told(*polls) == [list(titles)[::-1], [], []] or told(*polls) == [list(titles), [], []]


def test_a_new_entry_of_a_feed_whose_links_changed_is_told() -> None:
    moved = [entry(n, id=f"new{n}", link=f"https://b.vn/{n}") for n in range(3)]
    assert told([entry(0), entry(1)], moved) == [[TITLES[1], TITLES[0]], [TITLES[2]]]


def test_two_events_with_one_id_and_link_are_two_stories() -> None:
    second = entry(1, id="g0", link="https://a.vn/0", published=NOW + timedelta(days=7))
    assert told([entry(0)], [second]) == [[TITLES[0]], [TITLES[1]]]


@pytest.mark.parametrize("old", [timedelta(days=9), timedelta(0)], ids=["too old", "first run"])
def test_a_feed_that_passes_over_does_not_silence_another(old: timedelta) -> None:
    memory = Memory()
    poison = replace(FEED, id=FeedId("poison"), first_run=0)
    listed = [entry(n, id=f"p{n}", published=NOW - old) for n in range(3)]
    memory.poll(listed, poison, NOW)
    stories = memory.poll([entry(n) for n in range(3)], FEED, NOW)
    assert sum(bool(story.owed) for story in stories) == 3
    third = memory.poll([entry(n) for n in range(3)], replace(FEED, id=FeedId("c")), NOW)
    assert not any(story.owed for story in third), "posted or queued, it is known to all"


def test_the_site_of_a_page_has_the_last_word_about_it() -> None:
    memory = Memory()
    stranger, site = (
        replace(FEED, id=FeedId(host), url=f"https://{host}/rss") for host in ("x.vn", "rss.a.vn")
    )
    memory.poll([entry(0, id="x", title="Mua ngay kẻo lỡ", summary="")], stranger, NOW)
    (story,) = memory.poll([entry(0)], site, NOW)
    assert (story.owed, story.is_corrected) == ((), True)
    (story,) = memory.poll([entry(0)], site, NOW)
    assert not story.is_corrected, "it said so before"
    again = entry(0, id="x", title="Khuyến mãi lớn nhất năm", summary="")
    (story,) = memory.poll([again], stranger, NOW)
    assert not story.is_corrected, "the stranger may not answer"


def test_another_stranger_changes_nothing() -> None:
    memory = Memory()
    memory.poll([entry(0)], replace(FEED, id=FeedId("own"), url="https://a.vn/rss"), NOW)
    stranger = replace(FEED, id=FeedId("x"), url="https://ba.vn/rss")
    (story,) = memory.poll([entry(0, id="x", title="Mua ngay", summary="")], stranger, NOW)
    assert (story.owed, story.is_corrected) == ((), False)


def test_an_edit_never_replaces_one_story_by_another() -> None:
    memory = Memory()
    memory.poll([entry(0)], FEED, NOW)
    (story,) = memory.poll([entry(0, title=TITLES[2], summary=TEXTS[2])], FEED, NOW)
    assert (story.is_corrected, story.unlike, story.owed) == (False, TITLES[2], ())
    (story,) = memory.poll([entry(0, title=TITLES[0].replace("Huế", "Vinh"))], FEED, NOW)
    assert (story.is_corrected, story.unlike) == (True, None)
    assert not is_told_in(f"{TITLES[0]}\n{TEXTS[0]}", TITLES[2], [TEXTS[2]])
    assert is_told_in(f"{TITLES[0]}\n{TEXTS[0]}", TITLES[2], [TEXTS[0]])


@pytest.mark.corpus
def test_real_corrections_are_alike_and_unrelated_titles_are_not() -> None:
    if not HISTORY.is_dir():
        pytest.skip("the corpus is not beside this checkout (../shared/corpus)")
    titles, corrected = [], []
    for name in ("arstechnica_items.csv", "npr_items.csv"):
        with (HISTORY / name).open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                titles.append(fold_title(row["title_first"]))
                if row["title_last"] not in ("=", row["title_first"]):
                    corrected.append((titles[-1], fold_title(row["title_last"])))
    chance = random.Random(1)
    pairs = [chance.sample(titles, 2) for _ in range(20_000)]
    assert sum(are_titles_alike(*pair) for pair in corrected) >= 0.9 * len(corrected)
    assert sum(are_titles_alike(*pair) for pair in pairs) <= 0.006 * len(pairs)


def test_a_title_of_two_words_may_be_corrected_in_one_above_the_same_text() -> None:
    first = entry(0, id="1-1", link="https://a.vn/kho-hang", title="Kho hàng")
    corrected = entry(0, id="1-2", link="https://a.vn/kho-xuong", title="Kho xưởng")
    assert told([first], [corrected]) == [["Kho hàng"], []]


@pytest.mark.parametrize("change", [{"title": "Kho 15"}, {"summary": TEXTS[1]}])
def test_another_number_or_another_text_under_it_is_another_story(change: dict[str, str]) -> None:
    first = entry(0, id="1-1", link="https://a.vn/kho-14", title="Kho 14")
    values = {"title": "Kho mới", "published": NOW + timedelta(hours=1), **change}
    other = entry(0, id="1-2", link="https://a.vn/kho-15", **values)
    assert told([first], [other])[1] == [other.title]


@pytest.mark.parametrize(("hours", "expected"), [(1, []), (0, [TITLES[0]])])
def test_where_dates_move_with_each_poll_they_say_nothing(hours: int, expected: list[str]) -> None:
    def others(poll: int) -> list[Item]:
        moved = timedelta(hours=hours * poll)
        return [entry(n, published=NOW + moved + timedelta(minutes=n)) for n in (1, 2, 3)]

    again = entry(0, id="new", link="https://a.vn/new", published=NOW + timedelta(days=2))
    polls = [[entry(0), *others(0)], others(1), [again, *others(2)]]
    assert told(*polls)[2] == expected
