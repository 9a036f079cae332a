"""`ports.Finder` on X: reading the account's own posts, against the stand-in for the API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import OutcomeUnknown, OutOfCredit, Rejected, Throttled, Unauthorized, Unreachable
from bot.models.basics import ChannelId, DeliveryId, FeedId, Platform, Reason
from bot.models.outbox import Sought
from bot.publish.x.account import XAccount
from bot.publish.x.finder import XFinder
from tests.contract.publisher_kit import a_channel, a_post, closed_port
from tests.standins.faults import answer, drop, truncate
from tests.standins.x import XServer, problem
from tests.standins.x_oauth import Keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LINK = "https://example.org/tin/1?a=1&b=2"
TEXT = f"Tin công nghệ & “chip” mới\n\nĐoạn mở đầu.\n{LINK}"
LOST = Reason(code="no_answer", text="lost")
DUPLICATE = Reason(code="duplicate", text="duplicate content")


@pytest.fixture
async def server() -> AsyncIterator[XServer]:
    async with XServer() as running:
        yield running


def account_of(server: XServer) -> XAccount:
    return XAccount(**asdict(Keys()), api_url=server.base, total=5)


async def post(server: XServer, text: str = TEXT) -> str:
    publisher = account_of(server).publisher(a_channel(Platform.X, account="x"))
    return (await publisher.publish(a_post(text, platform=Platform.X))).remote_id


def sought(text: str = TEXT, link: str | None = LINK, **keys: Any) -> Sought:
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "id": DeliveryId(1),
        "channel": ChannelId("x"),
        "feed": FeedId("f"),
        "text": text,
        "link": link,
        "since": now,
        "attempted_at": now,
        "unknown_since": now,
        "at": now,
        "searches": 0,
        "attempts": 1,
        "reason": LOST,
    }
    return Sought(**values | keys)


async def test_a_post_that_arrived_is_found(server) -> None:
    number = await post(server)
    await post(server, "Một tin khác")
    result = await XFinder(account_of(server)).find(sought())
    assert result.receipt is not None
    assert result.receipt.remote_id == number
    assert result.receipt.url == f"https://x.com/i/web/status/{number}"
    assert result.made_at is not None
    assert result.reads == 2


async def test_one_without_a_link_by_its_words(server) -> None:
    number = await post(server, "Tin không có link & dấu ngoặc")
    found = await XFinder(account_of(server)).find(sought("Tin không có link & dấu ngoặc", None))
    assert found.receipt is not None
    assert found.receipt.remote_id == number


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("tin/1", "tin/2"),
        TEXT.replace("mới", "cũ"),
        TEXT.replace(f"\n{LINK}", ""),
        "Một tin khác",
    ],
)
async def test_another_post_is_another(server, other: str) -> None:
    await post(server, other)
    result = await XFinder(account_of(server)).find(sought())
    assert (result.receipt, result.reads) == (None, 1)


async def test_the_post_of_another_delivery_proves_nothing(server) -> None:
    number = await post(server)
    result = await XFinder(account_of(server)).find(sought(known=frozenset({number})))
    assert result.receipt is None


async def test_no_post_at_all_costs_nothing(server) -> None:
    result = await XFinder(account_of(server)).find(sought())
    assert (result.receipt, result.reads) == (None, 0)
    assert server.billed == 0


async def test_posts_since_the_attempt_alone_are_read(server) -> None:
    await post(server)
    later = datetime.now(UTC) + timedelta(minutes=5)
    look = sought(attempted_at=later)
    assert (await XFinder(account_of(server)).find(look)).reads == 0


async def test_a_duplicate_may_be_older(server) -> None:
    number = await post(server)
    later = datetime.now(UTC) + timedelta(minutes=5)
    look = sought(attempted_at=later, reason=DUPLICATE)
    finder = XFinder(account_of(server))
    result = await finder.find(look)
    assert result.receipt is not None
    assert result.receipt.remote_id == number
    assert finder.reads_most(look) > finder.reads_most(sought())


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (answer(429, problem(429, "Too Many Requests", "Too Many")), Throttled),
        (answer(401, problem(401, "Unauthorized", "Unauthorized")), Unauthorized),
        (answer(402, problem(402, "CreditsDepleted", "no credits", "credits")), OutOfCredit),
        (answer(503, "<html>"), OutcomeUnknown),
        (answer(200, "<html>"), OutcomeUnknown),
        (answer(200, {"data": [{"id": "x"}]}), OutcomeUnknown),
        (answer(200, {"data": 7}), OutcomeUnknown),
        (drop(), OutcomeUnknown),
        (truncate(), OutcomeUnknown),
    ],
)
async def test_a_search_that_fails_now_proves_nothing(server, fault, error) -> None:
    await post(server)
    server.faults.next(fault, times=2)  # aiohttp repeats a GET once where the connection broke
    with pytest.raises(error):
        await XFinder(account_of(server)).find(sought())


async def test_an_unreachable_server_proves_nothing() -> None:
    account = XAccount(**asdict(Keys()), api_url=closed_port())
    with pytest.raises(Unreachable):
        await XFinder(account).find(sought())


async def test_an_exhausted_window_is_told_with_the_last_post(server) -> None:
    server.faults.next(
        answer(
            201,
            {"data": {"id": "7", "text": "x"}},
            headers={
                "x-rate-limit-remaining": "0",
                "x-rate-limit-reset": "1795000000",
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": "1795050000",
            },
        )
    )
    publisher = account_of(server).publisher(a_channel(Platform.X, account="x"))
    receipt = await publisher.publish(a_post("Tin", platform=Platform.X))
    assert receipt.rest_until == datetime.fromtimestamp(1795050000, UTC)
    assert (await publisher.publish(a_post("Tin hai", platform=Platform.X))).rest_until is None


async def test_more_posts_than_a_short_look_reads_are_no_proof(server) -> None:
    number = await post(server)
    for count in range(20):
        server.write(f"bằng tay {count}")
    finder = XFinder(account_of(server))
    near = await finder.find(sought())
    assert (near.receipt, near.reads, type(near.doubt)) == (None, 20, OutcomeUnknown)
    far = sought(searches=3)
    assert finder.reads_most(far) == 100
    found = await finder.find(far)
    assert found.receipt is not None
    assert (found.receipt.remote_id, found.reads) == (number, 21)


async def test_more_posts_than_a_long_search_reads_are_no_proof(server) -> None:
    await post(server)
    for count in range(100):
        server.write(f"bằng tay {count}")
    far = await XFinder(account_of(server)).find(sought(searches=3))
    assert (far.receipt, far.reads, type(far.doubt)) == (None, 100, Rejected)


async def test_later_posts_hide_nothing_and_are_not_read() -> None:
    now = datetime.now(UTC)
    clock = [now.timestamp()]
    async with XServer(clock=lambda: clock[0]) as server:
        number = await post(server)
        clock[0] += 3600
        for count in range(150):
            server.write(f"bằng tay {count}")
        look = sought(at=now + timedelta(hours=1))
        result = await XFinder(account_of(server)).find(look)
    assert result.receipt is not None
    assert (result.receipt.remote_id, result.reads) == (number, 1)


@pytest.mark.parametrize("body", [{"data": {}}, {}, {"data": []}, {"meta": {"result_count": 1}}])
async def test_an_answer_of_another_shape_never_says_that_the_post_is_not_there(
    server, body: dict[str, object]
) -> None:
    await post(server)
    server.faults.next(answer(201, body, after=True))
    with pytest.raises(OutcomeUnknown):
        await XFinder(account_of(server)).find(sought())
