"""Delivery -> the post as it would be sent now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.format.render import render_post
from bot.format.rich import wants_rich
from bot.format.typed import with_hand_text
from bot.pipeline.pictures import illustrated, within_reach

if TYPE_CHECKING:
    from bot.models.outbox import Delivery
    from bot.models.posts import Post
    from bot.models.settings import Feed
    from bot.pipeline.route import Route


async def drawn(
    delivery: Delivery,
    route: Route,
    feed: Feed | None,
    *,
    without: frozenset[str] = frozenset(),
    silent: bool = False,
) -> Post:
    """Return the post, with its picture as it must be sent. Raises TemplateError.

    `without` are parts to leave out this time, beside those that the platform refused. The words
    of a person at the desk stand instead of the template's, in a plain post.
    """
    without |= delivery.without | ({"rich"} if delivery.hand_text is not None else set())
    allow_hosts = feed.allow_hosts if feed else ()
    if wants_rich(delivery.article, route.channel, without):
        article = await within_reach(delivery.article, route.pictures, allow_hosts=allow_hosts)
        delivery = replace(delivery, article=article)

    def draw(parts: frozenset[str]) -> Post:
        post = render_post(
            delivery.article,
            route.channel,
            route.template_for(delivery.article),
            without=parts,
            silent=silent,
        )
        if delivery.hand_text is None:
            return post
        return with_hand_text(
            post, delivery.hand_text, delivery.article, route.channel, without=parts
        )

    post = await illustrated(draw, without, route.pictures, allow_hosts=allow_hosts)
    return replace(post, chat=delivery.chat or post.chat)
