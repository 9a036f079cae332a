"""No text of a feed takes more than linear time, whatever is repeated in it."""

from __future__ import annotations

import time

import pytest

from bot.format.article import write_article
from bot.format.boilerplate import is_boilerplate, without_frame
from bot.format.image import best_image
from bot.format.phrases import PhraseSet, phrases
from bot.models.basics import FeedId
from bot.models.feeds import Image, Item, ParsedFeed
from bot.models.settings import Feed

LENGTH = 60_000
SECONDS = 3  # quadratic time is at least half a minute
FEED = Feed(id=FeedId("f"), url="https://a.vn/rss")
PARTS = (
    *(" ", ",", "，", ".", "-", "–", "a", "A", "1", "(", "[", "<", "/", "…", ":", "»", "→", "\n", "&", "{", "}", ";", "=", "#", "\x00"),
    *("a ", "1 ", ". ", ", ", "a:", "a.", "A ", "...", ". →", "[…]", "http://", "http://a ", "首发于", "，首发于", "ảnh:", "Photo / "),
    *("read more ", "Xem thêm ", "By A and ", "(theo ", "12/3/", "AN - ", "[a](/", "<p>", "<br>", "&lt;", "«", "? ", "a: b ", "[b]x[/b]"),
)  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_an_article_of_repetitions_takes_linear_time(part: str) -> None:
    text = (part * LENGTH)[:LENGTH]
    start = time.thread_time()
    item = Item(
        id="1", title=text, summary=f"{text}x", content=f"<p>{text}</p>", categories=(text,)
    )
    write_article(item, FEED, ParsedFeed(title=text), link="https://a.vn/1")
    is_boilerplate(text)
    without_frame(f"{text}x")
    best_image([Image(url=f"https://a.vn/{text[:1_900]}.jpg")], title=text)
    assert time.thread_time() - start < SECONDS


@pytest.mark.parametrize("kind", ["calls", "labels", "openings", "walls", "news"])
def test_phrases_are_found_in_linear_time(kind: str) -> None:
    found: PhraseSet = getattr(phrases(), kind)
    start = time.thread_time()
    for first in (*found.by_first, "a", "1"):
        found.fits(f"{first} " * 500)
    assert time.thread_time() - start < SECONDS
