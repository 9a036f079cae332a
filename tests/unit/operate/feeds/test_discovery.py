"""An address of any kind leads to the feeds of its site, or to the reason why there are none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, TypeVar

import pytest

from bot.models.basics import Reason
from bot.models.feeds import FetchedFeed, FetchFailed, Validators
from bot.operate.feeds.discovery import Discoverer, Found
from bot.operate.feeds.looks import rhythm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.models.feeds import FetchOutcome
    from bot.models.settings import Feed

T = TypeVar("T")
NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
ALTERNATE = '<link rel="alternate" type="application/rss+xml" title="{}" href="{}">'


def rss(title: str, *headlines: str, every: timedelta = timedelta(hours=6)) -> str:
    items = "".join(
        f"<item><title>{headline}</title><guid>{headline}</guid>"
        f"<pubDate>{format_datetime(NOW - place * every)}</pubDate></item>"
        for place, headline in enumerate(headlines)
    )
    return f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>"


def page(*feeds: str, title: str = "Báo A") -> str:
    links = "".join(ALTERNATE.format("", feed) for feed in feeds)
    return f"<html><head><title>{title}</title>{links}</head><body>Tin</body></html>"


class Web:
    """Answers by address; 404 for all others, no connection for those of `silent`."""

    def __init__(self, **answers: str) -> None:
        self.answers = {f"https://{host}": body for host, body in answers.items()}
        self.silent: dict[str, str] = {}
        self.asked: list[str] = []

    async def fetch(self, feed: Feed, validators: Validators) -> FetchOutcome:
        assert validators == Validators()
        self.asked.append(feed.url)
        for start, code in self.silent.items():
            if feed.url.startswith(start):
                return FetchFailed(reason=Reason(code=code, text=f"{start} is not there"))
        body = self.answers.get(feed.url.removesuffix("/"))
        if body is None:
            return FetchFailed(reason=Reason(code="http_404", text="404 Not Found"))
        return FetchedFeed(url=feed.url, body=body.encode())


async def at_once(work: Callable[[], T]) -> T:
    return work()


async def discover(web: Web, text: str, cwd: Path) -> Found:
    finder = Discoverer(fetcher=web, offload=at_once, now=NOW)
    return await finder.discover(text, cwd)


def addresses(found: Found) -> list[str]:
    return [offer.url for offer in found.offers]


@pytest.fixture
def web() -> Web:
    site = Web()
    site.answers = {
        "https://a.vn": page("/rss/moi.rss", "/rss/trong.rss", "/gone.rss", "/rss/so-hoa.rss"),
        "https://a.vn/rss/moi.rss": rss("Mới", "Tin 1", "Tin 2", "Tin 3", "Tin 4", "Tin 5"),
        "https://a.vn/rss/so-hoa.rss": rss("Số hóa", "Tin 2"),
        "https://a.vn/rss/trong.rss": rss("Trống"),
        "https://blog.vn": page(),
        "https://blog.vn/feed": rss("Blog", "Bài 1"),
        "https://links.vn": "<html><body><a href='/rss/tin.rss'>RSS</a>",
        "https://links.vn/rss/tin.rss": rss("Tin", "Bài 1"),
        "https://none.vn": page(title="Không có gì"),
        "https://social.vn/@tin.rss": rss("Tin", "Bài 1"),
        "https://t.me/tin": page(),
    }
    return site


@pytest.mark.parametrize(
    ("text", "feeds"),
    [
        ("https://a.vn/rss/moi.rss", ["https://a.vn/rss/moi.rss"]),
        ("a.vn/rss/moi.rss", ["https://a.vn/rss/moi.rss"]),
        ("a.vn", ["https://a.vn/rss/moi.rss", "https://a.vn/rss/so-hoa.rss", "https://a.vn/rss/trong.rss"]),
        ("https://blog.vn/", ["https://blog.vn/feed"]),
        ("https://links.vn", ["https://links.vn/rss/tin.rss"]),
        ("https://social.vn/@tin", ["https://social.vn/@tin.rss"]),
        ("@tin@social.vn", ["https://social.vn/@tin.rss"]),
    ],
)  # fmt: skip
async def test_found(web: Web, text: str, feeds: list[str], tmp_path: Path) -> None:
    assert addresses(await discover(web, text, tmp_path)) == feeds


async def test_an_offer_tells_its_newest_headlines_and_its_rhythm(web: Web, tmp_path: Path) -> None:
    first, second, empty = (await discover(web, "a.vn", tmp_path)).offers
    assert (first.title, first.items, first.headlines) == ("Mới", 5, ("Tin 1", "Tin 2", "Tin 3"))
    assert (first.newest, rhythm(first)) == (NOW, "about 4 a day")
    assert (rhythm(second), rhythm(empty)) == ("", "")
    web.answers["https://a.vn/w"] = rss("W", "1", "2", "3", every=timedelta(days=3))
    web.answers["https://a.vn/y"] = rss("Y", "1", "2", "3", every=timedelta(days=300))
    rhythms = [
        rhythm(*(await discover(web, f"https://a.vn/{name}", tmp_path)).offers) for name in "wy"
    ]
    assert rhythms == ["about 2 a week", "less than one a month"]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("https://a.vn/missing", "http_404", "404 Not Found"),
        ("https://none.vn", "no_feed", 'titled "Không có gì", that names no feed'),
        ("https://t.me/tin", "no_feed", "rsshub.app/telegram/channel/tin"),
        ("https://off.vn/rss", "dns", "is the network there"),
        ("off.vn", "dns", "is the network there"),
        ("https://wall.vn/", "challenge", "is not there"),
    ],
)
async def test_refused_with_the_reason(
    web: Web, text: str, code: str, words: str, tmp_path: Path
) -> None:
    web.silent = {"https://off.vn": "dns", "https://wall.vn": "challenge"}
    reason = (await discover(web, text, tmp_path)).reason
    assert reason is not None
    assert reason.code == code
    assert words in reason.text


async def test_a_bare_host_without_tls_is_asked_without(web: Web, tmp_path: Path) -> None:
    web.silent = {"https://old.vn": "refused"}
    web.answers["http://old.vn/rss"] = rss("Cũ", "Tin 1")
    assert addresses(await discover(web, "old.vn/rss", tmp_path)) == ["http://old.vn/rss"]
    web.asked = []
    await discover(web, "a.vn/missing", tmp_path)
    assert web.asked == ["https://a.vn/missing"], "a server that answers is asked once"


async def test_a_page_leads_to_no_private_host_but_its_own(web: Web, tmp_path: Path) -> None:
    web.answers["https://evil.vn"] = page(
        "http://192.168.1.1/rss", "http://nas/rss", "http://[::1]/rss", "https://x.internal/rss"
    )
    web.answers["http://nas"] = page("/rss", "http://localhost/rss")
    web.answers["http://nas/rss"] = rss("Của tôi", "Tin 1")
    assert (await discover(web, "https://evil.vn", tmp_path)).offers == ()
    assert all(address.startswith("https://evil.vn/") for address in web.asked[1:])
    assert addresses(await discover(web, "http://nas/", tmp_path)) == ["http://nas/rss"]
    assert "http://localhost/rss" not in web.asked


async def test_one_feed_at_several_addresses_is_offered_once(web: Web, tmp_path: Path) -> None:
    web.answers["https://two.vn"] = page("/rss", "/rss/")
    web.answers["https://two.vn/rss"] = rss("Một", "Tin 1")
    assert addresses(await discover(web, "two.vn", tmp_path)) == ["https://two.vn/rss"]


async def test_a_local_file_is_looked_at_too(web: Web, tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text("")
    web.answers[str(file)] = rss("Tệp", "Tin 1")
    for text in ("feed.xml", "./feed.xml", f"file://{file}"):
        assert addresses(await discover(web, text, tmp_path)) == [str(file)]


@pytest.mark.parametrize("text", ["/no/such.xml", "./such.xml", "../such.xml", "file:///no/such"])
async def test_a_path_is_no_address_whether_the_file_is_there_or_not(
    web: Web, text: str, tmp_path: Path
) -> None:
    assert (await discover(web, text, tmp_path / "here")).reason is not None
    (asked,) = web.asked
    assert asked.startswith("/")
    assert ".." not in asked


@pytest.mark.parametrize("text", ["", " "])
async def test_no_address_is_told_as_such(web: Web, text: str, tmp_path: Path) -> None:
    reason = (await discover(web, text, tmp_path)).reason
    assert reason is not None
    assert (reason.code, web.asked) == ("bad_address", [])


@pytest.mark.parametrize("text", ["file://[x", "http://[x", "such.xml"])
async def test_what_names_no_file_is_asked_of_the_web(web: Web, text: str, tmp_path: Path) -> None:
    assert (await discover(web, text, tmp_path)).reason is not None
    assert all("://" in address for address in web.asked)
