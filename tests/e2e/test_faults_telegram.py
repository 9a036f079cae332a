"""Every error that Telegram is known for, injected: what becomes of the post, and who is told.

The texts are those of the Bot API's server (tdlib/telegram-bot-api, Client.cpp).
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import structlog.testing

from bot.models.basics import Reason
from bot.models.outbox import Edited, LeftAlone
from bot.models.pictures import Uploadable
from tests.away import LateOutbox
from tests.e2e.fault_kit import BODY, IMAGE, LEAD, PICTURE, SCRATCH, Line, telegram_line
from tests.pipeline.kit import FakePictures, tell
from tests.standins.faults import Fault, answer, drop, stall, truncate
from tests.standins.telegram import CHANNEL, TelegramServer, error_body
from tests.standins.telegram_checks import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.store.engine import Store
    from tests.standins.telegram_chats import Chat

TITLE = "Một tin công nghệ"
HOUR = timedelta(hours=1)
KNOWN = {"scratch_chat": SCRATCH}


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        running.add_chat(SCRATCH)
        running.add_chat(-1002)
        yield running


@pytest.fixture
async def line_of(server: TelegramServer, store: Store) -> AsyncIterator[Callable[..., Line]]:
    """Make a line with the channel's keys given; closed at the end."""
    made: list[Line] = []

    def make(**keys: Any) -> Line:
        made.append(telegram_line(store, server, **keys))
        return made[-1]

    yield make
    for line in made:
        await line.client.close()


def refused(status: int, text: str, parameters: dict[str, Any] | None = None) -> Fault:
    return answer(status, error_body(status, text, parameters))


def sends(server: TelegramServer) -> int:
    """Return how many requests tried to post."""
    return sum("/send" in seen.path for seen in server.requests)


async def after(line: Line, server: TelegramServer, fault: Fault, *, times: int = 1) -> None:
    """Owe a post, let the fault meet it, and let an hour pass."""
    await line.owe(TITLE)
    server.faults.next(fault, times=times)
    await line.pass_time(HOUR)


# --- certainly not sent: tried again


@pytest.mark.parametrize("seconds", [1, 35, 3000])
async def test_429_waits_exactly_as_told_and_then_sends(server, line_of, seconds: int) -> None:
    line = line_of()
    await line.owe(TITLE)
    told = {"retry_after": seconds}
    server.faults.next(refused(429, f"Too Many Requests: retry after {seconds}", told))
    began = line.now
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    assert line.now - began == max(timedelta(seconds=seconds), timedelta(seconds=3.05))
    assert (sends(server), len(server.posts(CHANNEL))) == (2, 1)
    assert await line.trouble() == set()


async def test_429_for_half_a_day_is_no_loop(server, line_of) -> None:
    line = line_of()
    await after(line, server, refused(429, "Too Many", {"retry_after": 43_838}))
    assert await line.states() == ["pending"]
    assert sends(server) == 1


# --- a person must act: held, told once, probed, resumed by itself

CHANNEL_ERRORS = [
    (403, "Forbidden: bot was kicked from the channel chat"),
    (403, "Forbidden: bot was kicked from the supergroup chat"),
    (403, "Forbidden: bot is not a member of the channel chat"),
    (403, "Forbidden: the group chat was deleted"),
    (403, "Forbidden: user is deactivated"),
    (403, "Forbidden: bot was blocked by the user"),
    (400, "Bad Request: chat not found"),
    (400, "Bad Request: need administrator rights in the channel chat"),
    (400, "Bad Request: not enough rights to send text messages to the chat"),
    (400, "Bad Request: not enough rights to send photos to the chat"),
    (400, "Bad Request: have no write access to the chat"),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
    (400, "Bad Request: message thread not found"),
]
ACCOUNT_ERRORS = [
    (401, "Unauthorized"),
    (404, "Not Found"),
    (409, "Conflict: terminated by other getUpdates request"),
]


