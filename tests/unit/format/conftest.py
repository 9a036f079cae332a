"""What the tests of writing share: channels, the shipped templates, and a short way to a post."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.format.article import write_article
from bot.format.render import render_post
from bot.format.templates import Template, compile_digest, compile_template
from bot.models.basics import ChannelId, FeedId, Platform
from bot.models.feeds import Item, ParsedFeed
from bot.models.settings import Channel, Feed, TemplateText
from tests.shipped import DIGEST_HTML, DIGEST_TEXT

if TYPE_CHECKING:
    from bot.models.posts import Post
    from bot.models.stories import Article

TEMPLATES = Path(__file__).parents[3] / "config" / "templates"
SHIPPED = {
    Platform.TELEGRAM: "telegram.html.j2",
    Platform.X: "x.txt.j2",
    Platform.CONSOLE: "console.txt.j2",
}


@dataclass(frozen=True)
class Desk:
    """Writes posts with the shipped templates, or with another source."""

    templates: dict[Platform, Template]
    channels: dict[Platform, Channel]

    def post(self, article: Article, platform: str, **changes: Any) -> Post:
        options = {name: changes.pop(name) for name in ("without", "silent") if name in changes}
        source = changes.pop("template", None)
        channel = self.channel(platform, **changes)
        template = self.templates[Platform(platform)]
        if article.headlines:
            text = DIGEST_HTML if platform == "telegram" else DIGEST_TEXT
            template = compile_digest(text, Platform(platform))
        if source is not None:
            text = TemplateText(name="own.j2", source=source)
            template = compile_template(text, Platform(platform))
        return render_post(article, channel, template, **options)

    def channel(self, platform: str, **changes: Any) -> Channel:
        return replace(self.channels[Platform(platform)], **changes)

    def article(self, *, feed_title: str = "Báo Mới", **item: Any) -> Article:
        item = {"id": "1", "link": "https://example.vn/tin/1.html", **item}
        feed = Feed(id=FeedId("f"), url="https://example.vn/rss")
        parsed = ParsedFeed(title=feed_title, language="vi")
        return write_article(Item(**item), feed, parsed, link=item["link"])


def _channel(platform: Platform, text: TemplateText) -> Channel:
    return Channel(
        id=ChannelId(f"kênh-{platform}"),
        platform=platform,
        template=text,
        share=("telegram", "facebook", "copy"),
    )


@pytest.fixture(scope="session")
def desk() -> Desk:
    texts = {
        platform: TemplateText(name=name, source=(TEMPLATES / name).read_text(encoding="utf-8"))
        for platform, name in SHIPPED.items()
    }
    return Desk(
        templates={platform: compile_template(text, platform) for platform, text in texts.items()},
        channels={platform: _channel(platform, text) for platform, text in texts.items()},
    )
