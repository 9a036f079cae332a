"""What waits for a person's word, in the browser: shown, approved and written anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.errors import NewsbotError, TemplateError
from bot.format.limits import plain_text
from bot.format.render import render_post
from bot.format.typed import typed_for
from bot.models.basics import Platform
from bot.models.desk import Ruling, Seen
from bot.operate.posting import by_id
from bot.operate.preview.markup import nodes_of_text
from bot.visible import visible_line
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.models.basics import ChannelId
    from bot.models.desk import Card
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields, Visitor
    from bot.operate.preview.markup import Node
    from bot.pipeline.route import Route

_MOST: Final = 12
_DIGITS: Final = 9
_WHY_NOT: Final = {
    Ruling.CHANGED: marked("was changed since this page was made: look at it again"),
    Ruling.OVER: marked("does not wait for a decision any more"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A post that waits at the desk, as its readers would see it, and as it is typed."""

    card: Card
    nodes: Sequence[Node]
    typed: str


async def read(newsroom: Newsroom, channels: Collection[ChannelId]) -> list[Waiting]:
    """Return the oldest posts for `channels` that wait at the desk."""
    found = [one for one in await newsroom.reads.cards.open() if one.waits]
    mine = [one for one in found if one.delivery.channel in channels][:_MOST]
    return [_waiting(one, newsroom.routes.get(one.delivery.channel)) for one in mine]


def _waiting(card: Card, route: Route | None) -> Waiting:
    if route is None:
        return Waiting(card=card, nodes=(), typed="")
    platform, without = route.channel.platform, card.delivery.without
    # The words of a person become a plain post, so that is what they are written from; the links
    # under an album are added to them.
    text, plain = _text(card, route, without), _text(card, route, without | {"rich", "album"})
    typed = plain_text(plain) if platform is Platform.TELEGRAM else plain
    return Waiting(card=card, nodes=nodes_of_text(platform, text), typed=typed)


def _text(card: Card, route: Route, without: frozenset[str]) -> str:
    one = card.delivery
    if one.hand_text is not None:
        return one.hand_text
    try:
        template = route.template_for(one.article)
        return render_post(one.article, route.channel, template, without=without).text
    except TemplateError as error:
        return str(error)


async def approve(newsroom: Newsroom, form: Fields, visitor: Visitor) -> str:
    """Let a post go, if it still is as this page showed it."""
    number, seen = by_id.delivery_id(form.get("id", "")), _seen(form)
    ruling = await newsroom.store.cards.approve(number, seen, visitor.name, newsroom.now())
    words = newsroom.words
    done = words.phrase("delivery {number} will be posted in its turn", number=number)
    return _said(ruling, number, done)


async def edit(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Let a post say what a person wrote, if it still is as this page showed it."""
    number, seen = by_id.delivery_id(form.get("id", "")), _seen(form)
    card = await newsroom.store.cards.of(number)
    route = newsroom.routes.get(card.delivery.channel) if card else None
    if card is None or route is None:
        raise NewsbotError(
            told("delivery {delivery} {why}", delivery=number, why=_WHY_NOT[Ruling.OVER])
        )
    said = form.get("text", "").replace("\r\n", "\n")
    typed = typed_for(route.channel, card.delivery.article, said)
    if not typed.text:
        raise NewsbotError(marked("there is no text: the post stays as it was"))
    if typed.is_too_long:
        raise NewsbotError(
            told(
                "it has {length} characters of {limit} at most: the post stays as it was",
                length=typed.length,
                limit=typed.limit,
            )
        )
    ruling = await newsroom.store.cards.write_by_hand(number, typed.text, None, seen)
    done = newsroom.words.phrase(
        "delivery {number} says what you wrote; approve it to let it go", number=number
    )
    return _said(ruling, number, done)


def _seen(form: Fields) -> Seen:
    """Return what the page showed. Raises NewsbotError for what no page of ours says."""
    said = [form.get(name, "") for name in ("version", "edits")]
    if not all(one.isdecimal() and len(one) <= _DIGITS for one in said):
        raise NewsbotError(
            told("no version of a post: {names}", names=visible_line(" ".join(said))[:40])
        )
    return Seen(version=int(said[0]), edits=int(said[1]))


def _refusal(ruling: Ruling, number: int) -> NewsbotError:
    return NewsbotError(told("delivery {delivery} {why}", delivery=number, why=_WHY_NOT[ruling]))


def _said(ruling: Ruling, number: int, done: str) -> str:
    if ruling is not Ruling.DONE:
        raise _refusal(ruling, number)
    return done
