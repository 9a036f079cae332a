"""Old items that come back when only their keys are remembered, and news that looks like them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.dedupe.keys import keys_of
from bot.dedupe.settled import is_settled
from bot.models.basics import FeedId
from bot.models.feeds import Item
from bot.models.stories import Known

F = FeedId("f")
THEN = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
ITEM = Item(
    id="1001",
    link="https://example.org/2026/01/pin-the-he-moi",
    title="Pin thể rắn thế hệ mới đã được sản xuất hàng loạt tại Hải Phòng",
    summary="Nhà máy đầu tiên sản xuất pin thể rắn bắt đầu hoạt động từ tuần sau với công suất lớn "
    "nhất khu vực, và sẽ cung cấp cho ba hãng xe điện trong nước trước cuối năm nay.",
    published=THEN,
)
OTHER = {
    "id": "2002",
    "link": "https://example.org/2026/03/khac",
    "title": "Mạng lưới vệ tinh tầm thấp phủ sóng toàn bộ vùng biển phía Nam",
    "summary": "Hai mươi bốn vệ tinh vừa được phóng lên quỹ đạo đêm qua sẽ mang internet tới các "
    "tàu cá và đảo xa, theo thông báo của cơ quan vũ trụ và nhà mạng hợp tác.",
}


def said(item: Item) -> bool:
    (before,), (now,) = keys_of(F, [ITEM]), keys_of(F, [item])
    return is_settled(item, now, Known(settled=frozenset(before.all)))


@pytest.mark.parametrize(
    "changed",
    [
        (),
        ("title",),
        ("summary",),
        ("title", "summary"),
        ("link",),
        ("id",),
        ("id", "link"),
        ("link", "summary"),
        ("id", "title"),
    ],
)
def test_an_item_that_comes_back_is_known(changed: tuple[str, ...]) -> None:
    assert said(replace(ITEM, **{name: OTHER[name] for name in changed}))


@pytest.mark.parametrize(
    "changed",
    [
        ("id", "link", "title", "summary"),
        ("link", "title", "summary"),
        ("id", "title", "summary"),
        ("id", "link", "summary"),
        ("id", "link", "title"),
    ],
)
def test_a_single_key_makes_no_news_old(changed: tuple[str, ...]) -> None:
    assert not said(replace(ITEM, **{name: OTHER[name] for name in changed}))


def test_a_link_that_is_the_id_counts_once() -> None:
    link = ITEM.link or ""
    mine = replace(ITEM, id=link)
    (before,) = keys_of(F, [mine])
    new = replace(mine, title=OTHER["title"], summary=OTHER["summary"])
    (now,) = keys_of(F, [new])
    assert not is_settled(new, now, Known(settled=frozenset(before.all)))


def test_an_undated_headline_is_known_by_itself() -> None:
    undated = replace(ITEM, id=OTHER["id"], link=OTHER["link"], summary="", published=None)
    assert said(undated)
    assert not said(replace(undated, published=THEN))
