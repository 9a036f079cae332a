"""An article's page: what it says of the article, and that no page does harm."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.page import read_page, read_pages
from bot.models.feeds import FetchedPage, Page

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
LINK = "https://example.vn/tin/1.html"
NEWS = "Các công ty công nghệ tích trữ chip để tiếp tục cuộc đua AI toàn cầu trong năm nay."
MORE = (
    "Trong nhiệm kỳ của mình, ông Biden đưa ra các quy định hạn chế chip theo ba cấp độ khác nhau."
)


def read(markup: str | bytes, *, url: str = LINK, content_type: str = "text/html") -> Page:
    body = markup if isinstance(markup, bytes) else markup.encode()
    return read_page(FetchedPage(url=url, body=body, content_type=content_type), LINK)


def json_ld(**values: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(values)}</script>'


@pytest.mark.parametrize(
    "markup",
    [
        f'<meta property="og:description" content="{NEWS}">',
        f'<meta name="description" content="Khác."><meta property="og:description" content="{NEWS}">',
        json_ld(**{"@type": "NewsArticle", "description": NEWS}),
        json_ld(**{"@graph": [{"@type": "WebPage"}, {"@type": ["BlogPosting"], "description": NEWS}]}),
        f'<meta name="twitter:description" content="{NEWS}">',
        f'<meta name="description" content="{NEWS}">',
    ],
)  # fmt: skip
def test_description(markup: str) -> None:
    assert read(markup).description == NEWS


def test_text_is_looked_for_unless_only_the_picture_is_wanted() -> None:
    paragraphs = "".join(f"<p>{NEWS}</p><p>{MORE}</p>" for _ in range(4))
    page = f"<html><body><nav>Trang chủ</nav><article><h1>Tin</h1>{paragraphs}</article></body>"
    found = read(f'<meta property="og:description" content="Tin hay nhất">{page}')
    assert NEWS in found.text
    assert "\n\n" in found.text
    assert "Trang chủ" not in found.text
    assert MORE in read(f'<meta property="og:description" content="{NEWS}">{page}').text
    fetched = FetchedPage(url=LINK, body=page.encode())
    assert read_page(fetched, LINK, with_text=False).text == ""
    assert read(json_ld(**{"@type": "Article", "articleBody": MORE})).text == MORE


SLOGAN = (
    "Báo Số Thử là trang tin công nghệ hàng đầu Việt Nam, cập nhật tin tức mới nhất mỗi ngày, "
    "nhanh và chính xác."
)


def page_with(description: str, text: str, extra: str = "") -> str:
    body = "".join(f"<p>{text} Đoạn {number} kể rằng {MORE}</p>" for number in range(4))
    meta = f'<meta property="og:description" content="{description}">'
    return (
        f"<html><head><title>Tin</title>{meta}{extra}</head><body><article>{body}</article></body>"
    )


def test_a_slogan_in_the_description_is_not_the_articles() -> None:
    found = read(page_with(SLOGAN, NEWS))
    assert found.description == ""
    assert NEWS in found.text
    named = '<meta property="og:site_name" content="Báo Số Thử">'
    short = read(page_with("Báo Số Thử - nhanh, đúng, đủ", NEWS, named))
    assert short.description == ""
    # A summary in other words than the article's is right, as is one of a page that shows nothing.
    summary = "Giới kỹ nghệ mua vội linh kiện, vì cuộc đua AI toàn cầu trong năm nay rất gấp gáp."
    assert read(page_with(summary, NEWS)).description == summary
    assert read(f'<meta name="description" content="{SLOGAN}">').description == SLOGAN


def test_a_description_of_several_pages_says_nothing() -> None:
    shared = "Đọc nhanh mỗi sáng cùng chúng tôi"
    sources = [
        (FetchedPage(url=LINK + number, body=page_with(shared, text).encode()), LINK + number)
        for number, text in (("?1", NEWS), ("?2", MORE))
    ]
    assert [page.description for page in read_pages(sources)] == ["", ""]
    assert [NEWS in page.text or MORE in page.text for page in read_pages(sources)] == [True, True]
    assert [page.description for page in read_pages(sources[:1])] == [shared]


@pytest.mark.parametrize(("pages", "is_kept"), [(2, True), (3, False)])
def test_a_picture_of_three_pages_is_the_sites(pages: int, *, is_kept: bool) -> None:
    image = '<meta property="og:image" content="https://i.vn/chung.jpg">'
    sources = [
        (FetchedPage(url=f"{LINK}?{number}", body=f"<h1>{number}</h1>{image}".encode()), LINK)
        for number in range(pages)
    ]
    assert [page.image is not None for page in read_pages(sources)] == [is_kept] * pages


def test_a_page_tells_its_headings_and_its_text_without_links() -> None:
    found = read(
        "<title>Một | Báo</title><meta property='og:title' content='Hai'><script>x = 1</script>"
        "<header><h1>Ba <b>bốn</b></h1></header><nav>Menu</nav><div>Năm <a href=x>sáu</a> bảy"
        "<style>p{}</style></div><footer>Chân</footer>"
        + json_ld(**{"@type": "Article", "headline": "Tám"})
    )
    assert found.headings == ("Hai", "Tám", "Một | Báo", "Ba bốn")
    assert found.shown.split() == ["Năm", "bảy"]


@pytest.mark.parametrize(
    ("markup", "image"),
    [
        ('<meta property="og:image" content="/i.jpg?s=a%2Fb&amp;t=1">', ("https://example.vn/i.jpg?s=a%2Fb&t=1", None, None)),
        ('<meta property="og:image" content="https://i.vn/1.jpg"><meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">', ("https://i.vn/1.jpg", 1200, 630)),
        (json_ld(**{"@type": "Article", "image": {"url": "https://i.vn/2.jpg", "width": 800}}), ("https://i.vn/2.jpg", 800, None)),
        (json_ld(**{"@type": "Article", "image": ["https://i.vn/3.jpg"]}), ("https://i.vn/3.jpg", None, None)),
        ('<meta name="twitter:image" content="https://i.vn/4.jpg">', ("https://i.vn/4.jpg", None, None)),
        ('<meta property="og:image" content="javascript:alert(1)">', None),
        ("<img src=/other.jpg>", None),
    ],
)  # fmt: skip
def test_image(markup: str, image: tuple[str, int | None, int | None] | None) -> None:
    found = read(markup).image
    assert (found and (found.url, found.width, found.height)) == image
    assert found is None or found.source == "page"


@pytest.mark.parametrize(
    ("markup", "url"),
    [
        ('<link rel="canonical" href="https://example.vn/">', LINK),
        ('<meta property="og:url" content="https://example.vn">', LINK),
        ("", "https://example.vn/"),
    ],
)
def test_the_front_page_in_place_of_the_article_says_nothing(markup: str, url: str) -> None:
    description = f'<meta property="og:description" content="{NEWS}">'
    assert read(markup + description, url=url) == Page()


@pytest.mark.parametrize(
    ("base", "image"),
    [
        ('<base href="https://cdn.vn/goc/">', "https://cdn.vn/goc/anh/1.jpg"),
        ('<base target="_blank"><base href="/b/">', "https://a.vn/b/anh/1.jpg"),
        ('<base href="javascript:1">', "https://a.vn/anh/1.jpg"),
    ],
)
def test_the_base_of_a_page_leads_to_its_picture(base: str, image: str) -> None:
    found = read(f'{base}<meta property="og:image" content="anh/1.jpg">', url="https://a.vn/tin")
    assert found.image is not None
    assert found.image.url == image


def test_only_encodings_of_the_web_are_used() -> None:
    """Python's punycode takes quadratic time."""
    markup = (
        b'<meta charset="punycode"><meta name="description" content="\xffx"> ' + b"a-" * 200_000
    )
    assert read(markup).description.endswith("x")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (NEWS.encode(), "text/html; charset=iso-8859-1"),
        (b"\xef\xbb\xbf" + NEWS.encode(), "text/html"),
        (NEWS.encode("utf-16"), "text/html; charset=utf-16"),
    ],
)
def test_encodings(body: bytes, content_type: str) -> None:
    name = "utf-16" if "16" in content_type else "utf-8"
    markup = f'<meta name="description" content="{NEWS}">'.encode(name)
    assert read(markup, content_type=content_type).description == NEWS