@pytest.mark.parametrize(
    ("status", "text", "scope"),
    [(*one, "channel") for one in CHANNEL_ERRORS] + [(*one, "account") for one in ACCOUNT_ERRORS],
)
async def test_a_refusal_that_a_person_must_mend_holds_and_probes(
    server, line_of, status: int, text: str, scope: str
) -> None:
    line = line_of()
    await line.owe(TITLE, "Tin thứ hai", "Tin thứ ba")
    server.faults.next(refused(status, text), times=99)
    await line.pass_time(timedelta(hours=5))
    assert await line.states() == ["held"] * 3
    assert await line.trouble() == {f"{scope} paused"}
    # The first attempt, probes after 5, 15 and 60 minutes, then hourly: nobody is hammered.
    assert sends(server) == 7
    server.faults.clear()
    await line.pass_time(HOUR + timedelta(minutes=1))
    assert await line.states() == ["sent"] * 3
    assert await line.trouble() == set()
    assert len(server.posts(CHANNEL)) == 3


async def test_proof_that_comes_while_the_database_is_locked_is_no_doubt(
    server, line_of, store
) -> None:
    store.outbox = LateOutbox(store.database)
    line = line_of()
    await line.owe(TITLE, "Tin thứ hai")
    await line.pass_time(HOUR)
    assert await line.states() == ["sent", "sent"]
    assert await line.trouble() == set()
    assert len(server.posts(CHANNEL)) == 2


