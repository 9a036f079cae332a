"""Whole posts, as a reader gets them. Each `posts/NAME.txt` was read before it was kept: to change
one, write what the test shows and read it again."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.format.article import write_article
from bot.models.basics import FeedId, Platform
from bot.models.feeds import Image, Item, ParsedFeed
from bot.models.settings import Feed

if TYPE_CHECKING:
    from bot.models.posts import Post
    from bot.models.stories import Article

POSTS = Path(__file__).parent / "posts"
NAMES = sorted(path.stem for path in POSTS.glob("*.json"))


def read_article(name: str) -> Article:
    kept = json.loads((POSTS / f"{name}.json").read_text(encoding="utf-8"))
    item = kept["item"]
    item["published"] = item["published"] and datetime.fromisoformat(item["published"])
    item["images"] = tuple(Image(**image) for image in item["images"])
    item["categories"] = tuple(item["categories"])
    return write_article(
        Item(link=kept["link"], **item),
        Feed(id=FeedId("f"), url="https://example.org/rss"),
        ParsedFeed(title=kept["feed_title"], language=kept["feed_language"]),
        link=kept["link"],
    )


def shown(post: Post) -> str:
    rows = [" | ".join(button.text for button in row) for row in post.buttons]
    facts = [f"== {post.platform} {post.length}/{post.limit}", f"image: {post.image}"]
    facts += [f"buttons: {row}" for row in rows if post.platform is Platform.TELEGRAM]
    return "\n".join([*facts, "", post.text, "", ""])


@pytest.mark.parametrize("name", NAMES)
def test_post_is_as_it_was_read_and_kept(name: str, desk: Any) -> None:
    article = read_article(name)
    posts = [desk.post(article, platform) for platform in ("telegram", "x")]
    if name == "sample":
        posts.append(desk.post(article, "console"))

    assert "".join(map(shown, posts)) == (POSTS / f"{name}.txt").read_text(encoding="utf-8")


def test_there_are_samples_in_many_languages() -> None:
    assert len(NAMES) >= 61
