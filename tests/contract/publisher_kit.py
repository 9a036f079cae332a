"""What the contract tests of publishers share."""

from __future__ import annotations

import socket
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import PublishError
from bot.models.basics import ChannelId, Platform
from bot.models.posts import Post
from bot.models.settings import Channel, TemplateText

if TYPE_CHECKING:
    from bot.ports import Publisher


def a_channel(platform: Platform, **settings: Any) -> Channel:
    template = TemplateText(name="t", source="")
    return Channel(id=ChannelId("tin"), platform=platform, template=template, **settings)


def a_post(text: str = "<b>Xin chào</b> 😀", **parts: Any) -> Post:
    defaults = {"platform": Platform.TELEGRAM, "length": len(text)}
    return Post(channel=ChannelId("tin"), text=text, **{**defaults, **parts})


async def failure(publisher: Publisher, post: Post) -> PublishError:
    """Return what publishing raises: always a PublishError with one line of text."""
    with pytest.raises(PublishError) as caught:
        await publisher.publish(post)
    assert "\n" not in str(caught.value)
    assert 0 < len(str(caught.value)) < 400
    return caught.value


def everything_said(error: BaseException) -> str:
    """Return all that a log could show of an error, its causes included."""
    shown = [repr(error), str(error), *traceback.format_exception(error)]
    cause = error.__cause__
    while cause is not None:
        shown += [repr(cause), str(cause)]
        cause = cause.__cause__
    return "\n".join(shown)


def closed_port() -> str:
    """Return an address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
