"""The contract of `ports.PictureFetcher`, and looks through it, over HTTP against a stand-in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.collect.http import FetchLimits
from bot.collect.http.pictures import HttpPictureFetcher
from bot.models.feeds import FetchFailed
from bot.models.pictures import FetchedPicture, FetchedStart
from bot.publish.pictures.source import CheckedPictures
from tests.standins.feeds import FeedServer, Reply, Trouble, redirect, trouble
from tests.standins.pictures import PICTURES, drawn, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.models.pictures import Verdict
    from bot.ports import PictureFetcher

LIMITS = FetchLimits(connect=2, read=1, total=2, max_bytes=50_000, max_redirects=3, per_host=2)
ALLOWED = ("127.0.0.1",)


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[HttpPictureFetcher]:
    async with HttpPictureFetcher(
        contact="https://example.org/bot", version="1.2", limits=LIMITS
    ) as opened:
        yield opened


async def outcome(fetcher: PictureFetcher, url: str, *, allow: tuple[str, ...] = ALLOWED) -> str:
    """Return the type of what came, or the code of the failure."""
    found = await fetcher.fetch_picture(url, allow)
    if isinstance(found, FetchedPicture):
        return found.content_type
    assert isinstance(found, FetchFailed)
    assert "\n" not in found.reason.text
    return found.reason.code


async def test_brings_the_bytes_and_their_type(server, fetcher: PictureFetcher) -> None:
    found = await fetcher.fetch_picture(server.serve("/a.jpg", served(drawn())), ALLOWED)
    assert found == FetchedPicture(data=drawn(), content_type="image/jpeg")
    assert str(drawn()[:20])[2:-1] not in repr(found)


async def test_says_who_asks_and_nothing_else(server, fetcher: PictureFetcher) -> None:
    url = server.serve("/a.jpg", served(drawn())).replace("//", "//user:word@")
    assert await outcome(fetcher, url) == "image/jpeg"
    headers = server.requests[0].headers
    assert headers["User-Agent"] == "newsbot/1.2 (+https://example.org/bot)"
    assert headers["Accept"].startswith("image/jpeg")
    assert not {"Authorization", "Cookie", "Referer"} & set(headers)


async def test_private_addresses_are_refused(server, fetcher: PictureFetcher) -> None:
    url = server.serve("/a.jpg", served(drawn()))
    assert await outcome(fetcher, url, allow=()) == "private_address"
    localhost = url.replace("127.0.0.1", "localhost")
    assert await outcome(fetcher, localhost) == "private_address"
    assert await outcome(fetcher, localhost, allow=("LocalHost",)) == "image/jpeg"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "address",
    ["http://[::1]:{port}/a", "http://localhost:{port}/a", "http://2130706433:{port}/a",
     "http://[::ffff:127.0.0.1]:{port}/a", "http://169.254.169.254/latest/meta-data"],
)  # fmt: skip
async def test_redirects_into_private_networks_are_refused(server, fetcher, address: str) -> None:
    port = server.base.rpartition(":")[2].strip("/")
    url = server.serve("/out", redirect(address.format(port=port)))
    assert await outcome(fetcher, url) in {"private_address", "dns", "bad_address"}
    assert len(server.requests) == 1


async def test_redirects_are_followed_but_not_for_ever(server, fetcher) -> None:
    server.serve("/new.jpg", served(drawn()))
    assert await outcome(fetcher, server.serve("/old", redirect("/new.jpg", 301))) == "image/jpeg"
    assert await outcome(fetcher, server.serve("/loop", redirect("/loop"))) == "redirect_loop"


HUGE = Reply(
    b"x", headers={"Content-Length": str(10**12)}, trouble=Trouble(kind="hold_body")
)  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (served(b"", status=403), "http_403"),
        (served(b"", status=404), "http_404"),
        (served(b"", status=410), "gone"),
        (served(b"", status=503), "http_503"),
        (served(b"x" * 60_000), "too_large"),
        (served(b"x" * 500_000, encoding="gzip"), "too_large"),
        (HUGE, "too_large"),
        (trouble("endless"), "too_large"),
        (trouble("hold_headers"), "read_timeout"),
        (trouble("hold_body"), "read_timeout"),
        (trouble("trickle"), "timeout"),
        (trouble("reset_midway"), "connection_lost"),
        (trouble("bad_http"), "bad_response"),
    ],
)
async def test_a_failure_has_its_reason(server, fetcher, reply: Reply, code: str) -> None:
    assert await outcome(fetcher, server.serve("/a.jpg", reply)) == code


@pytest.mark.parametrize("url", ["", "mailto:a@b.vn", "http://", "/x.jpg", "file:///etc/passwd"])
async def test_an_address_must_be_of_the_web(fetcher, url: str) -> None:
    assert await outcome(fetcher, url) == "bad_address"


async def test_a_slow_server_takes_no_longer_than_the_deadline(server) -> None:
    urls = [server.serve(f"/{count}", trouble("hold_headers")) for count in range(9)]
    limits = FetchLimits(connect=2, read=9, total=0.3)
    async with HttpPictureFetcher(contact=None, version="1", limits=limits) as fetcher:
        codes = await asyncio.gather(*(outcome(fetcher, url) for url in urls))
    assert codes == ["timeout"] * 9


async def test_cancelling_passes_through(server, fetcher: PictureFetcher) -> None:
    url = server.serve("/a", trouble("hold_headers"))
    task = asyncio.create_task(fetcher.fetch_picture(url, ALLOWED))
    await server.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# --- looks ---------------------------------------------------------------------------------------


async def in_thread(work: Callable[[], Verdict]) -> Verdict:
    return await asyncio.to_thread(work)


LOOKS = {
    "/photo.jpg": "Fetchable",
    "/photo.png": "Fetchable",
    "/photo.webp": "Fetchable",
    "/photo.avif": "Uploadable",
    "/moving.gif": "Uploadable",
    "/drawing.svg": "Unfit",
    "/seen.gif": "Unfit",
    "/torn.jpg": "Unfit",
    "/wall.jpg": "Unfit",
    "/hotlink.jpg": "OutOfReach",
    "/slow.jpg": "OutOfReach",
    "/huge.jpg": "Unfit",
    "/inward.jpg": "Unfit",
    "/lost.jpg": "Unfit",
}


async def test_looks_at_a_web_of_pictures(server, fetcher: PictureFetcher) -> None:
    for path, (draw, kind) in PICTURES.items():
        server.serve(path, served(draw(), kind))
    server.serve("/hotlink.jpg", served(b"no", status=403))
    server.serve("/slow.jpg", trouble("hold_body"))
    server.serve("/huge.jpg", HUGE)
    server.serve("/inward.jpg", redirect(server.url("/photo.jpg").replace("127.0.0.1", "[::1]")))
    server.serve("/lost.jpg", served(b"", status=404))
    async with CheckedPictures(fetcher, in_thread) as pictures:
        looks = await asyncio.gather(
            *(pictures.examine(server.url(path), allow_hosts=ALLOWED) for path in LOOKS)
        )
    found = {path: type(look).__name__ for path, look in zip(LOOKS, looks, strict=True)}
    assert found == LOOKS


async def test_the_start_of_a_film_is_brought_with_the_size_of_all(server, fetcher) -> None:
    film = b"\0\0\0\x18ftypmp42" + bytes(9_999)
    url = server.serve("/a.mp4", served(film, "video/mp4"))
    assert await fetcher.fetch_start(url, ALLOWED) == FetchedStart(data=film[:16], size=len(film))
    short = server.serve("/b.mp4", served(b"ID3"))
    assert await fetcher.fetch_start(short, ALLOWED) == FetchedStart(data=b"ID3", size=3)
    packed = server.serve("/c.mp4", served(film, encoding="gzip"))
    assert (await fetcher.fetch_start(packed, ALLOWED)).size is None


async def test_the_start_of_a_film_that_comes_byte_by_byte_is_whole(server, fetcher) -> None:
    url = server.serve("/a.mp4", served(b"\0\0\0", trouble=Trouble(kind="trickle")))
    found = await fetcher.fetch_start(url, ALLOWED)
    assert found == FetchedStart(data=b"\0\0\0" + b" " * 13, size=None)


async def test_no_start_comes_from_where_no_picture_may(server, fetcher) -> None:
    lost = await fetcher.fetch_start(server.serve("/a.mp4", served(b"", status=404)), ALLOWED)
    assert (isinstance(lost, FetchFailed), lost.reason.code) == (True, "http_404")
    private = await fetcher.fetch_start(server.serve("/b.mp4", served(b"film")), ())
    assert (isinstance(private, FetchFailed), private.reason.code) == (True, "private_address")