PHOTO_ERRORS = [
    (400, "Bad Request: not enough rights to send photos to the chat"),
    (403, "Forbidden: not enough rights to send photos to the chat"),
    (400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN"),
    (400, "Bad Request: MEDIA_EMPTY"),
    (400, "Bad Request: file is too big"),
    (400, "Bad Request: something nobody has seen yet"),
    (413, "Request Entity Too Large"),
]


@pytest.mark.parametrize(("status", "text"), PHOTO_ERRORS)
async def test_a_refused_picture_never_stops_the_text(
    server, line_of, status: int, text: str
) -> None:
    """A proxy, or a group that forbids photos, refuses each photo and no text."""
    line = line_of()
    body = error_body(status, text)
    server.faults.next(answer(status, body, about=b"photo"), times=2)
    await line.owe(TITLE, "Tin thứ hai", image=IMAGE)
    with structlog.testing.capture_logs() as logs:
        await line.pass_time(timedelta(minutes=1))
    assert await line.states() == ["sent", "sent"]
    assert await line.trouble() == set()
    assert "photo" not in server.posts(CHANNEL)[0]
    without = [log["delivery"] for log in logs if log["event"] == "posted without its picture"]
    assert without == [1]


async def test_a_fault_of_the_platform_for_hours_loses_nothing(server, line_of) -> None:
    """As on 31 October 2023: every bot was told that it had no rights."""
    line = line_of()
    await line.owe(*(f"Tin {n}" for n in range(5)))
    server.faults.next(
        refused(400, "Bad Request: not enough rights to send text messages"), times=4
    )
    await line.pass_time(timedelta(hours=12))
    assert await line.states() == ["sent"] * 5
    texts = [message["text"].split("\n")[0] for message in server.posts(CHANNEL)]
    assert texts == [f"Tin {n}" for n in range(5)]


async def test_a_migrated_chat_is_followed_and_told(server, line_of) -> None:
    line = line_of()
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    await line.owe(TITLE, "Tin thứ hai")
    server.faults.next(refused(400, text, {"migrate_to_chat_id": -1002}))
    await line.pass_time(HOUR)
    assert await line.states() == ["sent", "sent"]
    assert len(server.posts(-1002)) == 2
    assert server.posts(CHANNEL) == []
    assert await line.trouble() == {"moved"}
    assert (await line.rows())[0].url == "https://t.me/c/2/1"


async def test_a_correction_never_meets_a_post_of_another_chat(server, line_of) -> None:
    """The first post of each chat has the id 1."""
    server.add_chat(-500, None, "group")
    server.add_chat(-1003, "moi")
    line = line_of(chat=-500, edit_window=HOUR)
    await tell(line, "Tin sai")
    await line.pass_time(HOUR)
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    server.chat(-500).refusal = ApiError(400, text, {"migrate_to_chat_id": -1002})
    for chat in (-500, "@moi"):
        line.start(line.store, replace(line.route, channel=replace(line.route.channel, chat=chat)))
        await line.owe(f"Tin khác ở {chat}")
        await line.pass_time(HOUR)
    shown = [message["text"] for message in server.posts()]
    assert len(shown) == 3
    await tell(line, "Tin đúng")
    left = await line.correct()
    assert isinstance(left, LeftAlone)
    assert [message["text"] for message in server.posts()] == shown


async def test_a_correction_is_made_in_the_chat_of_before(server, line_of) -> None:
    server.add_chat(-1003, "moi")
    line = line_of(edit_window=HOUR)
    await tell(line, "Tin sai")
    await line.pass_time(HOUR)
    line.start(line.store, replace(line.route, channel=replace(line.route.channel, chat="@moi")))
    await line.owe("Tin khác")
    await line.pass_time(HOUR)
    await tell(line, "Tin đúng")
    assert isinstance(await line.correct(), Edited)
    assert [text["text"].split("\n")[0] for text in server.posts(CHANNEL)] == ["Tin đúng"]
    assert [text["text"].split("\n")[0] for text in server.posts("@moi")] == ["Tin khác"]


async def test_a_chat_that_moves_in_circles_is_no_loop(server, line_of) -> None:
    line = line_of()
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    await after(line, server, refused(400, text, {"migrate_to_chat_id": -1002}), times=99)
    assert await line.states() == ["held"]
    assert sends(server) <= 6


# --- permanent for this post: one fall-back where that helps


@pytest.mark.parametrize(
    "text",
    [
        "inline keyboard button URL 'http://x' is invalid: Wrong HTTP URL",
        "BUTTON_URL_INVALID",
        "BUTTON_COPY_TEXT_INVALID",
        "reply markup is too long",
    ],
)
async def test_a_bad_button_is_left_out(server, line_of, text: str) -> None:
    line = line_of()
    await after(line, server, refused(400, f"Bad Request: {text}"))
    (message,) = server.posts(CHANNEL)
    assert "reply_markup" not in message
    assert message["entities"][0]["type"] in {"bold", "text_link"}
    assert await line.states() == ["sent"]


@pytest.mark.parametrize(
    "text",
    [
        "can't parse entities: unsupported start tag at byte offset 3",
        "message is too long",
        "text is too long",
        "message text is empty",
        "text must be non-empty",
    ],
)
async def test_refused_entities_become_plain_text(server, line_of, text: str) -> None:
    line = line_of()
    await after(line, server, refused(400, f"Bad Request: {text}"))
    (message,) = server.posts(CHANNEL)
    assert message["text"].startswith(f"{TITLE}\n")
    assert "entities" not in message
    assert await line.states() == ["sent"]


IMAGE_ERRORS = [
    "wrong file identifier/HTTP URL specified",
    "wrong HTTP URL specified",
    "failed to get HTTP URL content",
    "wrong type of the web page content",
    "can't upload file by URL",
]


@pytest.mark.parametrize("text", IMAGE_ERRORS)
async def test_a_picture_that_cannot_be_fetched_is_uploaded(server, line_of, text: str) -> None:
    line = line_of()
    await line.owe(TITLE, image=IMAGE)
    server.faults.next(refused(400, f"Bad Request: {text}"))
    await line.pass_time(HOUR)
    (message,) = server.posts(CHANNEL)
    assert message["caption"].startswith(TITLE)
    assert sends(server) == 2


@pytest.mark.parametrize(
    "second", [refused(400, "Bad Request: IMAGE_PROCESS_FAILED"), answer(413, "<html>too large")]
)
async def test_a_picture_that_cannot_be_uploaded_either_is_left_out(
    server, line_of, second
) -> None:
    line = line_of()
    await line.owe(TITLE, image=IMAGE)
    server.faults.next(refused(400, f"Bad Request: {IMAGE_ERRORS[2]}"))
    server.faults.next(second)
    await line.pass_time(HOUR)
    (message,) = server.posts(CHANNEL)
    assert message["text"].startswith(TITLE)
    assert sends(server) == 3


async def test_a_caption_that_is_too_long_becomes_a_message(server, line_of) -> None:
    line = line_of()
    await line.owe(TITLE, image=IMAGE)
    server.faults.next(refused(400, "Bad Request: message caption is too long"))
    await line.pass_time(HOUR)
    (message,) = server.posts(CHANNEL)
    assert message["text"].startswith(TITLE)


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        (refused(400, "Bad Request: something nobody has heard of"), 1),
        (refused(400, "Bad Request: BUTTON_URL_INVALID"), 2),
        (refused(400, "Bad Request: can't parse entities"), 2),
        (answer(413, "<html>too large</html>"), 2),
    ],
)
async def test_a_post_that_stays_refused_fails_and_is_reported(
    server, line_of, fault, tries: int
) -> None:
    line = line_of()
    await line.owe(TITLE)
    server.faults.next(fault, times=tries)
    await line.pass_time(HOUR)
    await line.owe("Tin thứ hai")
    await line.pass_time(HOUR)
    assert await line.states() == ["failed", "sent"]
    assert await line.trouble() == {"failed"}
    assert sends(server) == tries + 1


