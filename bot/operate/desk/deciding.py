"""What a person at the desk does to a post: a tap of a button, or a text as an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.format.typed import typed_for
from bot.log import get_logger
from bot.models.basics import DeliveryId
from bot.models.desk import Ruling, Seen
from bot.operate.desk.face import AGAIN, HOURS, delays, face_of, retired, state_of
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.models.basics import ChannelId
    from bot.models.desk import Card, Tap, Words
    from bot.pipeline.route import Route
    from bot.ports import DeskChat
    from bot.store.engine import Store
    from bot.wording import Wording

_log = get_logger(__name__)
_GONE = marked("This button is old: newsbot does not know this post any more.")
_CHANGED = marked(
    "Its source has just corrected it, so it was not posted: look at the new one below."
)
_HOW_TO_EDIT = marked(
    "Reply to this message with the new text, with the markup as you type it. "
    "The post is then shown again."
)
_WAITS = marked("Post {id} for channel {channel}, from {feed}, waits for a decision.")
_TOO_LONG = marked(
    "It has {length} characters of {limit} at most: the post stays as it was. Reply again "
    "with a shorter text."
)


class Deciding:
    """Writes decisions into the outbox, where each is made once; raises PublishError."""

    def __init__(
        self,
        chat: DeskChat,
        store: Store,
        *,
        routes: Mapping[ChannelId, Route],
        words: Wording,
        timezone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        self._chat = chat
        self._cards = store.cards
        self._routes = routes
        self._words = words
        self._timezone = timezone
        self._now = now

    async def tapped(self, tap: Tap) -> None:
        """Do what the button says that was tapped."""
        kind, _, said = tap.data.partition(" ")
        numbers = [int(one) for one in said.split() if one.isdecimal() and len(one) < 18]  # noqa: PLR2004 - digits of 64 bits
        card = await self._cards.of(DeliveryId(numbers[0])) if numbers else None
        if card is None:
            await self._chat.set_buttons(str(tap.place.id), tap.message, ())
            await self._chat.answer(tap.id, self._words.phrase(_GONE), is_long=True)
            return
        said, is_long = await self._done(kind, numbers[1:], card, tap)
        await self._chat.answer(tap.id, said, is_long=is_long)
        await self._settle(tap, card)

    async def _done(self, kind: str, numbers: list[int], card: Card, tap: Tap) -> tuple[str, bool]:
        """Do it; return what the person is told, and whether in a box that stays."""
        words, id_ = self._words, card.delivery.id
        if kind == "i" or not card.waits:
            return self._about(card, is_old=kind != "i"), True
        match kind, numbers:
            case "p", [version, edits]:
                return await self._approve(card, Seen(version=version, edits=edits), tap)
            case "s", []:
                ruling = await self._cards.skip(
                    id_, told("skipped at the desk by {by}", by=tap.by.name)
                )
                self._log("skipped", card, tap)
                return await self._said(ruling, card, words.phrase("Skipped."))
            case "e", []:
                return words.phrase(_HOW_TO_EDIT), True
            case "l", []:
                await self._chat.set_buttons(str(tap.place.id), tap.message, delays(card, words))
                return "", False
            case "b", []:
                face = face_of(card, words, self._timezone, self._now())
                await self._chat.set_buttons(str(tap.place.id), tap.message, face.rows)
                return "", False
            case "h", [hours] if hours in HOURS:
                until = self._now() + timedelta(hours=hours)
                ruling = await self._cards.put_aside(id_, until)
                at = f"{until.astimezone(self._timezone):%H:%M}"
                return await self._said(
                    ruling, card, words.phrase("It will be shown again at {at}.", at=at)
                )
        return words.phrase(_GONE), True

    async def _approve(self, card: Card, seen: Seen, tap: Tap) -> tuple[str, bool]:
        words = self._words
        ruling = await self._cards.approve(card.delivery.id, seen, tap.by.name, self._now())
        if ruling is Ruling.CHANGED and seen.edits == card.edits:
            await self._cards.note_buttons(card.delivery.id, AGAIN, is_open=True)
            return words.phrase(_CHANGED), True
        if ruling is Ruling.CHANGED:
            return words.phrase("This button is old: the post was shown again below."), True
        if ruling is Ruling.DONE:
            self._log("approved", card, tap)
        return await self._said(ruling, card, words.phrase("It will be posted in its turn."))

    async def _said(self, ruling: Ruling, card: Card, done: str) -> tuple[str, bool]:
        if ruling is Ruling.DONE:
            return done, False
        now = await self._cards.of(card.delivery.id)
        return (self._about(now, is_old=True) if now else self._words.phrase(_GONE)), True

    def _about(self, card: Card, *, is_old: bool) -> str:
        if card.waits:
            one = card.delivery
            return self._words.phrase(_WAITS, id=one.id, channel=one.channel, feed=one.feed)
        state = state_of(card, self._words, self._timezone)
        return self._words.phrase("This button is old. {state}", state=state) if is_old else state

    async def _settle(self, tap: Tap, card: Card) -> None:
        """Take the buttons from a message that shows the card no more, or that nobody noted."""
        if card.message is not None and tap.message != card.message:
            await self._chat.set_buttons(str(tap.place.id), tap.message, retired(card, self._words))

    async def card_answered(self, words: Words) -> Card | None:
        """Return the card that a text answers, None where it answers none."""
        if words.answers is None:
            return None
        id_ = await self._cards.shown_in(str(words.place.id), words.answers)
        if id_ is None and words.about is not None:
            number = words.about.split()[1:2]
            id_ = DeliveryId(int(number[0])) if number and number[0].isdecimal() else None
        return None if id_ is None else await self._cards.of(id_)

    async def rewrite(self, words: Words, card: Card, update_id: int) -> None:
        """Let the post say what a person wrote; it is shown again."""
        said = await self._rewritten(words, card, update_id)
        if said is not None:
            await self._chat.say(words.place.id, said, answers=words.message)

    async def _rewritten(self, words: Words, card: Card, update_id: int) -> str | None:
        """Write it down; return what there is to say, None where the card says it all."""
        route = self._routes.get(card.delivery.channel)
        if not card.waits or route is None:
            return self._about(card, is_old=False)
        typed = typed_for(route.channel, card.delivery.article, words.text, words.entities)
        if not typed.text:
            return self._words.phrase("The answer holds no text: the post stays as it was.")
        if typed.is_too_long:
            return self._words.phrase(_TOO_LONG, length=typed.length, limit=typed.limit)
        ruling = await self._cards.write_by_hand(card.delivery.id, typed.text, update_id)
        _log.info("written by hand", delivery=card.delivery.id, by=words.by.name)
        return None if ruling is Ruling.DONE else self._about(card, is_old=False)

    def _log(self, what: str, card: Card, tap: Tap) -> None:
        _log.info(what, delivery=card.delivery.id, channel=card.delivery.channel, by=tap.by.name)
