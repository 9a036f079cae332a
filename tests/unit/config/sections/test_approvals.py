"""Who approves what: a route's word wins over its feed's, and that over the channel's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import ChannelId, FeedId
from bot.models.settings import Approval, Channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.config import Config

DESK = """
[accounts.tg]
platform = "telegram"
token = { env = "T" }
[desk]
account = "tg"
chat = "@ban_duyet"
users = [7, 8]
"""
HOURS = {hours: timedelta(hours=hours) for hours in (1, 2, 4)}
ASKED, TRUSTED = Approval(), None


def channel_of(load: Callable[[str], Config], *, channel: str, feed: str, route: str) -> Channel:
    text = (
        f'{DESK}[[channels]]\nid = "t"\nplatform = "console"\n{channel}\n'
        '[[feeds]]\nid = "f"\nurl = "https://example.org/f.rss"\n'
        f'{feed}\nchannels = [{{ id = "t"{route} }}]\n'
    )
    return load(text).channels[ChannelId("t")]


@pytest.mark.parametrize(
    ("channel", "feed", "route", "wanted"),
    [
        ("", "", "", TRUSTED),
        ("approve = true", "", "", ASKED),
        ("approve = true", "approve = false", "", TRUSTED),
        ("approve = true", "approve = false", ", approve = true", ASKED),
        ("", "approve = true", ", approve = false", TRUSTED),
        ("", "approve = true", "", ASKED),
        ("", "", ", approve = true", ASKED),
        (
            'approve = true\napprove_within = "4h"\nthen = "post"',
            'approve_within = "2h"',
            "",
            Approval(within=HOURS[2], then="post"),
        ),
        (
            "approve = true",
            'approve_within = "2h"',
            ', approve_within = "1h", then = "post"',
            Approval(within=HOURS[1], then="post"),
        ),
    ],
)
def test_the_nearest_word_counts(
    load: Callable[[str], Config], channel: str, feed: str, route: str, wanted: Approval | None
) -> None:
    found = channel_of(load, channel=channel, feed=feed, route=route)
    assert found.approval_of(FeedId("f")) == wanted


def test_what_has_no_feed_any_more_is_as_the_channel_says(load: Callable[[str], Config]) -> None:
    found = channel_of(load, channel="approve = true", feed="approve = false", route="")
    assert found.approval_of(FeedId("(digest)")) == ASKED
    assert found.approval_of(FeedId("gone")) == ASKED


def test_the_desk_is_read(load: Callable[[str], Config]) -> None:
    config = load(DESK + '[[channels]]\nid = "t"\nplatform = "console"\n')
    assert config.desk is not None
    assert (config.desk.account, config.desk.chat, config.desk.users) == (
        "tg",
        "@ban_duyet",
        (7, 8),
    )
