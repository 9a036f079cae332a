"""Delivery -> the post as it would be sent now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.format.render import render_post
from bot.format.typed import with_hand_text
from bot.pipeline.pictures import illustrated

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
    of a person at the desk stand instead of the template's.
    """

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

    post = await illustrated(
        draw,
        delivery.without | without,
        route.pictures,
        allow_hosts=feed.allow_hosts if feed else (),
    )
    return replace(post, chat=delivery.chat or post.chat)
