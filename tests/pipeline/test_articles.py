"""Articles of a poll: pages are read for what is owed and poor, and never needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import pytest

from bot.errors import TooCostly
from bot.models.basics import FeedId, Reason
from bot.models.feeds import FetchedPage, FetchFailed, Item, Page, ParsedFeed
from bot.models.settings import Feed
from bot.pipeline.articles import MOST_PAGES, ArticleWriter, pages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
LEAD = "Các công ty công nghệ tích trữ chip để tiếp tục cuộc đua AI toàn cầu trong năm nay."
PAGE = '<title>Tin {0} | Báo A</title><meta property="og:description" content="Tin {0}: {1}">'


@dataclass
class Pages:
    """A PageFetcher that has a page for every link but those that contain "broken"."""

    asked: list[str] = field(default_factory=list)
    body: str = ""

    async def fetch_pages(
        self, feed: Feed, links: Sequence[str]
    ) -> list[FetchedPage | FetchFailed]:
        self.asked += links
        failed = FetchFailed(reason=Reason(code="http_404", text="404 Not Found"))
        return [failed if "broken" in link else self.page(link) for link in links]

    def page(self, link: str) -> FetchedPage:
        body = self.body or PAGE.format(link.removeprefix("https://a.vn/"), LEAD)
        return FetchedPage(url=link, body=body.encode())


async def at_once(work: Callable[[], T]) -> T:
    return work()


def desk(items: Sequence[Item], pages: Pages, **settings: object) -> ArticleWriter:
    feed = Feed(id=FeedId("f"), url="https://a.vn/rss", **settings)
    return ArticleWriter(
        feed=feed, parsed=ParsedFeed(items=tuple(items)), pages=pages, offload=at_once
    )


def item(name: str, summary: str = "") -> Item:
    return Item(id=name, title=f"Tin {name}", link=f"https://a.vn/{name}", summary=summary)


async def test_pages_are_read_only_for_what_is_owed() -> None:
    items, pages = [item("a"), item("b"), item("broken")], Pages()
    written = await desk(items, pages).write(items, pages=[True, False, True])
    assert pages.asked == ["https://a.vn/a", "https://a.vn/broken"]
    assert [article.paragraphs for article in written.articles] == [(f"Tin a: {LEAD}",), (), ()]
    assert [reason.text for reason in written.unread_pages] == ["404 Not Found"]


async def test_never_means_never_and_a_flood_is_bounded() -> None:
    items, pages = [item(str(count)) for count in range(40)], Pages()
    await desk(items, pages, fetch_page="never").write(items, pages=[True] * 40)
    assert pages.asked == []
    await desk(items, pages, fetch_page="always").write(items, pages=[True] * 40)
    assert len(pages.asked) == MOST_PAGES


async def test_parts_that_an_unread_page_may_have_given_are_named() -> None:
    good = "Các công ty công nghệ tích trữ chip để tiếp tục cuộc đua AI toàn cầu trong năm nay."
    items = [item("read"), item("broken"), item("broken-2", good), item("old")]
    written = await desk(items, Pages()).write(items, pages=[True, True, True, False])
    both, more = {"image", "paragraphs"}, {"image", "following"}
    assert written.lacks == (set(), both, more, both)
    flood = [item(str(count)) for count in range(MOST_PAGES + 1)]
    written = await desk(flood, Pages()).write(flood, pages=[True] * len(flood))
    assert written.lacks == (*[set()] * MOST_PAGES, both)
    written = await desk(items, Pages(), fetch_page="never").write(items, pages=[True] * 4)
    assert written.lacks == (set(),) * 4


async def test_a_short_lead_is_followed_by_the_text_of_its_page() -> None:
    more = (
        "Mỹ hạn chế quyền mua chip theo ba cấp độ, và 20 hãng đã ký đơn xin được miễn trừ hôm qua."
    )
    other = "Các hãng khác chờ tới mùa thu để xem luật mới có được thông qua hay không."
    text = f"<h1>Tin a</h1><p>{LEAD}</p><p>{more}</p><p>{other}</p>"
    page = f"<html><head><title>Tin a</title></head><body><article>{text}</article></body></html>"
    items = [item("a", LEAD)]
    written = await desk(items, Pages(body=page)).write(items, pages=[True])
    assert written.articles[0].paragraphs[:2] == (LEAD, more)
    assert written.articles[0].origins[:2] == ("summary", "page")


async def test_the_page_of_another_is_not_read() -> None:
    items, pages = [item("a")], Pages(body=f"<title>Đăng nhập</title><p>{LEAD}</p>")
    written = await desk(items, pages).write(items, pages=[True])
    assert (written.articles[0].paragraphs, written.lacks) == ((), ({"image", "paragraphs"},))
    assert [reason.code for reason in written.unread_pages] == ["other_page"]


async def test_a_description_that_pages_share_gives_way_to_their_texts() -> None:
    body = (
        PAGE.replace("Tin {0}: {1}", "Nhanh, đúng và đủ mỗi ngày cùng báo của bạn.")
        + "<p>{2}</p>" * 9
    )
    items, pages = [item("a"), item("b")], Pages()
    pages.page = lambda link: FetchedPage(
        url=link, body=body.format(link[-1], "", f"Tin {link[-1]}: {LEAD}").encode()
    )
    written = await desk(items, pages).write(items, pages=[True, True])
    assert [article.paragraphs[0] for article in written.articles] == [
        f"Tin {name}: {LEAD}" for name in "ab"
    ]
    assert written.unread_pages == ()


async def test_repeated_lines_are_left_out_and_told() -> None:
    line = "Ủng hộ tòa soạn qua tài khoản ngân hàng."
    items = [item(str(count), f"Tin số {count} kể chuyện riêng. {line}") for count in range(4)]
    written = await desk(items, Pages()).write(items[:1], pages=[False])
    assert written.left_out == (line,)
    assert written.articles[0].paragraphs == ("Tin số 0 kể chuyện riêng.",)
    nothing = await desk(items, Pages()).write([], pages=[])
    assert (nothing.articles, nothing.left_out) == ((), ())


@pytest.mark.parametrize(
    ("costly", "tried", "read"), [({3}, 1 + MOST_PAGES, MOST_PAGES - 1), (set(range(99)), 1 + 2, 0)]
)
async def test_pages_that_cost_too_much_cost_the_others_little(
    costly: set[int], tried: int, read: int
) -> None:
    """Each of them holds a child process for seconds, which other feeds wait for."""
    links = [f"https://a.vn/{count}" for count in range(MOST_PAGES)]
    poison = {f"https://a.vn/{count}" for count in costly}
    works = []

    async def offload(work: Callable[[], T]) -> T:
        works.append(work)
        (sources,) = work.args  # type: ignore[attr-defined] # it is a partial
        if any(page.url in poison for page, _ in sources):
            raise TooCostly("it took more than 10 seconds of computing")
        return work()

    found = await pages_of([Pages().page(link) for link in links], links, offload)
    assert len(works) == tried
    assert sum(isinstance(page, Page) for page in found) == read
    assert {page.code for page in found if isinstance(page, Reason)} == {"too_costly"}
