"""Posts: what fits, what is left out, and that nothing a feed sends can break one."""

from __future__ import annotations

import html.parser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import TemplateError
from bot.format.text import fold
from bot.format.twitter import extract_urls, parse_tweet
from bot.models.feeds import FetchedFeed, Image, ParsedFeed
from bot.models.stories import Article

if TYPE_CHECKING:
    from bot.models.posts import Post

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "feeds"
LEAD = "Câu đầu tiên kể hết mọi chuyện quan trọng cho người đọc. Câu thứ hai nói thêm một ít."
LINK = "https://example.vn/tin/1.html"


class Reader(html.parser.HTMLParser):
    """An independent reading of Telegram's HTML: its text, and whether its tags are in order."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.entities = 0
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in {"a", "b", "i"} or (tag == "a" and [name for name, _ in attrs] != ["href"]):
            self.wrong.append(tag)
        self.open.append(tag)
        self.entities += 1

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.wrong.append(data)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check(post: Post) -> None:
    """Assert that the platform would take `post`, by counting and parsing that is not the bot's."""
    post.text.encode()
    assert post.text == post.text.strip()
    assert post.text
    if post.platform == "telegram":
        read = Reader(post.text)
        assert (read.wrong, read.open) == ([], [])
        assert read.entities <= 100
        assert post.length == utf16(read.text) <= post.limit == (1024 if post.image else 4096)
        assert len(post.text.encode()) < 32_768
    if post.platform == "x":
        assert parse_tweet(post.text).weightedLength <= post.length <= 280 == post.limit
        assert post.has_link or not extract_urls(post.text)
        assert post.buttons == ()
        assert post.image is None or not post.has_link


PIECES = [
    *"<>&\"'/;#@.,!? \n\t", "\ud800", "\x00", "e\u0301", "\u0323", "👨\u200d👩\u200d👧", "🇻🇳",
    "👍🏽", "مرحبا ", "\u202e", "नमस्ते ", "ข่าว", "中文。", "ﷺ", "node.io ", "https://a.vn/x ",
    "<b>", "</a>", "<script>", "&amp;lt;", "Tiếng Việt ", "x" * 90, "đ\u0323" * 700, "ﷺ" * 300, "שָׁלוֹם", "می\u200cخواهم ", "Câu dài hơn một chút. ",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=300),
    st.lists(st.sampled_from(PIECES), max_size=80).map("".join),
)
ADDRESSES = st.one_of(
    st.none(),
    TEXTS,
    TEXTS.map(lambda text: f"https://example.vn/{text}"),
    TEXTS.map(lambda text: f"http://{text}"),
)


