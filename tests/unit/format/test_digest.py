"""The text of a digest, on each platform and within its limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import TemplateError
from bot.format.render import render_post
from bot.format.templates import compile_digest
from bot.models.basics import ChannelId, FeedId, Platform
from bot.models.settings import Channel, Digest, TemplateText
from bot.models.stories import Article, Headline
from bot.models.times import Times
from tests.shipped import DIGEST_HTML, DIGEST_TEXT

if TYPE_CHECKING:
    from bot.models.posts import Post

EVERY_DAY = Times(of_days=((time(7),),) * 7)
FEED = FeedId("vn")
LINK = "https://example.org/tin?a=1&b=2"


def text_for(platform: Platform) -> TemplateText:
    return DIGEST_HTML if platform is Platform.TELEGRAM else DIGEST_TEXT


def channel(platform: Platform, **keys: Any) -> Channel:
    template = TemplateText(name="t", source="{{ title }}")
    return Channel(id=ChannelId("c"), platform=platform, template=template, **keys)


def drawn(
    *titles: str,
    platform: Platform = Platform.TELEGRAM,
    image: str | None = None,
    source: TemplateText | None = None,
    **keys: Any,
) -> Post:
    told = tuple(Headline(title=one, link=LINK, feed=FEED, image=image) for one in titles)
    article = Article(title="(digest)", headlines=told)
    template = compile_digest(source or text_for(platform), platform)
    return render_post(article, channel(platform, **keys), template)


def daily(platform: Platform, **keys: Any) -> Digest:
    return Digest(at=EVERY_DAY, template=text_for(platform), **keys)


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        (
            Platform.TELEGRAM,
            (
                "<b>Điểm tin</b>\n\n"
                '• <a href="https://example.org/tin?a=1&amp;b=2">A &lt;b&gt;</a>\n'
                '• <a href="https://example.org/tin?a=1&amp;b=2">B</a>'
            ),
        ),
        (Platform.X, "Điểm tin\n\n• A <b>\n• B"),
        (Platform.CONSOLE, f"Điểm tin\n\n• A <b>\n  {LINK}\n• B\n  {LINK}"),
    ],
)
def test_headlines_with_links_under_a_title(platform: Platform, text: str) -> None:
    post = drawn("A <b>", "B", platform=platform, digest=daily(platform))
    assert (post.text, post.told, post.is_continued) == (text, 2, True)


def test_the_operators_title() -> None:
    post = drawn("A", digest=daily(Platform.TELEGRAM, title="Sáng & tối"))
    assert post.text.startswith("<b>Sáng &amp; tối</b>")


def test_after_an_outage_the_rest_is_counted_and_left_out() -> None:
    post = drawn(*(f"Tin {number}" for number in range(25)))
    assert post.text.startswith("<b>Các tin khác</b>")
    assert post.text.endswith("… và 5 tin nữa")
    assert (post.told, post.is_continued) == (20, False)


@pytest.mark.parametrize("platform", list(Platform))
@settings(max_examples=40, deadline=None)
@given(
    titles=st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=50),
    is_planned=st.booleans(),
)
def test_a_digest_fits_and_tells_the_first_ones(
    platform: Platform, titles: list[str], *, is_planned: bool
) -> None:
    keys = {"digest": daily(platform)} if is_planned else {}
    post = drawn(*titles, platform=platform, image="https://example.org/1.jpg", **keys)
    assert post.limit is None or post.length <= post.limit
    assert 1 <= (post.told or 0) <= len(titles)
    assert post.text.count("•") >= (post.told or 0)
    # One more would not have fitted, unless there is none.
    plain = drawn(*titles, platform=platform, **keys)
    assert post.told == plain.told, "the picture costs no headline"


def test_a_picture_is_left_out_where_it_is_not_wanted() -> None:
    picture = "https://example.org/1.jpg"
    assert drawn("A", image=picture).image == picture
    never = replace(channel(Platform.TELEGRAM), image="never")
    told = (Headline(title="A", image=picture),)
    article = Article(title="(digest)", headlines=told)
    template = compile_digest(DIGEST_HTML, Platform.TELEGRAM)
    assert render_post(article, never, template).image is None


def test_a_template_that_leaves_no_room_says_so() -> None:
    full = TemplateText(name="full", source="x" * 4096 + "{{ headlines[0].title }}")
    with pytest.raises(TemplateError, match="leaves no room for a headline within 4096"):
        drawn("A", source=full)


def test_a_field_of_posts_is_none_of_digests() -> None:
    wrong = TemplateText(name="wrong", source="{{ lead }}")
    with pytest.raises(TemplateError, match='unknown field "lead"'):
        compile_digest(wrong, Platform.TELEGRAM)