# --- may have been sent

LOST = [
    drop(),
    stall(None),
    answer(500, error_body(500, "Internal Server Error")),
    answer(502, "<html>bad gateway</html>"),
    answer(504, "<html>gateway time-out</html>"),
    answer(200, {"ok": True}),
    answer(200, "<html>welcome to the hotel's network</html>"),
]
LOST_AFTER = [
    drop(after=True),
    truncate(),
    answer(500, error_body(500, "Internal Server Error"), after=True),
    answer(502, "<html>bad gateway</html>", after=True),
    answer(504, "<html>gateway time-out</html>", after=True),
    answer(200, {"ok": True}, after=True),
    answer(200, "<html>", after=True),
]


EVERY_LOSS = pytest.mark.parametrize("fault", [*LOST, *LOST_AFTER], ids=str)
SEED = int(os.environ.get("NEWSBOT_SEED", "7"))


@pytest.fixture(params=["channel", "supergroup"])
def chat(request: pytest.FixtureRequest, server: TelegramServer) -> Chat:
    """A chat whose ids begin anywhere, and in which others write and delete."""
    made = server.chat(CHANNEL)
    made.type = request.param
    return made.age(random.Random(f"{SEED} {request.node.name}"))


def titles(server: TelegramServer) -> list[str]:
    return [message["text"].split("\n")[0] for message in server.posts(CHANNEL)]


async def check_proofs(line: Line, server: TelegramServer) -> None:
    """Assert that each proved delivery names its own post."""
    texts = {str(one["message_id"]): one["text"].split("\n")[0] for one in server.posts(CHANNEL)}
    for row in await line.rows():
        if row.state == "sent":
            assert texts[row.remote_id] == row.items[0].title
    assert server.posts(SCRATCH) == []


@EVERY_LOSS
async def test_a_lost_answer_is_settled_between_two_posts(server, line_of, chat, fault) -> None:
    line = line_of(**KNOWN)
    await line.owe("Tin đầu")
    await line.pass_time(HOUR)
    await line.owe(TITLE, "Tin thứ hai")
    server.faults.next(fault)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"] * 3
    # A post that did not arrive is known to be missing only once the next one stands.
    order = ["Tin thứ hai", TITLE] if fault in LOST else [TITLE, "Tin thứ hai"]
    assert titles(server) == ["Tin đầu", *order]
    await check_proofs(line, server)
    assert await line.trouble() == set()


@EVERY_LOSS
async def test_the_first_post_of_all_is_never_doubled(server, line_of, chat, fault) -> None:
    line = line_of(**KNOWN)
    await line.owe(TITLE, "Tin thứ hai")
    server.faults.next(fault)
    await line.pass_time(HOUR * 2)
    if fault in LOST_AFTER:
        assert await line.states() == ["sent", "sent"]
        assert titles(server) == [TITLE, "Tin thứ hai"]
        assert await line.trouble() == set()
    else:
        assert await line.states() == ["unknown", "sent"]
        assert titles(server) == ["Tin thứ hai"]
        assert await line.trouble() == {"unknown"}
        assert "no post of ours is known before it" in (await line.rows())[0].reason.text
    await check_proofs(line, server)


