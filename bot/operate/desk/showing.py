"""Shows at the desk what waits there, and what became of it."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import Rejected, TemplateError
from bot.format.limits import TELEGRAM_MESSAGE, cut_text
from bot.log import get_logger
from bot.models.basics import Platform
from bot.models.posts import Button, Post
from bot.operate.desk.face import asking, face_of, needs_message, retired
from bot.pipeline.drawing import drawn
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.models.basics import ChannelId, FeedId
    from bot.models.desk import Card
    from bot.models.settings import Feed
    from bot.pipeline.route import Route
    from bot.ports import DeskChat
    from bot.store.engine import Store
    from bot.wording import Wording

_log = get_logger(__name__)
_MOST_TRIES = 5
"""Of one message: as a plain post, without the film, the picture's address, the picture, buttons,
markup."""


class Showing:
    """Brings the messages of the chat in line with the outbox, which alone knows what is so.

    Killed between a message and its note, it shows the card in another one: both work, and the
    second tap does nothing.
    """

    def __init__(
        self,
        chat: DeskChat,
        store: Store,
        *,
        routes: Mapping[ChannelId, Route],
        feeds: Mapping[FeedId, Feed],
        words: Wording,
        timezone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        self._chat = chat
        self._store = store
        self._routes = routes
        self._feeds = feeds
        self._words = words
        self._timezone = timezone
        self._now = now

    async def round(self, heard_at: datetime | None) -> None:
        """Show everything that changed; people were heard until `heard_at`. Raises PublishError.

        A card that cannot be shown keeps no other from being shown.
        """
        cards = await self._store.cards.open()
        here = await self._chat.number() if cards else ""
        failed = None
        for card in (_in_chat(one, here) for one in cards):
            try:
                if not await self._is_over(card, heard_at):
                    await self._show(card)
            except Rejected as rejected:
                failed = rejected
        if failed is not None:
            raise failed

    async def _is_over(self, card: Card, heard_at: datetime | None) -> bool:
        """Decide where nobody did in time; True where that was so.

        What people did while the bot could not hear them comes first, and so does a message that
        shows the card as it is now.
        """
        route = self._routes.get(card.delivery.channel)
        policy = route.channel.approval_of(card.delivery.feed) if route else None
        if not card.waits or policy is None or policy.within is None or card.asked_at is None:
            return False
        if card.later_until is not None or needs_message(card, self._now()):
            return False
        if heard_at is None or heard_at < card.asked_at + policy.within:
            return False
        id_ = card.delivery.id
        if policy.then == "post":
            nobody = marked("newsbot, nobody decided")
            await self._store.cards.approve(id_, None, nobody, self._now())
        else:
            await self._store.cards.skip(id_, marked("nobody decided in time (approve_within)"))
        _log.info("nobody decided in time", delivery=id_, then=policy.then)
        return True

    async def _show(self, card: Card) -> None:
        now = self._now()
        if needs_message(card, now):
            await self._send(card)
        else:
            face = face_of(card, self._words, self._timezone, now)
            if face.shown != card.shown and card.message is not None and card.chat is not None:
                await self._chat.set_buttons(card.chat, card.message, face.rows)
            if face.shown != card.shown or not face.is_open:
                is_open = face.is_open or bool(card.old)
                await self._store.cards.note_buttons(card.delivery.id, face.shown, is_open=is_open)
        for message in card.old:
            await self._chat.set_buttons(card.chat or "", message, retired(card, self._words))
            await self._store.cards.note_retired(card, message)
            card = replace(card, old=tuple(one for one in card.old if one != message))

    async def _send(self, card: Card) -> None:
        route = self._routes.get(card.delivery.channel)
        if route is None:
            return
        chat, message = await self._sent(card, route)
        await self._store.cards.note_message(
            card, chat=chat, message=message, shown=f"ask {card.edits}", now=self._now()
        )

    async def _sent(self, card: Card, route: Route) -> tuple[str, int]:
        """Send the card as the post would look, else with as little as the chat refuses."""
        without: frozenset[str] = frozenset()
        rows = asking(card, self._words)
        for _ in range(_MOST_TRIES):
            try:
                post = await self._drawn(card, route, without)
                post = replace(post, buttons=(*post.buttons, *rows))
                return await self._chat.show(post, route.channel.preview)
            except Rejected as rejected:
                why = str(rejected)
                if rejected.part is None or rejected.part in without:
                    break
                without |= {rejected.part}
            except TemplateError as error:
                why = str(error)
                break
        return await self._chat.show(_apology(card, route, self._words, why, rows), "off")

    async def _drawn(self, card: Card, route: Route, without: frozenset[str]) -> Post:
        """Return the post; what another platform gets as text stands here as text."""
        feed = self._feeds.get(card.delivery.feed)
        post = await drawn(card.delivery, route, feed, without=without)
        # What decides are buttons, which an album has none of: its other pictures are a tap away.
        further = () if "buttons" in without else _links_to(post)
        post = replace(post, album=(), buttons=(*post.buttons, *further))
        if post.platform is Platform.TELEGRAM:
            return post
        text = cut_text(post.text, TELEGRAM_MESSAGE, len)
        image = post.image if post.platform is Platform.X else None
        return replace(post, text=html.escape(text, quote=False), image=image)


def _links_to(post: Post) -> tuple[tuple[Button, ...], ...]:
    """Return a row of buttons that open the further pictures of an album."""
    row = tuple(
        Button(text=f"🖼 {nth}/{len(post.pictures)}", url=one.url)
        for nth, one in enumerate(post.album, start=2)
    )
    return (row,) if row else ()


def _in_chat(card: Card, here: str) -> Card:
    """Return the card as the chat `here` knows it: one that another chat shows has no message."""
    if card.chat in {None, here}:
        return card
    return replace(card, chat=None, message=None, old=())


def _apology(
    card: Card, route: Route, words: Wording, why: str, rows: tuple[tuple[object, ...], ...]
) -> Post:
    """Return what stands at the desk for a post that cannot be shown there."""
    said = words.phrase("The post cannot be shown as in the channel: {why}", why=why)
    text = cut_text(f"{card.title}\n\n{said}", TELEGRAM_MESSAGE, len)
    return Post(
        channel=route.channel.id,
        platform=Platform.TELEGRAM,
        text=html.escape(text, quote=False),
        length=len(text),
        buttons=rows,  # type: ignore[arg-type] # rows of buttons
    )