ITEMS = st.fixed_dictionaries(
    {
        "feed_title": TEXTS,
        "title": TEXTS,
        "summary": TEXTS,
        "content": TEXTS,
        "link": ADDRESSES,
        "comments": ADDRESSES,
        "categories": st.lists(TEXTS, max_size=4).map(tuple),
        "images": st.lists(TEXTS.map(lambda url: Image(url=url)), max_size=2).map(tuple),
    }
)
OPTIONS = st.fixed_dictionaries(
    {
        "without": st.frozensets(st.sampled_from(["image", "buttons", "markup"])),
        "link": st.sampled_from(["always", "never", "budget"]),
    }
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(item=ITEMS, options=OPTIONS)
def test_any_item_of_a_feed_becomes_a_post_that_is_taken(
    desk: Any, item: dict[str, Any], options: dict[str, Any]
) -> None:
    article = desk.article(**item)
    for platform in ("telegram", "x", "console"):
        check(desk.post(article, platform, **options))


@pytest.mark.parametrize(
    "monster",
    ["a." * 20_000, ".!" * 20_000, "<p>" * 20_000, "x\u0301\u0327" * 20_000, "www." * 9_000],
)
def test_monsters_cost_little(monster: str, desk: Any) -> None:
    article = desk.article(title=monster, summary=monster, link=f"https://a.vn/{monster}"[:1_900])
    for platform in ("telegram", "x", "console"):
        check(desk.post(article, platform))


def test_hashtags_give_way_before_the_lead_on_x(desk: Any) -> None:
    article = Article(
        title="T" * 100,
        paragraphs=("Chữ " * 28 + "hết.",),
        link=LINK,
        categories=("Một", "Hai", "Ba"),
    )
    post = desk.post(article, "x")
    assert "Chữ Chữ" in post.text
    assert "#Một" not in post.text or post.length <= 280


@pytest.mark.parametrize(
    ("title", "lead", "tags", "expected"),
    [
        ("Tin ngắn", LEAD, ("AI",), f"Tin ngắn\n\n{LEAD}\n\n#AI\n{LINK}"),
        ("T" * 175, LEAD, ("AI",), f"{'T' * 175}\n\n{LEAD.partition('. ')[0]}.\n\n#AI\n{LINK}"),
        ("T" * 230, LEAD, ("AI",), f"{'T' * 230}\n\n#AI\n{LINK}"),
        ("Chữ " * 90, LEAD, ("AI",), f"{'Chữ ' * 50}Chữ…\n{LINK}"),
    ],
)
def test_the_parts_of_a_post_on_x_give_way_in_order(
    title: str, lead: str, tags: Any, expected: str, desk: Any
) -> None:
    article = Article(title=title.strip(), paragraphs=(lead,), link=LINK, categories=tags)
    post = desk.post(article, "x")
    check(post)
    if title.startswith("Chữ"):
        assert post.text.startswith("Chữ Chữ")
        assert "…\n\n" in post.text
        assert post.length > 260
    else:
        assert post.text == expected


def test_lead_is_short_although_more_would_fit(desk: Any) -> None:
    sentences = [f"Câu số {count} kể thêm một chuyện nữa cho người đọc." for count in range(90)]
    article = desk.article(title="T", content=f"<p>{' '.join(sentences)}</p>")
    lead = desk.post(article, "telegram").text.split("\n\n")[1]
    assert lead == " ".join(sentences[:4])  # two sentences, or as many as make 160 letters


def test_a_caption_has_less_room_than_a_message(desk: Any) -> None:
    article = desk.article(title="T", images=(Image(url="https://a.vn/1.jpg"),))
    assert desk.post(article, "telegram").limit == 1024
    assert desk.post(article, "telegram", image="never").limit == 4096
    bare = desk.post(article, "telegram", without=frozenset({"image"}))
    assert (bare.limit, bare.image) == (4096, None)


def test_long_template_shortens_lead_then_hashtags_then_title_on_telegram(desk: Any) -> None:
    article = Article(
        title="Tiêu đề " * 10, paragraphs=(LEAD,), link=LINK, categories=("Một", "Hai")
    )
    for fill in range(3_850, 4_090, 12):
        post = desk.post(
            article, "telegram",
            template="x" * fill + "\n{{ title }}\n{{ lead }}\n{{ hashtags | join(' ') }}",
        )  # fmt: skip
        check(post)
        assert "Tiêu" in post.text or post.text.endswith("…")


def test_template_without_room_for_a_title_is_refused(desk: Any) -> None:
    with pytest.raises(TemplateError, match="its fixed text takes 300 of the 280 characters"):
        desk.post(Article(title="Tin"), "x", template="x" * 300 + "{{ title }}")


def test_post_without_markup_keeps_text_and_link(desk: Any) -> None:
    article = Article(title="A <b> & B", paragraphs=(LEAD,), link=f"{LINK}?a=1&b=2", source="S")
    post = desk.post(article, "telegram", without=frozenset({"markup"}))
    check(post)
    assert post.text == f"A &lt;b&gt; &amp; B\n\n{LEAD}\n\nS\n\n{LINK}?a=1&amp;b=2"


def test_parts_are_left_out_and_silence_is_passed_on(desk: Any) -> None:
    article = Article(title="t", link=LINK)
    post = desk.post(article, "telegram", without=frozenset({"buttons"}), silent=True)
    assert (post.buttons, post.silent, post.has_link, post.link) == ((), True, True, LINK)


def test_post_on_x_without_link_names_its_source_and_holds_no_address(desk: Any) -> None:
    article = Article(
        title="node.io ra mắt",
        paragraphs=("Tải tại http://x.vn/a, @ai nói.",),
        link=LINK,
        source="báo.vn",
    )
    post = desk.post(article, "x", link="never")
    assert (post.link, post.has_link, extract_urls(post.text)) == (None, False, [])
    assert post.text.replace("\u2060", "") == (
        "node.io ra mắt\n\nTải tại http://x.vn/a, @ai nói.\n\nbáo.vn"
    )


def test_only_link_of_a_post_on_x_is_the_articles(desk: Any) -> None:
    article = Article(title="node.io và @ai", link=f"{LINK}?q=đ(1)")
    post = desk.post(article, "x")
    assert extract_urls(post.text) == [post.link] == [f"{LINK}?q=%C4%91%281%29"]
    assert "@ai" not in post.text
    assert post.has_link


def test_address_that_x_does_not_know_counts_in_full(desk: Any) -> None:
    short = desk.post(Article(title="t", link="http://127.0.0.1:81/x"), "x")
    assert (short.text, short.has_link) == ("t\n\nhttp://127.0.0.1:81/x", False)
    long = desk.post(Article(title="t", link="http://127.0.0.1/" + "x" * 300, source="S"), "x")
    assert (long.text, long.link) == ("t\n\nS", None)


def test_console_shows_everything(desk: Any) -> None:
    article = Article(
        title="T", link=LINK, source="S", image="https://a.vn/1.jpg", categories=("AI",)
    )
    text = desk.post(article, "console", share=("copy", "facebook")).text
    assert text.startswith(
        f"T\nS\n\n{LINK}\n#AI\nhttps://a.vn/1.jpg\n\nFacebook: https://www.facebook"
    )


@pytest.mark.corpus
@pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the shared corpus of feeds is not beside the checkout"
)
@pytest.mark.long
@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.soak)])
def test_every_feed_of_the_corpus_becomes_posts(desk: Any, step: int) -> None:
    parse = pytest.importorskip("bot.collect.parse")
    count = 0
    for path in sorted(CORPUS.iterdir())[1::step]:  # the tests of the program take others
        feed = parse.parse_feed(FetchedFeed(url="https://example.org/feed", body=path.read_bytes()))
        for item in feed.items[:15] if isinstance(feed, ParsedFeed) else ():
            fields = {name: getattr(item, name) for name in item.__slots__}
            article = desk.article(feed_title=feed.title, **fields)
            for platform in ("telegram", "x"):
                check_corpus_post(desk.post(article, platform), article, path.name)
                count += 1
    assert count > 3_000 / step


def check_corpus_post(post: Post, article: Article, name: str) -> None:
    check(post)
    text = Reader(post.text).text if post.platform == "telegram" else post.text
    assert "None" not in text or "None" in article.title + "".join(article.paragraphs), name
    assert not any(sign in text for sign in ("&amp;", "&nbsp;", "&#", "</p>", "<br")), (name, text)
    assert article.title not in article.paragraphs, name
    lead = "".join(article.paragraphs[:1])
    assert not lead or fold(lead.rstrip("….")) != fold(article.title.rstrip("….")), name
