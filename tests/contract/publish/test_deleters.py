"""`ports.Deleter` on both platforms, over the stand-ins."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from bot.errors import OutcomeUnknown, PublishError, Rejected, Throttled, Unauthorized, Unreachable
from bot.models.basics import Platform
from bot.publish.telegram.account import TelegramAccount
from bot.publish.telegram.posts import TelegramPosts
from bot.publish.x.account import XAccount
from bot.publish.x.posts import XPosts
from tests.contract.publisher_kit import a_channel, a_post, closed_port, everything_said
from tests.standins.faults import Fault, answer, drop
from tests.standins.telegram import CHANNEL, TOKEN, TelegramServer, error_body
from tests.standins.x import XServer, problem
from tests.standins.x_oauth import Keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.ports import Deleter, Publisher

CHAT = a_channel(Platform.TELEGRAM, chat=CHANNEL, account="tg")


class Site:
    """A stand-in, and the clients that are closed in the end."""

    def __init__(self, server: TelegramServer | XServer) -> None:
        self.server = server
        self.accounts: list[TelegramAccount | XAccount] = []

    def connect(self, url: str | None = None) -> tuple[Publisher, Deleter]:
        url = url or self.server.base
        if isinstance(self.server, TelegramServer):
            telegram = TelegramAccount(TOKEN, url)
            self.accounts.append(telegram)
            return telegram.publisher(CHAT), TelegramPosts(CHAT, telegram)
        account = XAccount(**asdict(Keys()), api_url=url)
        return account.publisher(a_channel(Platform.X)), XPosts(account)


@asynccontextmanager
async def running(make: type[TelegramServer | XServer]) -> AsyncIterator[Site]:
    async with make() as server:
        site = Site(server)
        yield site
        for account in site.accounts:
            await account.close()


@pytest.fixture(params=[TelegramServer, XServer])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    async with running(request.param) as made:
        yield made


@pytest.fixture
async def telegram() -> AsyncIterator[Site]:
    async with running(TelegramServer) as made:
        yield made


@pytest.fixture
async def x() -> AsyncIterator[Site]:
    async with running(XServer) as made:
        yield made


async def posted(site: Site) -> tuple[Deleter, str]:
    publisher, deleter = site.connect()
    receipt = await publisher.publish(a_post("Xin chào"))
    await publisher.publish(a_post("Tin khác"))
    return deleter, receipt.remote_id


async def failure(deleter: Deleter, remote_id: str, chat: str | None = None) -> PublishError:
    with pytest.raises(PublishError) as caught:
        await deleter.delete(remote_id, chat)
    assert "\n" not in str(caught.value)
    return caught.value


async def test_one_post_is_deleted_and_no_other(site: Site) -> None:
    deleter, remote_id = await posted(site)
    await deleter.delete(remote_id, None)
    (left,) = site.server.posts()
    assert left["text"] == "Tin khác"


async def test_a_post_that_is_gone_is_a_success(site: Site) -> None:
    deleter, remote_id = await posted(site)
    await deleter.delete(remote_id, None)
    await deleter.delete(remote_id, None)
    assert len(site.server.posts()) == 1


@pytest.mark.parametrize("fault", [drop(), drop(after=True), answer(502, "<html>bad gateway")])
async def test_a_lost_answer_is_unknown(site: Site, fault: Fault) -> None:
    deleter, remote_id = await posted(site)
    site.server.faults.next(fault)
    assert isinstance(await failure(deleter, remote_id), OutcomeUnknown)
    await deleter.delete(remote_id, None)
    assert len(site.server.posts()) == 1


async def test_no_connection_is_certainly_not_done(site: Site) -> None:
    _, deleter = site.connect(closed_port())
    assert isinstance(await failure(deleter, "1"), Unreachable)


async def test_an_id_of_another_platform_deletes_nothing(site: Site) -> None:
    deleter, _ = await posted(site)
    await failure(deleter, "0b5c1e")
    assert len(site.server.posts()) == 2


async def test_telegram_deletes_where_it_was_sent(telegram: Site) -> None:
    telegram.server.add_chat(-1009)
    deleter, remote_id = await posted(telegram)
    await deleter.delete(remote_id, "-1009")
    assert len(telegram.server.posts(CHANNEL)) == 2


async def test_telegram_says_which_right_deletes_what_is_old(telegram: Site) -> None:
    deleter, remote_id = await posted(telegram)
    telegram.server.posts(CHANNEL)[0]["date"] -= 49 * 3600
    error = await failure(deleter, remote_id)
    assert isinstance(error, Rejected)
    assert error.code == "too_old"
    assert "allow the bot that in @tincongnghe" in str(error)
    telegram.server.chat(CHANNEL).bot_may_delete = True
    await deleter.delete(remote_id, None)
    assert len(telegram.server.posts(CHANNEL)) == 1


async def test_telegram_without_a_chat(telegram: Site) -> None:
    account = TelegramAccount(TOKEN, telegram.server.base)
    deleter = TelegramPosts(a_channel(Platform.TELEGRAM), account)
    assert (await failure(deleter, "1")).code == "no_chat"
    await account.close()


@pytest.mark.parametrize(
    ("status", "description", "parameters", "kind"),
    [
        (429, "Too Many Requests: retry after 7", {"retry_after": 7}, Throttled),
        (403, "Forbidden: bot was kicked from the channel chat", None, Unauthorized),
        (401, "Unauthorized", None, Unauthorized),
        (400, "Bad Request: MESSAGE_DELETE_FORBIDDEN", None, Rejected),
    ],
)
async def test_telegram_refuses(
    telegram: Site,
    status: int,
    description: str,
    parameters: dict[str, int] | None,
    kind: type[PublishError],
) -> None:
    deleter, remote_id = await posted(telegram)
    telegram.server.faults.next(answer(status, error_body(status, description, parameters)))
    error = await failure(deleter, remote_id)
    assert type(error) is kind
    assert TOKEN.partition(":")[2] not in everything_said(error)


async def test_x_bills_what_it_deleted(x: Site) -> None:
    deleter, remote_id = await posted(x)
    before = x.server.billed
    await deleter.delete(remote_id, None)
    await deleter.delete(remote_id, None)
    assert x.server.billed - before == 10_000


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (answer(429, problem(429, "Too Many Requests", "Too Many Requests")), Throttled),
        (answer(403, problem(403, "Forbidden", "You may not delete it.")), Rejected),
        (answer(404, "<html>not found"), Unauthorized),
        (answer(200, {"data": {"deleted": False}}), Rejected),
        (answer(200, {"meta": {}}), OutcomeUnknown),
        (answer(200, "<html>welcome"), OutcomeUnknown),
    ],
)
async def test_x_refuses(x: Site, fault: Fault, kind: type[PublishError]) -> None:
    deleter, remote_id = await posted(x)
    x.server.faults.next(fault)
    assert type(await failure(deleter, remote_id)) is kind
    assert len(x.server.posts()) == 2


async def test_a_post_in_a_group_that_became_another_is_left_to_a_hand(telegram: Site) -> None:
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    moved = error_body(400, text, {"migrate_to_chat_id": -1001})
    deleter, remote_id = await posted(telegram)
    telegram.server.faults.next(answer(400, moved))
    error = await failure(deleter, remote_id, "-5")
    assert (type(error), error.code) == (Rejected, "chat_moved")
    assert str(error) == (
        "the group -5 became -1001, where its posts have other ids: delete the post there by hand"
    )