@EVERY_LOSS
@pytest.mark.parametrize("gone", [99, 400])
async def test_no_post_is_doubled_where_the_first_messages_of_the_chat_are_gone(
    server, line_of, fault, gone: int
) -> None:
    server.chat(CHANNEL).last_id = gone
    line = line_of(**KNOWN)
    await after(line, server, fault)
    await line.owe("Tin thứ hai")
    await line.pass_time(HOUR)
    assert await line.states() == ["sent" if fault in LOST_AFTER else "unknown", "sent"]
    assert titles(server) == [TITLE, "Tin thứ hai"][fault in LOST :]
    await check_proofs(line, server)


@pytest.mark.parametrize(
    ("policy", "left", "told"), [("hold", "unknown", {"unknown"}), ("drop", "dropped", set())]
)
async def test_without_a_later_post_it_waits_quietly_and_then_is_left_to_the_policy(
    server, line_of, chat, policy: str, left: str, told: set[str]
) -> None:
    line = line_of(**KNOWN, on_unknown=policy)
    await line.owe("Tin đầu")
    await line.pass_time(HOUR)
    await line.owe(TITLE)
    server.faults.next(drop())
    await line.pass_time(HOUR * 23)
    assert await line.states() == ["sent", "unknown"]
    assert await line.trouble() == set()
    searched = sum("/forwardMessage" in seen.path for seen in server.requests)
    await line.pass_time(HOUR * 25)
    assert await line.states() == ["sent", left]
    assert await line.trouble() == told
    assert searched < 600, "two searches, and none in vain"
    assert sends(server) == 2


@pytest.mark.parametrize("first", [drop(), drop(after=True)], ids=["lost", "arrived"])
@pytest.mark.parametrize("second", [drop(), drop(after=True)], ids=["lost", "arrived"])
async def test_two_lost_answers_in_a_row_are_both_settled(
    server, line_of, chat, first: Fault, second: Fault
) -> None:
    line = line_of(**KNOWN)
    await line.owe("Tin đầu")
    await line.pass_time(HOUR)
    for title, faults in (("Tin 1", [first]), ("Tin 2", [second]), ("Tin 3", [])):
        await line.owe(title)
        for fault in faults:
            server.faults.next(fault)
        await line.pass_time(HOUR)
        line.now += timedelta(minutes=16)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"] * 4
    assert sorted(titles(server)) == ["Tin 1", "Tin 2", "Tin 3", "Tin đầu"]
    await check_proofs(line, server)


@EVERY_LOSS
@pytest.mark.parametrize("policy", ["hold", "drop"])
async def test_without_one_it_is_listed_and_never_doubled(server, line_of, fault, policy) -> None:
    line = line_of(on_unknown=policy)
    await after(line, server, fault)
    assert await line.states() == ["unknown" if policy == "hold" else "dropped"]
    assert await line.trouble() == ({"unknown"} if policy == "hold" else set())
    assert sends(server) == 1
    assert len(server.posts(CHANNEL)) == (1 if fault in LOST_AFTER else 0)


async def test_a_slow_answer_is_waited_for(server, line_of) -> None:
    line = line_of()
    await after(line, server, stall(0.2))
    assert await line.states() == ["sent"]
    assert sends(server) == 1


async def test_a_scratch_chat_that_is_forbidden_leaves_it_to_the_operator(server, line_of) -> None:
    line = line_of(scratch_chat=-404)
    server.chat(CHANNEL).write("trước")
    await after(line, server, drop(after=True))
    assert await line.states() == ["unknown"]
    (row,) = await line.rows()
    assert row.reason is not None
    assert "scratch_chat" in row.reason.text


async def test_no_connection_at_all_is_no_doubt(server, line_of) -> None:
    line = line_of(**KNOWN)
    await server.__aexit__()
    await line.owe(TITLE)
    await line.pass_time(timedelta(minutes=10))
    assert await line.states() == ["pending"]
    (row,) = await line.rows()
    assert row.reason is not None
    assert row.reason.code == "unreachable"
    assert 3 <= row.attempts <= 9