def test_older_encodings() -> None:
    markup = '<meta charset="windows-1251"><meta name="description" content="Новый чип для дома">'
    assert read(markup.encode("cp1251")).description == "Новый чип для дома"
    assert read(b'<meta charset="nonsense"><meta name="description" content="\xff">')
    assert read(b'<meta name="description" content="caf\xe9">').description == "café"


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace"))
    )
)
def test_no_page_raises(body: bytes) -> None:
    assert read(body)
    assert read(b"<script type='application/ld+json'>" + body)


@pytest.mark.parametrize(
    "monster",
    ["<div>" * 100_000, "<p>x " * 50_000, "<table><tr><td>" * 30_000,
     '<script type="application/ld+json">' + "[" * 100_000,
     f"<a {' '.join(f'a{n}=1' for n in range(180_000))}>", f"<a b='>' {'/'.join(map(str, range(200_000)))}>",
     json_ld(**{"@graph": [{"@type": "x"}] * 5_000}), "<a href=x>" * 20_000 + "x"],
)  # fmt: skip
def test_monsters_are_survived(monster: str) -> None:
    start = time.thread_time()
    assert len(read(monster).text) <= 6_000
    assert time.thread_time() - start < 10  # what is not bounded takes minutes


def test_a_script_that_compares_is_no_tag_of_many_attributes() -> None:
    script = "<script>for (i=0;i<n;i++) { x = 'a'; } " + "call ( i ) ; " * 5_000 + "</script>"
    quoted = f"<div data-props='{json.dumps(['a > b'] * 5_000)}'>"
    markup = f'{script}{quoted}<meta property="og:description" content="{NEWS}">'
    assert read(markup).description == NEWS


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the checkout")
def test_pages_of_the_corpus() -> None:
    with (CORPUS / "MANIFEST-pages.csv").open(encoding="utf-8") as listing:
        rows = list(csv.DictReader(listing))
    for row in rows:
        body = (CORPUS / row["file"]).read_bytes()
        page = read_page(FetchedPage(url=row["url"], body=body), row["url"])
        assert page.description, row["file"]
        assert (page.image.url if page.image else "") == row["og_image"], row["file"]
