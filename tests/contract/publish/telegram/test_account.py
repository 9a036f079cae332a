"""`ports.Publisher` on Telegram: python-telegram-bot against a stand-in for the Bot API."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import (
    ChatMoved,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.models.basics import Platform
from bot.models.posts import Button
from bot.publish.telegram.account import TelegramAccount
from tests.contract.publisher_kit import a_channel, a_post, closed_port, everything_said, failure
from tests.pipeline.simulated import SimulatedLoop
from tests.standins.faults import Fault, answer, drop, stall, truncate
from tests.standins.telegram import (
    CHANNEL,
    CHANNEL_ID,
    TOKEN,
    ApiError,
    Limits,
    TelegramServer,
    error_body,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.publish.telegram.posts import TelegramPosts

SECRET = TOKEN.partition(":")[2]


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest.fixture
async def account(server: TelegramServer) -> AsyncIterator[TelegramAccount]:
    client = TelegramAccount(TOKEN, server.base, read=5)
    yield client
    await client.close()


@pytest.fixture
def publisher(account: TelegramAccount) -> TelegramPosts:
    return account.publisher(a_channel(Platform.TELEGRAM, chat=CHANNEL, account="tg"))


def refused(status: int, text: str, parameters: dict[str, Any] | None = None) -> Fault:
    return answer(status, error_body(status, text, parameters))


# --- what is posted -----------------------------------------------------------------------------


async def test_nothing_is_sent_before_the_first_post(server, account, publisher) -> None:
    assert server.requests == []
    await publisher.publish(a_post())
    assert [seen.path.rpartition("/")[2] for seen in server.requests] == ["sendMessage"]


async def test_a_message_arrives_as_its_html_says(server, publisher) -> None:
    text = 'Tin <b>mới</b>: <a href="https://a.vn/?a=1&amp;b=2">đọc &lt;tiếp&gt;</a>'
    receipt = await publisher.publish(a_post(text))
    (message,) = server.posts(CHANNEL)
    assert message["text"] == "Tin mới: đọc <tiếp>"
    assert [entity["type"] for entity in message["entities"]] == ["bold", "text_link"]
    assert message["entities"][1]["url"] == "https://a.vn/?a=1&b=2"
    assert receipt.remote_id == str(message["message_id"])
    assert receipt.url == "https://t.me/tincongnghe/1"
    assert receipt.chat == CHANNEL_ID


async def test_ids_rise_by_one(publisher) -> None:
    receipts = [await publisher.publish(a_post(f"tin {n}")) for n in range(3)]
    assert [receipt.remote_id for receipt in receipts] == ["1", "2", "3"]


async def test_an_image_becomes_a_photo_with_a_caption(server, publisher) -> None:
    await publisher.publish(a_post(image="https://a.vn/hinh.jpg"))
    (message,) = server.posts()
    assert message["photo"][0]["file_id"] == "https://a.vn/hinh.jpg"
    assert message["caption"] == "Xin chào 😀"
    assert message["caption_entities"] == [{"type": "bold", "offset": 0, "length": 8}]


async def test_buttons_open_or_copy(server, publisher) -> None:
    row = (Button(text="Đọc", url="https://a.vn/tin"), Button(text="Chép", copy_text="a.vn/tin"))
    await publisher.publish(a_post(buttons=(row, (Button(text="X", url="https://x.com/"),))))
    assert server.posts()[0]["reply_markup"]["inline_keyboard"] == [
        [
            {"text": "Đọc", "url": "https://a.vn/tin"},
            {"text": "Chép", "copy_text": {"text": "a.vn/tin"}},
        ],
        [{"text": "X", "url": "https://x.com/"}],
    ]


@pytest.mark.parametrize("silent", [True, False])
async def test_a_silent_post_makes_no_sound(server, publisher, silent: bool) -> None:
    await publisher.publish(a_post(silent=silent))
    assert ("is_silent" in server.posts()[0]) == silent


@pytest.mark.parametrize(
    ("preview", "expected"),
    [
        ("large", {"url": "https://a.vn/", "prefer_large_media": True}),
        ("small", {"url": "https://a.vn/", "prefer_small_media": True}),
        ("above", {"url": "https://a.vn/", "prefer_large_media": True, "show_above_text": True}),
        ("off", {"is_disabled": True}),
    ],
)
async def test_the_link_is_shown_as_configured(server, account, preview: str, expected) -> None:
    channel = a_channel(Platform.TELEGRAM, chat=CHANNEL, preview=preview)
    await account.publisher(channel).publish(a_post(link="https://a.vn/"))
    assert server.posts()[0]["link_preview_options"] == expected


@pytest.mark.parametrize("image", [None, "https://example.org/1.jpg"])
@pytest.mark.parametrize(("topic", "thread"), [(7, 7), (1, None), (None, None)])
async def test_a_post_goes_to_its_topic(server, account, topic, thread, image) -> None:
    server.add_chat(-1002, type_="supergroup")
    channel = a_channel(Platform.TELEGRAM, chat=-1002, topic=topic)
    await account.publisher(channel).publish(replace(a_post(), image=image))
    assert server.posts(-1002)[0].get("message_thread_id") == thread


@pytest.mark.parametrize("image", [None, "https://example.org/1.jpg"])
@pytest.mark.parametrize("is_protected", [True, False])
async def test_content_is_protected_as_configured(server, account, is_protected, image) -> None:
    channel = a_channel(Platform.TELEGRAM, chat=CHANNEL, protect_content=is_protected)
    await account.publisher(channel).publish(replace(a_post(), image=image))
    assert server.posts()[0].get("has_protected_content", False) is is_protected


@pytest.mark.parametrize(
    ("chat", "url"),
    [
        (CHANNEL, "https://t.me/tincongnghe/1"),
        (CHANNEL_ID, "https://t.me/c/1000000001/1"),
        (str(CHANNEL_ID), "https://t.me/c/1000000001/1"),
        (4711, None),
    ],
)
async def test_the_receipt_links_to_the_post(server, account, chat, url: str | None) -> None:
    server.add_chat(4711, type_="private")
    receipt = await account.publisher(a_channel(Platform.TELEGRAM, chat=chat)).publish(a_post())
    assert receipt.url == url


async def test_channels_of_one_account_do_not_close_each_other(account, publisher) -> None:
    await account.publisher(a_channel(Platform.TELEGRAM, chat=CHANNEL)).close()
    assert (await publisher.publish(a_post())).remote_id == "1"


# --- what is refused ----------------------------------------------------------------------------

CHANNEL_STOPS = [
    (403, "Forbidden: bot was kicked from the channel chat", "forbidden"),
    (403, "Forbidden: bot is not a member of the supergroup chat", "forbidden"),
    (403, "Forbidden: the group chat was deleted", "forbidden"),
    (403, "Forbidden: user is deactivated", "forbidden"),
    (403, "Forbidden: bot was blocked by the user", "forbidden"),
    (400, "Bad Request: chat not found", "no_rights"),
    (400, "Bad Request: need administrator rights in the channel chat", "no_rights"),
    (400, "Bad Request: not enough rights to send text messages to the chat", "no_rights"),
    (400, "Bad Request: not enough rights to send photos to the chat", "no_rights"),
    (400, "Bad Request: have no write access to the chat", "no_rights"),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", "no_rights"),
    (400, "Bad Request: message thread not found", "no_rights"),
    (400, "Bad Request: TOPIC_CLOSED", "no_rights"),
]


@pytest.mark.parametrize(("status", "text", "code"), CHANNEL_STOPS)
async def test_answers_about_the_chat_stop_the_channel(
    server, publisher, status: int, text: str, code
) -> None:
    server.chat(CHANNEL).refusal = ApiError(status, text)
    error = await failure(publisher, a_post())
    assert isinstance(error, Unauthorized)
    assert (error.code, error.scope) == (code, "channel")
    assert CHANNEL in str(error)


async def test_a_migrated_group_names_its_new_id(server, publisher) -> None:
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    server.chat(CHANNEL).refusal = ApiError(400, text, {"migrate_to_chat_id": -1001234})
    error = await failure(publisher, a_post())
    assert isinstance(error, ChatMoved)
    assert error.chat == -1001234
    assert "chat = -1001234" in str(error)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (refused(401, "Unauthorized"), "bad_token"),
        (refused(404, "Not Found"), "bad_token"),
        (refused(409, "Conflict: terminated by other getUpdates request"), "conflict"),
        (answer(404, "<html>no such page</html>"), "not_telegram"),
        (answer(403, "<html>blocked by your company</html>"), "not_telegram"),
        (answer(302, "", headers={"Location": "https://portal.example/"}), "not_telegram"),
        (answer(405, {"message": "some other API"}), "not_telegram"),
        (answer(400, []), "not_telegram"),
    ],
)
async def test_answers_about_the_account_stop_the_account(
    server, publisher, fault: Fault, code: str
) -> None:
    server.faults.next(fault)
    error = await failure(publisher, a_post())
    assert isinstance(error, Unauthorized)
    assert (error.code, error.scope) == (code, "account")
    assert len(server.requests) == 1


@pytest.mark.parametrize("token", ["123456789:another", "no-token-at-all", "1:with space", "1:ấ"])
async def test_a_wrong_token_stops_the_account(server, token: str) -> None:
    account = TelegramAccount(token, server.base)
    error = await failure(account.publisher(a_channel(Platform.TELEGRAM, chat=CHANNEL)), a_post())
    await account.close()
    assert isinstance(error, Unauthorized)
    assert (error.code, error.scope) == ("bad_token", "account")
    assert token not in everything_said(error)


REJECTIONS = [
    ("Bad Request: wrong file identifier/HTTP URL specified", "bad_image", "image"),
    ("Bad Request: wrong HTTP URL specified", "bad_image", "image"),
    ("Bad Request: failed to get HTTP URL content", "bad_image", "image"),
    ("Bad Request: wrong type of the web page content", "bad_image", "image"),
    ("Bad Request: can't upload file by URL", "bad_image", "image"),
    ("Bad Request: PHOTO_INVALID_DIMENSIONS", "bad_image", "image"),
    ("Bad Request: IMAGE_PROCESS_FAILED", "bad_image", "image"),
    ("Bad Request: WEBPAGE_CURL_FAILED", "bad_image", "image"),
    ("Bad Request: message caption is too long", "bad_image", "image"),
    ("Bad Request: BUTTON_URL_INVALID", "bad_buttons", "buttons"),
    (
        "Bad Request: inline keyboard button URL 'http://a' is invalid: Wrong HTTP URL",
        "bad_buttons",
        "buttons",
    ),
    ("Bad Request: reply markup is too long", "bad_buttons", "buttons"),
    (
        "Bad Request: can't parse entities: Unexpected end tag at byte offset 3",
        "bad_markup",
        "markup",
    ),
    ("Bad Request: message is too long", "bad_markup", "markup"),
    ("Bad Request: text is too long", "bad_markup", "markup"),
    ("Bad Request: message text is empty", "bad_markup", "markup"),
    ("Bad Request: something nobody has seen yet", "bad_request", None),
]


@pytest.mark.parametrize(("text", "code", "part"), REJECTIONS)
async def test_answers_about_the_post_reject_it(
    server, publisher, text: str, code: str, part
) -> None:
    server.chat(CHANNEL).refusal = ApiError(400, text)
    error = await failure(publisher, a_post())
    assert isinstance(error, Rejected)
    assert (error.code, error.part) == (code, part)


async def test_too_large_is_wrong_with_the_post_though_a_proxy_says_so(server, publisher) -> None:
    server.faults.next(answer(413, "<html>413 Request Entity Too Large</html>"))
    error = await failure(publisher, a_post())
    assert isinstance(error, Rejected)
    assert error.code == "too_large"


@pytest.mark.parametrize(
    ("post", "code", "part"),
    [
        (a_post("x" * 4097), "bad_markup", "markup"),
        (a_post("<b> </b>"), "bad_markup", "markup"),
        (a_post("x" * 1025, image="https://a.vn/1.jpg"), "bad_image", "image"),
        (a_post("a <x> b"), "bad_markup", "markup"),
        (a_post("5 < 6"), "bad_markup", "markup"),
        (a_post("<b>mở"), "bad_markup", "markup"),
        (a_post("<b>a</i>"), "bad_markup", "markup"),
        (a_post(image="http://localhost/1.jpg"), "bad_image", "image_address"),
        (a_post(buttons=((Button(text="a", url="mailto:a@b.vn"),),)), "bad_buttons", "buttons"),
        (a_post(buttons=((Button(text="a", copy_text="x" * 257),),)), "bad_buttons", "buttons"),
        (a_post(buttons=((Button(text="a", url="http://host"),),)), "bad_buttons", "buttons"),
        (a_post("half a pair \ud83d of surrogates"), "bad_text", None),
    ],
)
async def test_a_post_that_breaks_the_rules(server, publisher, post, code: str, part) -> None:
    error = await failure(publisher, post)
    assert isinstance(error, Rejected)
    assert (error.code, error.part) == (code, part)
    assert server.posts() == []


async def test_no_file_of_this_machine_is_ever_uploaded(server, publisher, tmp_path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("very secret")
    for image in (str(secret), secret.as_uri(), "ftp://a.vn/1.jpg", ""):
        error = await failure(publisher, a_post(image=image))
        assert isinstance(error, Rejected)
        assert (error.code, error.part) == ("bad_image", "image")
    assert server.requests == []


# --- throttling ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (refused(429, "Too Many Requests: retry after 43", {"retry_after": 43}), 43),
        (refused(429, "Too Many Requests: retry after 43200", {"retry_after": 43200}), 43200),
        (refused(429, "Too Many Requests: retry after 0", {"retry_after": 0}), 60),
        (refused(429, "Too Many Requests", {"retry_after": "soon"}), 60),
        (refused(429, "Too Many Requests", {"retry_after": 10**20}), 30 * 86400),
        (answer(429, "<html>slow down</html>"), 60),
    ],
)
async def test_429_tells_when_to_come_back(server, publisher, fault: Fault, wait: int) -> None:
    server.faults.next(fault)
    error = await failure(publisher, a_post())
    assert isinstance(error, Throttled)
    assert error.wait == timedelta(seconds=wait)
    assert server.posts() == []


async def test_a_full_minute_is_throttled_and_never_repeated_at_once() -> None:
    now = 1000.0
    async with TelegramServer(limits=Limits(chat_minute=2), clock=lambda: now) as server:
        account = TelegramAccount(TOKEN, server.base)
        publisher = account.publisher(a_channel(Platform.TELEGRAM, chat=CHANNEL))
        await publisher.publish(a_post("1"))
        now += 20
        await publisher.publish(a_post("2"))
        error = await failure(publisher, a_post("3"))
        assert isinstance(error, Throttled)
        assert error.wait == timedelta(seconds=40)
        assert len(server.requests) == 3
        now += 41
        await publisher.publish(a_post("3"))
        await account.close()


# --- what is known after a fault ----------------------------------------------------------------

UNKNOWN = [
    (drop(), "no_answer", 0),
    (drop(after=True), "no_answer", 1),
    (truncate(), "no_answer", 1),
    (refused(500, "Internal Server Error"), "server_error", 0),
    (answer(502, "<html>Bad Gateway</html>", after=True), "server_error", 1),
    (answer(504, error_body(504, "Gateway Timeout"), after=True), "server_error", 1),
    (answer(200, "<html>hello</html>"), "bad_answer", 0),
    (answer(200, {"ok": True}, after=True), "bad_answer", 1),
    (answer(200, {"ok": True, "result": True}), "bad_answer", 0),
    (answer(200, {"ok": True, "result": None}), "bad_answer", 0),
    (answer(200, {"ok": True, "result": {"message_id": 1}}), "bad_answer", 0),
    (answer(200, []), "bad_answer", 0),
    (answer(200, "[" * 20_000), "bad_answer", 0),
]


@pytest.mark.parametrize(("fault", "code", "posted"), UNKNOWN)
async def test_a_post_that_may_be_out(server, publisher, fault: Fault, code, posted: int) -> None:
    server.faults.next(fault)
    error = await failure(publisher, a_post())
    assert isinstance(error, OutcomeUnknown)
    assert error.code == code
    assert len(server.posts()) == posted
    assert len(server.requests) == 1


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("timeouts", [{"read": 0.2}, {"total": 0.2}])
async def test_no_answer_in_time_is_unknown(server, after: bool, timeouts) -> None:
    server.faults.next(stall(after=after))
    account = TelegramAccount(TOKEN, server.base, **timeouts)
    error = await failure(account.publisher(a_channel(Platform.TELEGRAM, chat=CHANNEL)), a_post())
    await account.close()
    assert isinstance(error, OutcomeUnknown)
    assert error.code == "no_answer"
    assert len(server.posts()) == int(after)


async def test_a_request_is_not_made_after_the_machine_stood_still(server) -> None:
    class Sleeper(TelegramAccount):
        elapsed = staticmethod(iter([0.0, 31.0]).__next__)

    account = Sleeper(TOKEN, server.base)
    error = await failure(account.publisher(a_channel(Platform.TELEGRAM, chat=CHANNEL)), a_post())
    await account.close()
    assert isinstance(error, Unreachable)
    assert (error.code, server.requests) == ("late", [])


async def test_after_a_fault_the_next_post_goes_out(server, publisher) -> None:
    server.faults.next(drop(), times=2)
    for _ in range(2):
        await failure(publisher, a_post())
    assert (await publisher.publish(a_post())).remote_id == "1"


@pytest.mark.parametrize("url", [None, "http://no-such-host.invalid"])
async def test_no_connection_is_certainly_not_sent(url: str | None) -> None:
    account = TelegramAccount(TOKEN, url or closed_port())
    error = await failure(account.publisher(a_channel(Platform.TELEGRAM, chat=CHANNEL)), a_post())
    await account.close()
    assert isinstance(error, Unreachable)
    assert error.code == "unreachable"


@pytest.mark.parametrize(
    ("token", "url"),
    [("1:with\nbreak", "https://api.example"), (TOKEN, "telnet://api.example"), (TOKEN, "nothing")],
)
async def test_an_impossible_address_stops_the_account(token: str, url: str) -> None:
    account = TelegramAccount(token, url)
    error = await failure(account.publisher(a_channel(Platform.TELEGRAM, chat=CHANNEL)), a_post())
    await account.close()
    assert isinstance(error, Unauthorized)
    assert (error.code, error.scope) == ("bad_address", "account")


# --- the token ----------------------------------------------------------------------------------

FAULTS = [fault for fault, *_ in UNKNOWN] + [
    refused(401, "Unauthorized"),
    refused(400, f"Bad Request: echo of /bot{TOKEN}/sendMessage"),
    refused(500, f"echo of {TOKEN}"),
    answer(404, f"<html>not found: /bot{TOKEN}/sendMessage</html>"),
    refused(429, "Too Many Requests", {"retry_after": 5}),
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_token_is_in_no_error(server, publisher, fault: Fault) -> None:
    server.faults.next(fault)
    assert SECRET not in everything_said(await failure(publisher, a_post()))


async def test_the_token_is_in_no_error_without_connection() -> None:
    account = TelegramAccount(TOKEN, closed_port())
    publisher = account.publisher(a_channel(Platform.TELEGRAM, chat=CHANNEL))
    error: PublishError = await failure(publisher, a_post())
    await account.close()
    assert SECRET not in everything_said(error)
    assert SECRET not in repr(account) + repr(publisher)


async def test_this_program_logs_nothing_with_the_token(server, publisher, caplog) -> None:
    with caplog.at_level(logging.DEBUG, logger="bot"):
        server.faults.next(drop())
        await failure(publisher, a_post())
        await publisher.publish(a_post())
    assert not [r for r in caplog.records if r.name.startswith("bot") and SECRET in r.getMessage()]


async def test_posts_that_are_due_at_once_go_out_as_fast_as_a_bot_may() -> None:
    # What a busy machine or a slow disk held up must not become a burst.
    # Three more than the bot may: the server of a busy machine reads late, too.
    async with TelegramServer(limits=Limits(bot_second=33)) as server:
        account = TelegramAccount(TOKEN, server.base, read=5)
        chats = [server.add_chat(-1002000000000 - number).id for number in range(45)]
        publisher = account.publisher(a_channel(Platform.TELEGRAM, account="tg"))
        try:
            await asyncio.gather(*(publisher.publish(a_post(chat=chat)) for chat in chats))
        finally:
            await account.close()
        assert len(server.posts()) == len(chats)


def test_an_album_takes_the_time_of_its_messages() -> None:
    loop = SimulatedLoop(datetime(2026, 5, 22, tzinfo=UTC))

    async def turns() -> list[float]:
        account = TelegramAccount(TOKEN, "http://127.0.0.1:9", gap=10)
        began = []
        for messages in (1, 3, 1):
            async with account.sending(a_channel(Platform.TELEGRAM), messages=messages):
                began.append(loop.time())
        await account.close()
        return began

    assert loop.run(turns()) == pytest.approx([0, 10, 40], abs=0.1)