async def test_a_refusal_that_nobody_knows_stops_the_channel_and_loses_nothing(
    server, line_of
) -> None:
    line = line_of(max_per_hour=None, max_per_day=None)
    await line.owe(*[f"tin {number}" for number in range(9)])
    server.faults.next(refused(400, "Bad Request: CHANNEL_RESTRICTED_TODAY"), times=3)
    await line.pass_time(timedelta(minutes=4))
    assert set(await line.states()) == {"held", "pending"}
    assert await line.trouble() == {"channel paused"}
    await line.pass_time(timedelta(hours=3))
    assert await line.states() == ["sent"] * 9


# --- the article in a quotation that opens on a tap


EXPANDABLE = {"more": "expandable"}


def quoted(message: dict[str, Any]) -> str:
    """Return what opens on a tap in a message or caption."""
    text, kind = ("caption", "caption_entities") if "caption" in message else ("text", "entities")
    units = message[text].encode("utf-16-le")
    found = [one for one in message[kind] if one["type"] == "expandable_blockquote"]
    (where,) = found or [{"offset": 0, "length": 0}]
    return units[2 * where["offset"] :][: 2 * where["length"]].decode("utf-16-le")


@pytest.mark.parametrize(
    ("fault", "image"),
    [
        (refused(429, "Too Many Requests: retry after 3", {"retry_after": 3}), None),
        (refused(400, "Bad Request: BUTTON_URL_INVALID"), None),
        (refused(400, "Bad Request: message caption is too long"), IMAGE),
        (refused(400, "Bad Request: wrong file identifier/HTTP URL specified"), IMAGE),
        (refused(403, "Forbidden: bot is not a member of the channel chat"), None),
    ],
    ids=str,
)
async def test_a_refused_post_keeps_its_quotation(server, line_of, fault, image) -> None:
    line = line_of(**EXPANDABLE)
    await line.owe(TITLE, image=image)
    server.faults.next(fault)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    (message,) = server.posts(CHANNEL)
    assert quoted(message) == "\n".join((BODY[0].text, f"• {BODY[1].text}"))


async def test_without_markup_no_article_stands_open_in_the_channel(server, line_of) -> None:
    line = line_of(**EXPANDABLE)
    await after(line, server, refused(400, "Bad Request: can't parse entities"))
    (message,) = server.posts(CHANNEL)
    assert LEAD in message["text"]
    assert BODY[0].text not in message["text"]


@pytest.mark.parametrize("fault", [drop(), drop(after=True), truncate()], ids=str)
async def test_a_quotation_that_may_have_arrived_is_found(server, line_of, fault) -> None:
    line = line_of(**KNOWN, **EXPANDABLE)
    await line.owe("Tin đầu")
    await line.pass_time(HOUR)
    await line.owe(TITLE, "Tin thứ hai")
    server.faults.next(fault)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"] * 3
    assert sorted(titles(server)) == sorted(["Tin đầu", TITLE, "Tin thứ hai"])
    await check_proofs(line, server)


# --- rich messages


RICH = {"layout": "rich"}
RICH_ERRORS = [
    (400, "Bad Request: RICH_MESSAGE_CONTENT_REQUIRED"),
    (400, "Bad Request: RICH_MESSAGE_TEXT_TOO_LONG"),
    (400, "Bad Request: RICH_MESSAGE_URL_INVALID"),
    (400, "Bad Request: can't parse rich message"),
    (400, "Bad Request: wrong type of the web page content"),
    (400, "Bad Request: not enough rights to send photos to the chat"),
    (400, "Bad Request: something nobody has heard of"),
    (404, "Not Found"),
    (413, "Request Entity Too Large"),
]


@pytest.mark.parametrize(("status", "text"), RICH_ERRORS)
async def test_a_rich_message_that_is_refused_becomes_a_plain_post_once(
    server, line_of, status: int, text: str
) -> None:
    line = line_of(**RICH)
    await line.owe(TITLE, image=IMAGE)
    server.faults.next(refused(status, text))
    await line.pass_time(HOUR)
    (message,) = server.posts(CHANNEL)
    assert message["caption"].startswith(TITLE)
    assert (await line.states(), sends(server)) == (["sent"], 2)
    assert await line.trouble() == set()


