"""The desk's chat changes, moves, refuses and gets lost, while people go on deciding."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.models.settings import Approval
from bot.models.times import Hours
from tests.e2e.desk_kit import Desk, asking
from tests.e2e.test_desk_approval import HOUR, posted, running
from tests.standins.faults import answer, drop
from tests.standins.telegram_checks import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NEW = -100556
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running() as found:
        yield found


async def test_what_waits_is_shown_in_the_chat_that_the_file_names_now(desk: Desk) -> None:
    await desk.line.owe("Một tin", "Tin hai")
    await desk.round()
    desk.tap("Skip")
    await desk.service.read(0)
    desk.chat.refusal = ApiError(403, "Forbidden: bot was kicked from the supergroup chat")
    desk.server.add_chat(NEW, type_="supergroup")
    moved = Desk(desk.server, desk.line, chat=NEW)
    await moved.round()
    assert len(moved.cards()) == 1, "what was decided needs no new message"
    moved.tap("Post")
    await moved.round()
    assert len(posted(desk)) == 1
    assert moved.labels(moved.cards()[-1]) == ["Posted 09:00 · An (@an_nguyen)"]
    await moved.client.close()


async def test_a_desk_whose_group_became_a_supergroup_is_followed_at_once(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    desk.server.add_chat(NEW, type_="supergroup")
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    desk.chat.refusal = ApiError(400, text, {"migrate_to_chat_id": NEW})
    new = Desk(desk.server, desk.line)
    desk.server.updates.say(desk.server.chat(NEW), "/help")
    new.number = NEW
    await new.round()
    assert any(one["text"].startswith("/status") for one in new.cards())
    new.tap("Post")
    await new.round()
    assert len(posted(desk)) == 1
    await new.client.close()


async def test_one_card_that_cannot_be_changed_stops_no_other(desk: Desk) -> None:
    await desk.line.owe("Một tin", "Tin hai")
    await desk.round()
    first, second = desk.cards()
    desk.server.refused_edits[first["message_id"]] = "Bad Request: something new"
    desk.tap("Skip", message=first)
    desk.tap("Skip", message=second)
    await desk.round()
    assert desk.labels(desk.chat.messages[second["message_id"]])[0].startswith("Not posted")
    assert await desk.line.store.cards.open() == []


async def test_a_text_for_a_message_that_could_not_be_noted_is_kept(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.line.round(desk.line.deliverer)
    (card,) = await desk.line.store.cards.open()
    desk.chat.add({"text": "Một tin", "reply_markup": {"inline_keyboard": [[_post(card)]]}})
    number = desk.cards()[-1]["message_id"]
    desk.server.updates.say(desk.chat, "Của tôi", answers=number)
    await desk.round()
    assert asking(desk).text == "Của tôi"


async def test_later_on_a_message_that_could_not_be_noted_holds(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.line.round(desk.line.deliverer)
    (card,) = await desk.line.store.cards.open()
    desk.chat.add({"text": "Một tin"})
    number = desk.cards()[-1]["message_id"]
    desk.server.updates.tap(desk.chat, number, f"h {card.delivery.id} 3")
    await desk.round()
    assert len(desk.cards()) == 1
    desk.line.now += 3 * HOUR
    await desk.round()
    assert len(desk.cards()) == 2


def _post(card: Any) -> dict[str, str]:
    return {"text": "Post", "callback_data": f"p {card.delivery.id} {card.version} 0"}


@pytest.mark.parametrize("then", ["skip", "post"])
async def test_what_people_decided_while_the_bot_was_deaf_counts(then: Any) -> None:
    async with running(approval=Approval(within=HOUR, then=then)) as desk:
        await desk.line.owe("Một tin")
        await desk.round()
        desk.tap("Skip" if then == "post" else "Post")
        desk.server.faults.next(drop())
        await desk.service.read(0)
        desk.line.now += HOUR
        await desk.service.show()
        assert await desk.line.states() == ["held"]
        await desk.round()
        await desk.round()
        assert await desk.line.states() == ["dropped" if then == "post" else "sent"]
        (row,) = await desk.line.rows()
        assert "nobody" not in f"{row.reason and row.reason.text} {row.approved_by}"


async def test_the_time_to_decide_begins_again_with_a_new_text() -> None:
    async with running(approval=Approval(within=HOUR)) as desk:
        await desk.line.owe("Một tin")
        await desk.round()
        desk.line.now += HOUR - 10 * MINUTE
        desk.server.updates.say(desk.chat, "Của tôi", answers=desk.cards()[-1]["message_id"])
        await desk.round()
        desk.line.now += 10 * MINUTE
        await desk.round()
        assert await desk.line.states() == ["held"]
        desk.line.now += HOUR
        await desk.round()
        assert await desk.line.states() == ["dropped"]


async def test_a_deed_that_was_agreed_to_is_done_although_an_answer_got_lost(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    desk.server.updates.say(desk.chat, "/drop 1")
    await desk.service.read(0)
    desk.tap("Yes")
    desk.server.faults.next(answer(502, about=b"callback_query_id"), times=4)
    await desk.service.read(0)
    assert await desk.line.states() == ["dropped"]


async def test_a_forwarded_command_is_no_command(desk: Desk) -> None:
    origin = {"type": "user", "date": 1, "sender_user": {"id": 99, "is_bot": False}}
    desk.server.updates.say(desk.chat, "/help", forward_origin=origin)
    await desk.service.read(0)
    assert desk.cards() == []


@pytest.mark.parametrize("text", ["/post tin =999", "/explain #999", "/drop 999999999999999999999"])
async def test_a_number_that_names_nothing_is_answered(desk: Desk, text: str) -> None:
    desk.server.updates.say(desk.chat, text)
    await desk.service.read(0)
    (reply,) = desk.cards()
    assert "no" in reply["text"]


async def test_a_spurious_change_of_an_answer_shows_nothing_again(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    number = desk.cards()[-1]["message_id"]
    desk.server.updates.say(desk.chat, "Của tôi", answers=number)
    await desk.round()
    desk.server.updates.say(desk.chat, "Của tôi", answers=number, changes=True)
    await desk.round()
    assert len(desk.cards()) == 2


async def test_at_night_people_are_asked_and_the_post_waits_for_the_morning() -> None:
    night = Hours(start=time(8), end=time(15))
    approval = Approval(within=2 * HOUR, then="post")
    async with running(approval=approval, quiet_hours=night) as desk:
        await desk.line.owe("Một tin", "Tin hai")
        await desk.round()
        assert len(desk.cards()) == 2
        desk.tap("Post", message=desk.cards()[0])
        desk.line.now += 3 * HOUR
        await desk.round()
        await desk.round()
        assert posted(desk) == []
        desk.line.now += 4 * HOUR
        await desk.round()
        await desk.round()
        assert len(posted(desk)) == 2
