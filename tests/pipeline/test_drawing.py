"""A delivery is drawn as its channel's layout says, but for words that a person wrote."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bot.format.rich import is_rich
from bot.format.templates import compile_template
from bot.models.basics import ChannelId, DeliveryId, FeedId, Platform
from bot.models.outbox import Delivery
from bot.models.settings import Channel, TemplateText
from bot.models.stories import Article
from bot.pipeline.drawing import drawn
from tests.pipeline.kit import NOW

TEMPLATE = TemplateText(name="t", source="<b>{{ title }}</b>")
CHANNEL = Channel(
    id=ChannelId("tin"), platform=Platform.TELEGRAM, template=TEMPLATE, chat="@tin", layout="rich"
)
DELIVERY = Delivery(
    id=DeliveryId(1),
    channel=CHANNEL.id,
    feed=FeedId("f"),
    article=Article(title="Tin", link="https://example.vn/1"),
    created_at=NOW,
)


@pytest.mark.parametrize(
    ("changes", "is_article"),
    [({}, True), ({"hand_text": "Lời của tôi"}, False), ({"without": frozenset({"rich"})}, False)],
)
async def test_a_rich_message_gives_way(changes: dict[str, Any], is_article: bool) -> None:
    template = compile_template(TEMPLATE, Platform.TELEGRAM)
    route: Any = SimpleNamespace(channel=CHANNEL, template_for=lambda _: template, pictures=None)
    post = await drawn(replace(DELIVERY, **changes), route, None)
    assert is_rich(post.text) is is_article
    assert post.limit == (32_768 if is_article else 4_096)
    if "hand_text" in changes:
        assert post.text == "Lời của tôi"
