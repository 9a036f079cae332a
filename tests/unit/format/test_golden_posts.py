"""Whole posts, as a reader gets them. Each `posts/NAME.txt` was read before it was kept: to change
one, write what the test shows and read it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.posts.kept_items import read_article
from bot.models.basics import Platform

if TYPE_CHECKING:
    from bot.models.posts import Post

POSTS = Path(__file__).parent / "posts"
NAMES = sorted(path.stem for path in POSTS.glob("*.json"))


def shown(post: Post) -> str:
    rows = [" | ".join(button.text for button in row) for row in post.buttons]
    facts = [f"== {post.platform} {post.length}/{post.limit}", f"image: {post.image}"]
    facts += [f"buttons: {row}" for row in rows if post.platform is Platform.TELEGRAM]
    return "\n".join([*facts, "", post.text, "", ""])


@pytest.mark.parametrize("name", NAMES)
def test_post_is_as_it_was_read_and_kept(name: str, desk: Any) -> None:
    article = read_article(POSTS / f"{name}.json")
    posts = [desk.post(article, platform) for platform in ("telegram", "x")]
    if name == "sample":
        posts.append(desk.post(article, "console"))

    assert "".join(map(shown, posts)) == (POSTS / f"{name}.txt").read_text(encoding="utf-8")


def test_there_are_samples_in_many_languages() -> None:
    assert len(NAMES) >= 61
