"""A week as a value."""

from datetime import date, timedelta
from typing import Any

from bot.models.basics import ChannelId, DeliveryId
from bot.models.week import RatedPost, Week

TIN = ChannelId("tin")


def week(**parts: Any) -> Week:
    values = {
        "first": date(2026, 11, 16),
        "last": date(2026, 11, 22),
        "posts": {TIN: (12, 15, 9, 20, 11, 3, 0)},
        "delay": timedelta(minutes=12),
        "merged": 0,
        "filtered": {},
        "slow": {},
        "silent": {},
        "failing": {},
        "failed": {},
        "unknown": {},
        "spent": {},
        "best": (),
    } | parts
    return Week(**values)


def rated(title: str, reactions: int = 3, url: str | None = "https://t.me/c/1/2") -> RatedPost:
    return RatedPost(delivery=DeliveryId(1), channel=TIN, title=title, url=url, reactions=reactions)
