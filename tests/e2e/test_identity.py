"""Feeds whose ids say nothing, and channels under new names, against Telegram's stand-in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.world import World

CHANNEL = '[[channels]]\nid = "tin"\naccount = "tg"\nchat = "@tincongnghe"\nmax_per_hour = 1200\n'
NEWS = (
    ("Pin thể rắn cho xe đạp điện ra mắt ở Huế", "Nhóm kỹ sư giới thiệu một bộ pin thể rắn mới."),
    ("Bản vá khẩn cấp cho trình duyệt Sao Khuê", "Hãng phần mềm vá một lỗ hổng nghiêm trọng."),
    ("Kho hàng Lá Xanh dùng robot phân loại", "Cửa hàng chuyển toàn bộ kho sang máy tự động."),
)


def publish(bot: World, entries: list[tuple[int, str, str]]) -> None:
    """Let the feed show `entries`: the number of the news, its guid and its link."""
    now = datetime.now(UTC)
    items = "".join(
        f"<item><title>{NEWS[number][0]}</title><description>{NEWS[number][1]}</description>"
        f"<link>{link}</link><guid isPermaLink='false'>{guid}</guid>"
        f"<pubDate>{format_datetime(now - timedelta(minutes=60 - number))}</pubDate></item>"
        for number, guid, link in entries
    )
    path = bot.home / "feeds" / "f.rss"
    text = f"<rss version='2.0'><channel><title>f</title>{items}</channel></rss>"
    path.write_text(text, encoding="utf-8")


def headlines(bot: World) -> list[str]:
    """Return the first line of what stands in the channel now."""
    return [post["text"].split("\n")[0] for post in bot.telegram.posts()]


@pytest.mark.parametrize(
    ("guid", "link"),
    [
        ("N/A", "https://a.vn/{number}"),
        ("{place}", "https://a.vn/{number}"),
        ("https://a.vn/moi", "https://a.vn/moi"),
    ],
    ids=["never changes", "place in the list", "one link"],
)
def test_no_post_is_edited_into_other_news(bot: World, guid: str, link: str) -> None:
    bot.write(CHANNEL + bot.feed("f", channels=["tin"], fetch_page="never"))
    for last in range(len(NEWS)):
        shown = range(last, -1, -1)
        publish(
            bot,
            [
                (number, guid.format(place=place), link.format(number=number))
                for place, number in enumerate(shown)
            ],
        )
        assert bot.run("once", "--wait", "15s").returncode == 0
        assert headlines(bot) == [title for title, _ in NEWS[: last + 1]]


def test_a_channel_under_a_new_name_gets_nothing_again(bot: World) -> None:
    feed = bot.feed("f", channels=["tin"], fetch_page="never")
    bot.write(CHANNEL + feed)
    publish(bot, [(1, "g1", "https://a.vn/1"), (0, "g0", "https://a.vn/0")])
    assert bot.run("once", "--wait", "15s").returncode == 0
    bot.write((CHANNEL + feed).replace('"tin"', '"tin-moi"').replace("@tin", "@Tin"))
    publish(bot, [(2, "g2", "https://a.vn/2"), (1, "g1", "https://a.vn/1")])
    done = bot.run("once", "--wait", "15s")
    assert "channel renamed: its history goes with it" in done.stderr
    assert {row["channel"] for row in bot.json("deliveries")} == {"tin-moi"}
    assert len(bot.json("deliveries")) == len(NEWS)
