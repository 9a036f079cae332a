"""`ports.Finder`, `Editor` and `Deleter` on Telegram, against the stand-in for the Bot API."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from bot.errors import OutcomeUnknown, Rejected, Throttled, Unauthorized, Unreachable
from bot.models.basics import ChannelId, DeliveryId, FeedId, Platform, Reason
from bot.models.outbox import Sought
from bot.models.pictures import FurtherPicture
from bot.models.posts import MESSAGE_GAP
from bot.publish.gate import Gate
from bot.publish.telegram.account import TelegramAccount
from bot.publish.telegram.finder import TelegramFinder
from bot.publish.telegram.posts import TelegramPosts
from tests.contract.publisher_kit import a_channel, a_post, closed_port
from tests.pipeline.simulated import SimulatedLoop
from tests.standins.faults import answer, drop, stall
from tests.standins.telegram import CHANNEL, TOKEN, Limits, TelegramServer, error_body
from tests.standins.telegram_checks import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

    from bot.models.posts import Post
    from tests.standins.telegram_chats import Chat

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SCRATCH = -1009
NO_GAP = partial(Gate, 0)
LINK = "https://example.org/tin/1"
POST = a_post(f'<b><a href="{LINK}">Tin &amp; công nghệ</a></b>\n\nĐoạn mở đầu.', link=LINK)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        running.add_chat(SCRATCH)
        yield running


@pytest.fixture
async def account(server: TelegramServer) -> AsyncIterator[TelegramAccount]:
    client = TelegramAccount(TOKEN, server.base, read=2, total=5, gap=0, scratch=NO_GAP)
    yield client
    await client.close()


@pytest.fixture
def chat(server: TelegramServer) -> Chat:
    return server.chat(CHANNEL)


CHANNEL_KEYS: dict[str, Any] = {"chat": CHANNEL, "account": "tg", "scratch_chat": SCRATCH}


def finder(account: TelegramAccount, **keys: Any) -> TelegramFinder:
    channel = a_channel(Platform.TELEGRAM, **CHANNEL_KEYS | keys)
    return TelegramFinder(channel, account)


def sought(post: Post = POST, **keys: Any) -> Sought:
    values: dict[str, Any] = {
        "id": DeliveryId(1),
        "channel": ChannelId("tin"),
        "feed": FeedId("f"),
        "text": post.text,
        "link": post.link,
        "since": NOW,
        "attempted_at": NOW,
        "unknown_since": NOW,
        "at": NOW,
        "searches": 0,
        "attempts": 1,
        "reason": Reason(code="no_answer", text="lost"),
    }
    return Sought(**values | keys)


async def posted(account: TelegramAccount, post: Post = POST) -> int:
    channel = a_channel(Platform.TELEGRAM, **CHANNEL_KEYS)
    return int((await account.publisher(channel).publish(post)).remote_id)


async def test_a_post_that_arrived_is_found(account, chat) -> None:
    before = chat.write("trước")
    number = await posted(account)
    result = await finder(account).find(sought(after=str(before)))
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number)
    assert result.receipt.url == f"https://t.me/tincongnghe/{number}"


async def test_subscribers_see_nothing_and_the_copies_are_deleted(server, account, chat) -> None:
    before = chat.write("trước")
    await posted(account)
    shown = dict(chat.messages)
    await finder(account).find(sought(after=str(before)))
    assert chat.messages == shown
    assert server.chat(SCRATCH).messages == {}
    assert server.chat(SCRATCH).last_id >= 1


def known(*ids: int, made: float = 45) -> dict[str, Any]:
    """Posts of ours that can have been made so many seconds after the doubt began."""
    at = NOW + timedelta(seconds=made)
    return {"known": frozenset(map(str, ids)), "later": {str(one): at for one in ids}}


async def test_pictures_without_words_behind_a_post_are_those_of_its_album(account, chat) -> None:
    """A photo with words is a post of its own, and a text none of its pictures."""
    before = chat.write("trước")
    picture = "https://example.org/{}.jpg".format
    album = replace(POST, image=picture(1), album=(FurtherPicture(url=picture(2)),))
    number = await posted(account, album)
    await posted(account, a_post("bài khác", image=picture(3)))
    chat.write("lời")
    result = await finder(account).find(sought(after=str(before), messages=4))
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number)
    assert result.receipt.further_ids == (str(number + 1),)


@pytest.mark.parametrize("kind", ["channel", "supergroup", "group"])
async def test_a_post_that_did_not_arrive_is_not_there(account, chat, kind: str) -> None:
    chat.type = kind
    before = chat.write("trước")
    chat.write("Một tin khác")
    later = await posted(account, a_post("bài sau"))
    result = await finder(account).find(sought(after=str(before), **known(later)))
    assert (result.receipt, result.is_open) == (None, False)


async def test_a_caption_is_compared_too(account, chat) -> None:
    before = chat.write("trước")
    number = await posted(account, replace(POST, image="https://example.org/1.jpg"))
    result = await finder(account).find(sought(after=str(before)))
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number)


async def test_an_edited_post_is_known_by_title_and_link(account, chat) -> None:
    before = chat.write("trước")
    number = await posted(account)
    chat.messages[number]["text"] += "\nSửa: thêm một dòng."
    assert (await finder(account).find(sought(after=str(before)))).receipt is not None


@pytest.mark.parametrize("deleted", [10, 29])
async def test_a_post_behind_deleted_messages_is_found(account, chat, deleted: int) -> None:
    before = chat.write("trước")
    holes = [chat.write("tham gia") for _ in range(deleted)]
    number = await posted(account)
    chat.delete(*holes)
    result = await finder(account).find(sought(after=str(before)))
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number)


# --- absence is proved only between two known posts

KINDS = pytest.mark.parametrize("kind", ["channel", "supergroup", "group"])


@KINDS
@pytest.mark.parametrize("later", [(), (44,)], ids=["none later", "one that was made too early"])
async def test_without_a_later_post_absence_stays_open(
    account, chat, kind: str, later: tuple[float, ...]
) -> None:
    chat.type = kind
    before = chat.write("trước")
    beside = [known(await posted(account, a_post("bài sau")), made=made) for made in later]
    keys = beside[0] if beside else {}
    result = await finder(account).find(sought(after=str(before), **keys))
    assert (result.receipt, result.is_open) == (None, True)


@KINDS
@pytest.mark.parametrize("gone", [0, 99, 450])
async def test_where_nothing_is_known_missing_ids_prove_nothing(
    account, chat, kind: str, gone: int
) -> None:
    chat.type = kind
    chat.delete(*[chat.write("cũ") for _ in range(gone)])
    result = await finder(account).find(sought())
    assert (result.receipt, result.is_open) == (None, True)


async def test_a_message_that_the_search_sees_is_no_later_post(account, chat) -> None:
    before = chat.write("trước")
    chat.write("của người khác")
    number = chat.last_id = chat.last_id + 40
    assert (await finder(account).find(sought(after=str(before)))).is_open
    await posted(account)
    later = await posted(account, a_post("bài sau"))
    result = await finder(account).find(sought(after=str(before), **known(later)))
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number + 1)


@KINDS
@pytest.mark.parametrize("gone", [0, 99, 450])
async def test_without_an_earlier_post_it_is_found_below_the_later_one(
    account, chat, kind: str, gone: int
) -> None:
    chat.type = kind
    chat.delete(*[chat.write("cũ") for _ in range(gone)])
    number = await posted(account)
    chat.delete(*[chat.write("sẽ bị xóa") for _ in range(60)])
    later = await posted(account, a_post("bài sau"))
    result = await finder(account).find(sought(**known(later)))
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number)


@KINDS
@pytest.mark.parametrize("gone", [0, 99, 450])
async def test_without_an_earlier_post_nobody_can_tell_that_it_is_not_there(
    account, chat, kind: str, gone: int
) -> None:
    chat.type = kind
    chat.delete(*[chat.write("cũ") for _ in range(gone)])
    later = await posted(account, a_post("bài sau"))
    with pytest.raises(Rejected, match="no post of ours is known before it"):
        await finder(account).find(sought(**known(later)))


async def test_posts_of_an_earlier_chat_of_that_name_bound_nothing(account, chat) -> None:
    number = await posted(account)
    later = await posted(account, a_post("bài sau"))
    result = await finder(account).find(sought(after="5000", **known(later)))
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number)
    chat.delete(number)
    with pytest.raises(Rejected, match="no post of ours is known before it"):
        await finder(account).find(sought(after="5000", **known(later)))


@KINDS
@pytest.mark.parametrize("deleted", [60, 400])
async def test_between_two_known_posts_deletions_by_the_hundred_hide_nothing(
    account, chat, kind: str, deleted: int
) -> None:
    chat.type = kind
    before = chat.write("trước")
    chat.delete(*[chat.write("tham gia") for _ in range(deleted)])
    later = await posted(account, a_post("bài sau"))
    look = sought(after=str(before), **known(later))
    assert not (await finder(account).find(look)).is_open
    number = await posted(account)
    last = await posted(account, a_post("bài cuối"))
    result = await finder(account).find(sought(after=str(before), **known(last)))
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number)


@pytest.mark.parametrize("more", [600, 45])
async def test_more_than_a_search_can_look_at_proves_nothing(account, chat, more: int) -> None:
    before = chat.write("trước")
    others = [chat.write("của người khác") for _ in range(more)]
    if more == 600:
        chat.delete(*others)
    later = await posted(account, a_post("bài sau"))
    with pytest.raises(Rejected, match="more than 40 messages"):
        await finder(account).find(sought(after=str(before), **known(later)))


async def test_a_message_that_cannot_be_read_may_be_the_post(account, chat) -> None:
    """As a post that was sent with `protect_content`, before the configuration changed."""
    before = chat.write("trước")
    pinned = chat.pin()
    later = await posted(account, a_post("bài sau"))
    with pytest.raises(Rejected, match=f"message {pinned} may be it"):
        await finder(account).find(sought(after=str(before), **known(later)))


async def test_a_message_with_nearly_its_words_may_be_the_post(account, chat) -> None:
    plain = a_post("Giá xăng giảm mạnh từ chiều nay, người dân xếp hàng dài")
    before = chat.write("trước")
    number = chat.write("Giá xăng giảm nhẹ từ chiều nay, người dân xếp hàng dài")
    later = await posted(account, a_post("bài sau"))
    with pytest.raises(Rejected, match=f"message {number} may be it"):
        await finder(account).find(sought(plain, after=str(before), **known(later)))


async def test_nearly_its_words_over_another_link_are_another_story(account, chat) -> None:
    before = chat.write("trước")
    other = POST.text.replace("tin/1", "tin/12").replace("mở đầu", "kết")
    await posted(account, a_post(other, link=f"{LINK}2"))
    chat.write(f"Xem {LINK}2")
    later = await posted(account, a_post("bài sau"))
    result = await finder(account).find(sought(after=str(before), **known(later)))
    assert (result.receipt, result.is_open) == (None, False)


async def test_two_posts_in_doubt_that_say_the_same_are_not_told_apart(account, chat) -> None:
    before = chat.write("trước")
    await posted(account)
    with pytest.raises(Rejected, match="says the same"):
        await finder(account).find(sought(after=str(before), has_twin=True))


async def test_the_first_post_of_all_behind_deleted_messages(account, chat) -> None:
    chat.delete(*[chat.write("cũ") for _ in range(12)])
    number = await posted(account)
    result = await finder(account).find(sought())
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number)


async def test_words_mended_by_an_administrator_do_not_hide_it(account, chat) -> None:
    before = chat.write("trước")
    number = await posted(account)
    chat.messages[number]["text"] = "Một tiêu đề khác hẳn"
    result = await finder(account).find(sought(after=str(before)))
    assert result.receipt is not None


async def test_another_story_under_the_same_title_is_another(account, chat) -> None:
    before = chat.write("trước")
    other = POST.text.replace("tin/1", "tin/2").replace("mở đầu", "khác")
    await posted(account, replace(POST, text=other))
    later = await posted(account, a_post("bài sau"))
    result = await finder(account).find(sought(after=str(before), **known(later)))
    assert (result.receipt, result.is_open) == (None, False)


async def test_holes_service_messages_and_known_posts_are_walked_over(
    server, account, chat
) -> None:
    before = chat.write("trước")
    holes = [chat.write("sẽ bị xóa") for _ in range(8)]
    chat.delete(*holes)
    chat.pin()
    ours = [await posted(account, a_post(f"bài {number}")) for number in range(30)]
    number = await posted(account)
    server.requests.clear()
    look = sought(after=str(before), known=frozenset(map(str, ours)))
    result = await finder(account).find(look)
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number)
    assert len(server.posts(SCRATCH)) == 0
    assert server.chat(SCRATCH).last_id == 1, "only what is unknown is forwarded"


@pytest.mark.parametrize("earlier", [0, 1, 5, 700])
async def test_without_a_known_post_the_newest_is_found_first(account, chat, earlier: int) -> None:
    for number in range(earlier):
        chat.write(f"cũ {number}")
    chat.delete(*range(earlier // 3, earlier // 3 + 2) if earlier > 10 else ())
    assert (await finder(account).find(sought())).receipt is None
    number = await posted(account)
    result = await finder(account).find(sought())
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number)


async def test_a_chat_that_moved_is_looked_through_at_its_new_place(server, account) -> None:
    server.add_chat(-1007)
    channel = a_channel(Platform.TELEGRAM, **CHANNEL_KEYS)
    receipt = await account.publisher(channel).publish(replace(POST, chat=-1007))
    result = await finder(account).find(sought(chat="-1007"))
    assert result.receipt is not None
    assert result.receipt.remote_id == receipt.remote_id


# --- what cannot be known


async def test_protected_content_cannot_be_looked_through(account, chat) -> None:
    chat.is_protected = True
    before = chat.write("trước")
    await posted(account)
    with pytest.raises(Rejected, match="protects its content"):
        await finder(account).find(sought(after=str(before)))
    with pytest.raises(Rejected, match="protect_content"):
        await finder(account, protect_content=True).find(sought())


async def test_a_busy_chat_is_not_forwarded_whole(account, chat) -> None:
    before = chat.write("trước")
    for number in range(60):
        chat.write(f"trò chuyện {number}")
    with pytest.raises(Rejected, match="more than 40 messages"):
        await finder(account).find(sought(after=str(before)))


async def test_a_scratch_chat_that_is_wrong_is_named(account, chat) -> None:
    chat.write("trước")
    with pytest.raises(Rejected, match="scratch_chat"):
        await finder(account, scratch_chat=-404).find(sought(after="0"))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (answer(429, error_body(429, "Too Many", {"retry_after": 70})), Throttled),
        (drop(), OutcomeUnknown),
        (stall(None), OutcomeUnknown),
        (answer(502, "<html>"), OutcomeUnknown),
        (answer(401, error_body(401, "Unauthorized")), Unauthorized),
        (answer(400, error_body(400, "Bad Request: not heard of")), OutcomeUnknown),
    ],
)
async def test_a_search_that_fails_now_proves_nothing(server, account, chat, fault, error) -> None:
    chat.write("trước")
    server.faults.next(fault)
    with pytest.raises(error):
        await finder(account).find(sought(after="0"))


async def test_an_unreachable_server_proves_nothing() -> None:
    away = TelegramAccount(TOKEN, closed_port())
    with pytest.raises(Unreachable):
        await finder(away).find(sought(after="0"))
    await away.close()


# --- edits


def editor(account: TelegramAccount) -> TelegramPosts:
    return TelegramPosts(a_channel(Platform.TELEGRAM, **CHANNEL_KEYS), account)


async def test_a_text_is_edited_in_place(account, chat) -> None:
    number = await posted(account)
    await editor(account).edit(str(number), replace(POST, text="<b>Đã sửa</b>"))
    assert chat.messages[number]["text"] == "Đã sửa"
    assert len(chat.messages) == 1


async def test_a_photo_keeps_its_picture(account, chat) -> None:
    photo = replace(POST, image="https://example.org/1.jpg")
    number = await posted(account, photo)
    await editor(account).edit(str(number), replace(photo, text="Đã sửa"))
    assert chat.messages[number]["caption"] == "Đã sửa"
    assert "photo" in chat.messages[number]


async def test_the_same_again_is_a_success(account) -> None:
    number = await posted(account)
    await editor(account).edit(str(number), POST)


async def test_a_post_that_is_gone_cannot_be_edited(account, chat) -> None:
    number = await posted(account)
    chat.delete(number)
    with pytest.raises(Rejected, match="message to edit not found"):
        await editor(account).edit(str(number), replace(POST, text="Đã sửa"))


# --- deletions


async def test_a_post_is_deleted_and_one_that_is_gone_counts(account, chat) -> None:
    number = await posted(account)
    deleter = TelegramPosts(a_channel(Platform.TELEGRAM, **CHANNEL_KEYS), account)
    await deleter.delete(str(number), CHANNEL)
    assert chat.messages == {}
    await deleter.delete(str(number), CHANNEL)


async def test_a_post_that_may_not_be_deleted_says_why(server, account) -> None:
    number = await posted(account)
    server.faults.next(answer(400, error_body(400, "Bad Request: message can't be deleted")))
    deleter = TelegramPosts(a_channel(Platform.TELEGRAM, **CHANNEL_KEYS), account)
    with pytest.raises(Rejected, match="can't be deleted"):
        await deleter.delete(str(number), None)


async def test_no_right_to_write_is_told(server, account, chat) -> None:
    number = await posted(account)
    server.faults.next(answer(403, error_body(403, "Forbidden: bot was kicked")))
    with pytest.raises(Unauthorized):
        await editor(account).edit(str(number), replace(POST, text="Đã sửa"))


# --- the scratch chat's pace


class Minute:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class Counting(TelegramServer):
    """Counts what it refuses because it came too fast."""

    floods = 0

    async def act(self, request: web.Request) -> web.Response:
        response = await super().act(request)
        self.floods += response.status == 429
        return response


@asynccontextmanager
async def limited(**limits: int) -> AsyncIterator[tuple[Counting, TelegramAccount, Minute]]:
    clock = Minute()
    gate = partial(Gate, MESSAGE_GAP.total_seconds(), clock=clock, sleep=clock.sleep)
    async with Counting(limits=Limits(**limits), clock=clock) as server:
        server.add_chat(SCRATCH)
        client = TelegramAccount(TOKEN, server.base, read=2, total=5, gap=0, scratch=gate)
        yield server, client, clock
        await client.close()


def fill(chat: Chat, messages: int) -> None:
    for _ in range(messages):
        chat.write("của người khác")


def move(server: TelegramServer, was: int, is_: int) -> None:
    server.add_chat(is_)
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    server.chat(was).refusal = ApiError(400, text, {"migrate_to_chat_id": is_})


@pytest.mark.parametrize("messages", [100, 1_000, 5_000, 100_000])
async def test_the_first_doubt_in_an_old_channel_keeps_to_the_pace(messages: int) -> None:
    async with limited(chat_minute=20) as (server, client, clock):
        fill(server.chat(CHANNEL), messages)
        assert (await finder(client).find(sought())).receipt is None
        assert server.floods == 0
        assert clock.now < 120


async def test_many_messages_of_others_do_not_break_the_search() -> None:
    async with limited(chat_minute=20) as (server, client, clock):
        before = server.chat(CHANNEL).write("trước")
        fill(server.chat(CHANNEL), 25)
        assert (await finder(client).find(sought(after=str(before)))).receipt is None
        assert server.floods == 0
        assert 25 * 3 <= clock.now < 25 * 3.2


async def test_channels_that_share_a_scratch_chat_share_its_pace() -> None:
    async with limited(chat_minute=20) as (server, client, _):
        looks = []
        for number in range(8):
            name = f"@kenh{number}"
            fill(server.add_chat(-2000 - number, username=name[1:]), 4)
            look = finder(client, chat=name)
            looks.append(look.find(sought(after="1")))
        assert [each.receipt for each in await asyncio.gather(*looks)] == [None] * 8
        assert server.floods == 0


async def test_a_short_flood_wait_is_waited_for_and_the_look_goes_on() -> None:
    async with limited() as (server, client, clock):
        before = server.chat(CHANNEL).write("trước")
        number = await posted(client)
        flood = error_body(429, "Too Many Requests: retry after 43", {"retry_after": 43})
        server.faults.next(answer(429, flood))
        result = await finder(client).find(sought(after=str(before)))
        assert result.receipt is not None
        assert result.receipt.remote_id == str(number)
        assert clock.now == 43


async def test_during_a_long_one_nobody_asks() -> None:
    async with limited() as (server, client, clock):
        before = server.chat(CHANNEL).write("trước")
        flood = error_body(429, "Too Many Requests: retry after 600", {"retry_after": 600})
        server.faults.next(answer(429, flood))
        for _ in range(2):
            with pytest.raises(Throttled) as caught:
                await finder(client).find(sought(after=str(before)))
            assert caught.value.wait == timedelta(seconds=600)
        forwards = [seen for seen in server.requests if seen.path.endswith("/forwardMessage")]
        assert len(forwards) == 1
        assert clock.now == 0


# --- a scratch chat that moved


async def test_a_scratch_chat_that_moved_is_followed_and_told(server, account, chat) -> None:
    before = chat.write("trước")
    number = await posted(account)
    move(server, SCRATCH, -1001000000600)
    with structlog.testing.capture_logs() as logs:
        result = await finder(account).find(sought(after=str(before)))
    assert result.receipt is not None
    assert result.receipt.remote_id == str(number)
    (told,) = [entry["event"] for entry in logs]
    assert told == (
        "scratch_chat -1009 of channel tin has a new id: set scratch_chat = -1001000000600"
    )


async def test_where_either_may_have_moved_nothing_is_copied(server, account) -> None:
    fill(server.add_chat(-55), 2)
    move(server, SCRATCH, -1001000000600)
    with pytest.raises(Rejected, match="the chat or scratch_chat -1009 of channel tin became"):
        await finder(account, chat=-55).find(sought(after="1"))


class SlowAccount:
    """Takes its time to say that there is no such message."""

    bot = None

    def scratch_gate(self, _: object) -> Gate:
        return Gate(0)

    @asynccontextmanager
    async def sending(self, _: object) -> AsyncIterator[None]:
        await asyncio.sleep(25)
        raise Rejected("bad_request", "Bad Request: message to forward not found")
        yield


def test_a_look_that_takes_too_long_is_given_up() -> None:
    loop = SimulatedLoop(NOW)
    with pytest.raises(OutcomeUnknown, match="longer than 240 seconds"):
        loop.run(finder(SlowAccount()).find(sought(after="1")))
    assert loop.time() == 240


@pytest.mark.parametrize("body", [{"ok": True}, {"ok": True, "result": {}}, {}])
async def test_an_answer_of_another_shape_never_says_that_the_post_is_not_there(
    server, account, chat, body: dict[str, object]
) -> None:
    before = chat.write("trước đó")
    await account.publisher(a_channel(Platform.TELEGRAM, **CHANNEL_KEYS)).publish(POST)
    server.faults.next(answer(200, body))
    with pytest.raises(OutcomeUnknown):
        await finder(account).find(sought(after=str(before)))
