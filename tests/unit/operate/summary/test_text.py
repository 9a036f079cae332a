"""The message of the summary: whole, within Telegram's limit, with no markup but our own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.format.limits import TELEGRAM_MESSAGE, plain_text
from bot.models.basics import AccountId, ChannelId, FeedId
from bot.operate.summary.text import summary_text
from bot.wording import ENGLISH as EN
from bot.wording import wording
from tests.standins.telegram_checks import formatted
from tests.unit.operate.summary.kit import TIN, rated, week

if TYPE_CHECKING:
    from bot.models.week import Week

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
FULL = week(
    merged=9,
    filtered={TIN: 1234},
    slow={FeedId("vne"): timedelta(hours=3)},
    # 19:00 in UTC is the next day in Hanoi.
    silent={FeedId("genk"): datetime(2026, 11, 17, 19, tzinfo=UTC)},
    failing={FeedId("zing"): "no feed is there: look for its new address on the site"},
    failed={TIN: 2},
    unknown={TIN: 1},
    spent={AccountId("x"): 3_200_000},
    best=(rated("Chip mới", 12345),),
)


def test_all_of_a_week_is_told_in_english() -> None:
    assert plain_text(summary_text(FULL, EN, HANOI)) == (
        "Week 16 Nov – 22 Nov\n\n"
        "Posts: 70, half of them within 12 min of publication\n"
        "• tin: 70 (kept out by filters: 1,234)\n\n"
        "Merged with other outlets' posts: 9\n\n"
        "Slow feeds\n• vne: half of its news is shown 3 h late\n\n"
        "Silent feeds\n• genk: nothing new since 18 Nov\n\n"
        "Failing feeds\n• zing: no feed is there: look for its new address on the site\n\n"
        "Posts that failed (newsbot deliveries --state failed)\n• tin: 2\n\n"
        "Posts that may or may not have arrived (newsbot deliveries --state unknown)\n• tin: 1\n\n"
        "Money\n• x: 3.20 USD\n\n"
        "Best-rated posts\n• 12,345 · Chip mới (tin)"
    )


def test_all_of_a_week_is_told_in_vietnamese() -> None:
    text = plain_text(summary_text(FULL, wording("vi"), HANOI))
    assert "zing: không có nguồn tin ở đó" in text
    assert text.startswith("Tuần 16/11 – 22/11\n\nBài đăng: 70, một nửa trong vòng 12 phút")
    for part in ("bộ lọc bỏ qua: 1.234", "trễ 3 giờ", "từ 18/11", "12.345 · Chip mới"):
        assert part in text


def test_a_quiet_week_is_told_without_empty_lists() -> None:
    text = summary_text(week(posts={TIN: (0,) * 7}, delay=None), EN, HANOI)
    assert plain_text(text) == "Week 16 Nov – 22 Nov\n\nPosts: 0\n• tin: 0"


def test_a_best_post_is_a_link_where_it_has_one() -> None:
    text = summary_text(week(best=(rated("Một"), rated("Hai", url=None))), EN, HANOI)
    assert '• 3 · <a href="https://t.me/c/1/2">Một</a> (tin)' in text
    assert "• 3 · Hai (tin)" in text


@pytest.mark.parametrize("title", ["<b>x", "a & b", '"><a href="http://x.vn">', "</b>", "&lt;"])
def test_markup_of_a_title_is_text(title: str) -> None:
    text = summary_text(week(best=(rated(title),)), EN, HANOI)
    assert title in plain_text(text)


def test_a_title_calls_nobody() -> None:
    text = summary_text(week(best=(rated("@ai /start"),), failing={FeedId("f"): "@ai"}), EN, HANOI)
    assert "@ai" not in text
    assert "/start" not in text


names = st.text("abc-", min_size=1, max_size=64)
texts = st.text(max_size=2000)


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    many = st.integers(0, 10**15)
    counts = st.dictionaries(names.map(ChannelId), many, max_size=60)
    return week(
        posts={name: (count,) * 7 for name, count in draw(counts).items()},
        filtered=draw(counts),
        failed=draw(counts),
        unknown=draw(counts),
        merged=draw(many),
        failing={FeedId(name): draw(texts) for name in draw(st.sets(names, max_size=8))},
        slow={
            FeedId(name): timedelta(seconds=1) * draw(st.integers(1, 10**7))
            for name in draw(st.sets(names, max_size=60))
        },
        best=tuple(rated(draw(texts), draw(many)) for _ in range(draw(st.integers(0, 10)))),
    )


@given(weeks(), st.sampled_from(["en", "vi"]))
def test_any_week_fits_into_a_message(found: Week, language: str) -> None:
    text = summary_text(found, wording(language), HANOI)
    assert formatted(text, "HTML", TELEGRAM_MESSAGE)[0]
