"""One verdict serves all who want it; fetching, time and threads are replaced."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import Reason
from bot.models.feeds import FetchFailed
from bot.models.pictures import Clip, Fetchable, FetchedPicture, FetchedStart, OutOfReach, Unfit
from bot.publish.pictures.source import CheckedPictures, Keeping
from tests.standins.pictures import HTML, drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.models.pictures import Verdict

PHOTO = FetchedPicture(data=drawn(), content_type="image/jpeg")
SIZE = len(PHOTO.data)


class Web:
    """Answers each address with what was laid there, when the gate is open."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, frozenset[str]]] = []
        self.found: dict[str, FetchedPicture | FetchFailed] = {}
        self.starts: dict[str, FetchedStart | FetchFailed] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch_picture(
        self, url: str, allow_hosts: Collection[str]
    ) -> FetchedPicture | FetchFailed:
        self.asked.append((url, frozenset(allow_hosts)))
        await self.gate.wait()
        return self.found.get(url, PHOTO)

    async def fetch_start(
        self, url: str, allow_hosts: Collection[str]
    ) -> FetchedStart | FetchFailed:
        self.asked.append((url, frozenset(allow_hosts)))
        return self.starts[url]


async def at_once(work: Callable[[], Verdict]) -> Verdict:
    return work()


class Source:
    """Pictures over a web and a clock of their own."""

    def __init__(self, **keeping: float) -> None:
        self.web = Web()
        self.now = 0.0
        self.pictures = CheckedPictures(
            self.web,
            at_once,
            keeping=Keeping(**keeping),  # type: ignore[arg-type]
            now=lambda: self.now,
        )

    async def examine(self, url: str = "https://a.vn/1.jpg", *hosts: str) -> Verdict:
        return await self.pictures.examine(url, allow_hosts=hosts)


def failed(code: str) -> FetchFailed:
    return FetchFailed(reason=Reason(code=code, text="why"))


async def test_looks_at_the_same_time_are_one_request() -> None:
    source = Source()
    source.web.gate.clear()
    tasks = [asyncio.create_task(source.examine()) for _ in range(5)]
    await asyncio.sleep(0)
    source.web.gate.set()
    verdicts = await asyncio.gather(*tasks)
    assert len(source.web.asked) == 1
    assert all(verdict is verdicts[0] for verdict in verdicts)
    assert isinstance(verdicts[0], Fetchable)


async def test_one_who_gives_up_does_not_end_the_look_of_the_others() -> None:
    source = Source()
    source.web.gate.clear()
    first, second = (asyncio.create_task(source.examine()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    source.web.gate.set()
    assert isinstance(await second, Fetchable)
    assert len(source.web.asked) == 1


async def test_a_look_is_kept_for_a_while() -> None:
    source = Source(seconds=600)
    await source.examine()
    source.now = 599
    await source.examine()
    assert len(source.web.asked) == 1
    source.now = 600
    await source.examine()
    assert len(source.web.asked) == 2


async def test_an_address_that_was_not_reached_is_tried_again_soon() -> None:
    source = Source(seconds=600, out_of_reach=60)
    source.web.found["https://a.vn/1.jpg"] = failed("timeout")
    assert isinstance(await source.examine(), OutOfReach)
    source.web.found.clear()
    source.now = 59
    assert isinstance(await source.examine(), OutOfReach)
    source.now = 60
    assert isinstance(await source.examine(), Fetchable)


async def test_a_host_that_one_feed_may_reach_is_closed_to_another() -> None:
    source = Source()
    await source.examine("https://a.vn/1.jpg", "a.vn")
    await source.examine()
    assert [hosts for _, hosts in source.web.asked] == [{"a.vn"}, set()]


async def test_no_more_bytes_are_kept_than_allowed() -> None:
    source = Source(most_bytes=2 * SIZE)
    for number in (1, 2, 3, 3, 2, 1):
        await source.examine(f"https://a.vn/{number}.jpg")
    assert [url[-5] for url, _ in source.web.asked] == ["1", "2", "3", "1"]


async def test_a_picture_larger_than_all_room_is_not_kept() -> None:
    source = Source(most_bytes=SIZE - 1)
    for _ in range(2):
        assert isinstance(await source.examine(), Fetchable)
    assert len(source.web.asked) == 2


async def test_no_more_looks_are_kept_than_allowed() -> None:
    source = Source(most_verdicts=2)
    page = FetchedPicture(data=HTML, content_type="text/html")
    source.web.found = {f"https://a.vn/{number}": page for number in range(3)}
    for number in (0, 1, 2, 0):
        assert isinstance(await source.examine(f"https://a.vn/{number}"), Unfit)
    assert len(source.web.asked) == 4


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("http_404", Unfit),
        ("gone", Unfit),
        ("too_large", Unfit),
        ("private_address", Unfit),
        ("bad_address", Unfit),
        ("redirect_loop", Unfit),
        ("http_403", OutOfReach),
        ("http_429", OutOfReach),
        ("http_503", OutOfReach),
        ("timeout", OutOfReach),
        ("read_timeout", OutOfReach),
        ("dns", OutOfReach),
        ("tls", OutOfReach),
        ("connection_lost", OutOfReach),
    ],
)
async def test_a_picture_that_is_nowhere_alone_is_kept_from_the_platform(
    code: str, kind: type
) -> None:
    source = Source()
    source.web.found["https://a.vn/1.jpg"] = failed(code)
    verdict = await source.examine()
    assert type(verdict) is kind
    assert verdict.reason.code == code


async def test_the_end_of_the_program_ends_what_is_looked_at() -> None:
    source = Source()
    source.web.gate.clear()
    async with source.pictures:
        task = asyncio.create_task(source.examine())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task


FILM = Clip(url="https://a.vn/1.mp4", kind="video")


@pytest.mark.parametrize(
    ("found", "code", "lasts"),
    [
        (FetchedStart(data=b"\0\0\0\x18ftypmp42", size=99), None, 600),
        (FetchedStart(data=b"<!DOCTYPE html>", size=99), "format", 600),
        (failed("timeout"), "timeout", 60),
    ],
    ids=["film", "page", "out of reach"],
)
async def test_a_look_at_a_film_is_kept_for_a_while(found, code: str | None, lasts: int) -> None:
    source = Source(seconds=600, out_of_reach=60)
    source.web.starts[FILM.url] = found
    for source.now, asked in ((0, 1), (lasts - 1, 1), (lasts, 2)):
        reason = await source.pictures.why_no_clip(FILM)
        assert (reason and reason.code) == code
        assert len(source.web.asked) == asked
    await source.pictures.why_no_clip(FILM, allow_hosts=("a.vn",))
    assert source.web.asked[-1] == (FILM.url, {"a.vn"})
