"""People approve posts at the desk: Post, Skip, Edit, Later, in any order, twice, and too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from bot.format.templates import compile_template
from bot.models.settings import Approval, TemplateText
from bot.publish.pace import lane_of
from bot.store.engine import open_store
from tests.e2e.desk_kit import BINH, DESK, STRANGER, Desk, asking, desk_line
from tests.e2e.fault_kit import IMAGE
from tests.pipeline.kit import NOW, tell
from tests.standins.faults import drop
from tests.standins.telegram import CHANNEL, TelegramServer
from tests.standins.telegram_checks import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOUR = timedelta(hours=1)
CHOICES = ["→ tin", "Post", "Skip", "Edit", "Later"]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running() as found:
        yield found


class running:  # noqa: N801 - a context, as its callers read it
    def __init__(self, **keys: Any) -> None:
        self._keys = keys

    async def __aenter__(self) -> Desk:
        self._server = await TelegramServer().__aenter__()
        self._store = open_store(":memory:", create=True)
        self._desk = Desk(self._server, desk_line(self._store, self._server, **self._keys))
        return self._desk

    async def __aexit__(self, *_: object) -> None:
        await self._desk.client.close()
        await self._desk.line.client.close()
        await self._store.close()
        await self._server.__aexit__()


def posted(desk: Desk) -> list[str]:
    return [one["text"] for one in desk.server.posts(CHANNEL)]


async def test_a_post_waits_until_somebody_wants_it(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    assert posted(desk) == []
    assert await desk.line.states() == ["held"]
    card = desk.cards()[-1]
    assert card["text"].startswith("Một tin")
    assert [label for label in desk.labels(card) if label in CHOICES] == CHOICES
    desk.tap("Post")
    await desk.round()
    (message,) = desk.server.posts(CHANNEL)
    assert message["text"] == card["text"]
    assert message["entities"] == card["entities"]
    assert await desk.line.states() == ["sent"]
    assert desk.told() == ["It will be posted in its turn."]
    assert desk.labels(desk.cards()[-1]) == ["Posted 09:00 · An (@an_nguyen)"]


async def test_the_card_has_the_buttons_of_the_post_too(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    card = desk.cards()[-1]
    desk.tap("Post")
    await desk.round()
    (message,) = desk.server.posts(CHANNEL)
    of_post = desk.labels(message)
    assert of_post
    assert desk.server.posts(DESK)
    assert card["text"] == message["text"]


async def test_skip_drops_it_and_tells_who_did(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    desk.tap("Skip", by=BINH)
    await desk.round()
    (row,) = await desk.line.rows()
    assert (row.state.value, row.reason and row.reason.code) == ("dropped", "skipped")
    assert row.reason is not None
    assert row.reason.text == "skipped at the desk by Bình"
    assert desk.labels(desk.cards()[-1]) == ["Not posted: skipped at the desk by Bình"]
    assert posted(desk) == []


async def test_a_second_tap_and_an_old_button_do_no_harm(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    desk.tap("Post")
    desk.tap("Post")
    desk.tap("Skip", by=BINH)
    await desk.round()
    assert len(posted(desk)) == 1
    assert await desk.line.states() == ["sent"]
    first, *others = desk.told()
    assert first == "It will be posted in its turn."
    assert [text.startswith("This button is old.") for text in others] == [True, True]


async def test_strangers_get_nothing(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    before = len(desk.chat.messages)
    desk.tap("Post", by=STRANGER)
    desk.server.updates.say(desk.chat, "khác", by=STRANGER, answers=desk.cards()[-1]["message_id"])
    await desk.round()
    assert posted(desk) == []
    assert desk.told() == []
    assert len(desk.chat.messages) == before


async def test_an_answer_becomes_the_text_with_its_markup_and_is_shown_again(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    first = desk.cards()[-1]
    desk.tap("Edit")
    bold = [
        {"type": "bold", "offset": 0, "length": 3},
        {"type": "mention", "offset": 4, "length": 4},
    ]
    desk.server.updates.say(desk.chat, "Tin <hay> 🎉", entities=bold, answers=first["message_id"])
    await desk.round()
    assert "Reply to this message" in desk.told()[0]
    assert desk.labels(first) != CHOICES
    old = desk.chat.messages[first["message_id"]]
    assert desk.labels(old) == ["Shown again below"]
    card = desk.cards()[-1]
    assert card["text"] == "Tin <hay> 🎉"
    assert card["entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    desk.server.updates.tap(desk.chat, first["message_id"], "p 1 0 0")
    await desk.round()
    assert desk.told()[-1] == "This button is old: the post was shown again below."
    assert posted(desk) == []
    desk.tap("Post")
    await desk.round()
    assert posted(desk) == ["Tin <hay> 🎉"]


async def test_what_was_written_by_hand_is_never_edited_over(desk: Desk) -> None:
    await tell(desk.line, "Tin sai")
    await desk.round()
    desk.server.updates.say(desk.chat, "Lời của tôi", answers=desk.cards()[-1]["message_id"])
    await desk.round()
    desk.tap("Post")
    await desk.round()
    desk.line.now += HOUR
    await tell(desk.line, "Tin đúng")
    assert await desk.line.correct() is None
    assert posted(desk) == ["Lời của tôi"]


async def test_an_answer_that_is_too_long_or_empty_changes_nothing(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    number = desk.cards()[-1]["message_id"]
    desk.server.updates.say(desk.chat, "x" * 4097, answers=number)
    desk.server.updates.say(desk.chat, "\u200b", answers=number)
    await desk.round()
    texts = [one["text"] for one in desk.cards()]
    assert "It has 4097 characters of 4096 at most" in texts[1]
    assert "The answer holds no text" in texts[2]
    assert len(texts) == 3


async def test_a_corrected_story_is_looked_at_again_before_it_is_posted(desk: Desk) -> None:
    await tell(desk.line, "Tin sai")
    await desk.round()
    await tell(desk.line, "Tin đúng")
    desk.tap("Post")
    await desk.round()
    assert posted(desk) == []
    assert "corrected" in desk.told()[0]
    assert asking(desk).text.startswith("Tin đúng")
    desk.tap("Post")
    await desk.round()
    assert [text.split("\n")[0] for text in posted(desk)] == ["Tin đúng"]


async def test_later_shows_it_again_when_its_time_has_come(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    desk.tap("Later")
    await desk.round()
    assert desk.labels(desk.cards()[-1]) == ["→ tin", "1 h", "3 h", "12 h", "Back"]
    desk.tap("3 h")
    await desk.round()
    assert desk.labels(desk.cards()[-1]) == ["Shown again at 12:00", *CHOICES[1:]]
    desk.line.now += 2 * HOUR
    await desk.round()
    assert len(desk.cards()) == 1
    desk.line.now += HOUR
    await desk.round()
    assert len(desk.cards()) == 2
    assert desk.labels(desk.cards()[0]) == ["Shown again below"]
    desk.tap("Post")
    await desk.round()
    assert len(posted(desk)) == 1


async def test_back_gives_the_choices_back(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    desk.tap("Later")
    await desk.round()
    desk.tap("Back")
    await desk.round()
    assert desk.labels(desk.cards()[-1]) == CHOICES


@pytest.mark.parametrize(("then", "state"), [("skip", "dropped"), ("post", "sent")])
async def test_where_nobody_decides_in_time_the_file_does(then: Any, state: str) -> None:
    async with running(approval=Approval(within=4 * HOUR, then=then)) as desk:
        await desk.line.owe("Một tin")
        await desk.round()
        desk.line.now += 4 * HOUR - timedelta(minutes=6)
        await desk.round()
        assert await desk.line.states() == ["held"]
        desk.line.now += timedelta(minutes=6)
        await desk.round()
        await desk.round()
        assert await desk.line.states() == [state]
        (label,) = desk.labels(desk.cards()[-1])
        assert ("nobody decided" in label) is True


async def test_updates_that_come_twice_and_out_of_order_count_once(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    number = desk.cards()[-1]["message_id"]
    desk.server.updates.say(desk.chat, "Bản một", answers=number)
    desk.server.updates.say(desk.chat, "Bản hai", answers=number)
    one, two = desk.server.updates.waiting
    desk.server.updates.waiting = [two, one, two, one]
    await desk.round()
    assert asking(desk).text == "Bản hai"
    desk.server.updates.waiting = [one, two]
    await desk.round()
    assert asking(desk).text == "Bản hai"


async def test_an_answer_that_got_lost_is_asked_for_again(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    desk.tap("Post")
    desk.server.faults.next(drop(after=True))  # of getUpdates
    await desk.round()
    desk.line.now += timedelta(minutes=1)
    await desk.round()
    assert len(posted(desk)) == 1


async def test_a_delivery_that_needs_no_approval_any_more_goes_out(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    await desk.round()
    channel = replace(desk.line.route.channel, approval=None)
    free = lane_of(channel, NOW, ZoneInfo("UTC"))
    assert await desk.line.store.cards.excuse([free]) == 1
    assert await desk.line.states() == ["pending"]


async def test_a_desk_that_cannot_be_written_to_is_told(desk: Desk) -> None:
    await desk.line.owe("Một tin")
    desk.chat.refusal = ApiError(403, "Forbidden: bot was kicked from the supergroup chat")
    await desk.round()
    (note,) = await desk.line.store.alerts.notes()
    assert (note.kind, note.subject, note.level) == ("desk", str(DESK), 2)
    assert "bot was kicked" in note.text
    desk.chat.refusal = None
    desk.line.now += timedelta(minutes=1)
    await desk.round()
    assert await desk.line.store.alerts.notes() == []
    assert asking(desk).labels[-4:] == CHOICES[1:]


async def test_a_post_with_a_picture_is_shown_with_it_and_its_text_has_less_room(
    desk: Desk,
) -> None:
    await desk.line.owe("Một tin", image=IMAGE)
    await desk.round()
    card = desk.cards()[-1]
    assert card["photo"][0]["file_id"] == IMAGE
    assert card["caption"].startswith("Một tin")
    desk.server.updates.say(desk.chat, "x" * 1025, answers=card["message_id"])
    await desk.round()
    assert "1025 characters of 1024 at most" in desk.cards()[-1]["text"]
    desk.tap("Post", message=card)
    await desk.round()
    (message,) = desk.server.posts(CHANNEL)
    assert (message["photo"], message["caption"]) == (card["photo"], card["caption"])


async def test_a_picture_that_the_desk_refuses_stops_no_card(desk: Desk) -> None:
    desk.server.photo_check = lambda _: "wrong type of the web page content"
    await desk.line.owe("Một tin", image=IMAGE)
    await desk.round()
    card = desk.cards()[-1]
    assert "photo" not in card
    assert card["text"].startswith("Một tin")
    assert desk.labels(card)[-4:] == CHOICES[1:]


async def test_a_template_that_fails_is_told_at_the_desk(desk: Desk) -> None:
    broken = TemplateText(name="t", source="{{ title }}{{ 1 // ('Một' not in title) }}")
    template = compile_template(broken, desk.line.route.channel.platform)
    route = replace(desk.line.route, template=template)
    desk.service._showing._routes = {route.channel.id: route}
    await desk.line.owe("Một tin")
    await desk.round()
    assert "The post cannot be shown as in the channel" in desk.cards()[-1]["text"]
    assert desk.labels(desk.cards()[-1])[-4:] == CHOICES[1:]