async def test_a_server_without_rich_messages_gets_plain_posts(server, line_of) -> None:
    server.knows_rich = False
    line = line_of(**RICH)
    await line.owe(TITLE, "Tin thứ hai")
    await line.pass_time(HOUR)
    assert await line.states() == ["sent", "sent"]
    assert [message["text"].split("\n")[0] for message in server.posts(CHANNEL)] == [
        TITLE,
        "Tin thứ hai",
    ]


async def test_a_false_token_is_told_for_a_rich_message_too(server, line_of) -> None:
    line = line_of(**RICH)
    await after(line, server, refused(404, "Not Found"), times=99)
    assert await line.trouble() == {"account paused"}
    assert server.posts(CHANNEL) == []


async def test_a_bad_button_costs_a_rich_message_its_buttons_alone(server, line_of) -> None:
    line = line_of(**RICH)
    await after(line, server, refused(400, "Bad Request: BUTTON_URL_INVALID"))
    (message,) = server.posts(CHANNEL)
    assert "rich_message" in message
    assert "reply_markup" not in message


@pytest.mark.parametrize("fault", [drop(after=True), answer(502, "<html>", after=True), truncate()])
async def test_a_rich_message_that_may_have_arrived_is_found(server, line_of, fault) -> None:
    line = line_of(**RICH, **KNOWN)
    await line.owe("Tin trước")
    await line.pass_time(HOUR)
    await after(line, server, fault)
    assert await line.states() == ["sent", "sent"]
    assert len(server.posts(CHANNEL)) == 2
    assert server.posts(SCRATCH) == []


async def test_a_rich_message_that_did_not_arrive_is_sent_again(server, line_of) -> None:
    line = line_of(**RICH, **KNOWN)
    await line.owe("Tin trước")
    await line.pass_time(HOUR)
    await after(line, server, drop())
    await line.owe("Tin sau")
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"] * 3
    assert len(server.posts(CHANNEL)) == 3


def headline(message: dict[str, Any]) -> str:
    """Return the headline of a rich message, as its readers see it."""
    (first, *_) = message["rich_message"]["blocks"]
    text = first["text"]
    return text if isinstance(text, str) else text["text"]


@pytest.mark.parametrize("now", ["rich", "plain"])
async def test_a_correction_edits_a_rich_message_as_one(server, line_of, now: str) -> None:
    line = line_of(**RICH, edit_window=HOUR)
    await tell(line, "Tin sai")
    await line.pass_time(HOUR)
    channel = replace(line.route.channel, layout=now)
    line.start(line.store, replace(line.route, channel=channel))
    await tell(line, "Tin đúng")
    assert isinstance(await line.correct(), Edited)
    (message,) = server.posts(CHANNEL)
    assert headline(message) == "Tin đúng"
    assert "text" not in message


async def test_a_correction_edits_a_plain_post_as_one(server, line_of) -> None:
    """The channel's layout was changed in between, or the rich message was refused."""
    line = line_of(edit_window=HOUR)
    await tell(line, "Tin sai")
    await line.pass_time(HOUR)
    channel = replace(line.route.channel, layout="rich")
    line.start(line.store, replace(line.route, channel=channel))
    await tell(line, "Tin đúng")
    assert isinstance(await line.correct(), Edited)
    (message,) = server.posts(CHANNEL)
    assert message["text"].startswith("Tin đúng")


async def test_a_rich_message_is_taken_back(server, line_of) -> None:
    line = line_of(**RICH)
    await line.owe(TITLE)
    await line.pass_time(HOUR)
    (row,) = await line.rows()
    await line.client.publisher(line.route.channel).delete(row.remote_id or "", None)
    assert server.posts(CHANNEL) == []


async def test_pictures_that_telegram_cannot_fetch_are_left_out(server, line_of) -> None:
    line = line_of(**RICH)
    upload = Uploadable(picture=PICTURE, reason=Reason(code="avif", text="an AVIF picture"))
    line.start(line.store, replace(line.route, pictures=FakePictures(upload)))
    await line.owe(TITLE, image=IMAGE)
    await line.pass_time(HOUR)
    (message,) = server.posts(CHANNEL)
    assert "photo" not in [block["type"] for block in message["rich_message"]["blocks"]]
    assert sends(server) == 1
