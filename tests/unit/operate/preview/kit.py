"""What the tests of previews share: channels of each kind, hostile items, a way to previews."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from bot.format.templates import compile_template
from bot.models.basics import ChannelId, FeedId, Platform
from bot.models.feeds import Item, ParsedFeed
from bot.models.settings import Channel, Feed, TemplateText
from bot.operate.preview.previews import NO_PAGES, Pages, Preview, Read, Stage, render_previews

TEMPLATES = Path(__file__).parents[4] / "config" / "templates"
NOW = datetime(2026, 5, 4, 3, 2, tzinfo=UTC)
HOSTILE = (
    '<script>document.title="pwned"</script>',
    '"><img src=x onerror="document.title=\'pwned\'">',
    "'><svg/onload=alert(1)>",
    "</title></style></script><h1>pwned</h1>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "a\x00b\x1b[31mc\ud800d\u202ee",
)


def channel(platform: str, **settings: Any) -> Channel:
    kind = Platform(platform)
    name = {"telegram": "telegram.html.j2", "x": "x.txt.j2", "console": "console.txt.j2"}[platform]
    source = settings.pop("source", None) or (TEMPLATES / name).read_text(encoding="utf-8")
    own = {"share": ("telegram", "copy")} if kind is Platform.TELEGRAM else {}
    return Channel(
        id=ChannelId(settings.pop("id", f"to-{platform}")),
        platform=kind,
        template=TemplateText(name=name, source=source),
        **{**own, **settings},
    )


CHANNELS = (channel("telegram", chat="@tin"), channel("x"), channel("console"))


def item(title: str = "Tin mới", **parts: Any) -> Item:
    values = {"id": title, "link": "https://example.vn/tin.html?a=1&b=2", "published": NOW}
    return Item(title=title, **{**values, **parts})


def previews(
    *items: Item,
    channels: tuple[Channel, ...] = CHANNELS,
    read: Read | None = None,
    limit: int = 0,
    pages: Pages = NO_PAGES,
) -> list[Preview]:
    feed = Feed(
        id=FeedId("báo"),
        url="https://user:secret@example.vn/rss",
        channels=tuple(one.id for one in channels),
        first_run=1,
    )
    stage = Stage(
        channels={one.id: one for one in channels},
        templates={one.id: compile_template(one.template, one.platform) for one in channels},
        now=NOW,
    )
    held = read or ParsedFeed(title="Báo", items=items)
    return render_previews(feed, held, stage, limit=limit, pages=pages)


class Tags(HTMLParser):
    """Every tag of a page with its attributes and text, read by an independent parser."""

    VOID = frozenset({"input", "meta", "img", "br", "link", "circle", "path", "rect"})

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        optional = {"option", "li", "dt", "dd", "p"}
        while self.open and self.open[-1] != tag and self.open[-1] in optional:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        for tag in {*self.open, "all"}:
            self.texts.setdefault(tag, []).append(data)

    def text(self, tag: str = "all") -> str:
        return "".join(self.texts.get(tag, []))

    def named(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [
            found
            for name, found in self.tags
            if name == tag and all(found.get(key) == value for key, value in attributes.items())
        ]

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [found for _, found in self.tags if name in (found.get("class") or "").split()]


def inline(page: str, tag: str) -> str:
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    assert len(found) == 1
    return str(found[0])
