"""Delivery -> the post as it would be sent now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.format.illustration import shown_clip
from bot.format.render import render_post
from bot.format.rich import wants_rich
from bot.format.typed import with_hand_text
from bot.pipeline.pictures import each_once, illustrated

if TYPE_CHECKING:
    from bot.models.outbox import Delivery
    from bot.models.posts import Post
    from bot.models.settings import Feed
    from bot.models.stories import Article
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
    article, channel, source = delivery.article, route.channel, route.pictures
    if wants_rich(article, channel, without):
        article = await each_once(article, source, by_address=True, allow_hosts=allow_hosts)
    else:
        clip = shown_clip(article, channel, without)
        if clip and source and await source.why_no_clip(clip, allow_hosts=allow_hosts):
            without |= {"clip"}
        if channel.images > 1 and _render(delivery, article, route, without, silent=silent).album:
            article = await each_once(article, source, allow_hosts=allow_hosts)

    def draw(parts: frozenset[str]) -> Post:
        return _render(delivery, article, route, parts, silent=silent)

    post = await illustrated(draw, without, source, allow_hosts=allow_hosts)
    return replace(post, chat=delivery.chat or post.chat)


def _render(
    delivery: Delivery, article: Article, route: Route, without: frozenset[str], *, silent: bool
) -> Post:
    template = route.template_for(article)
    post = render_post(article, route.channel, template, without=without, silent=silent)
    if delivery.hand_text is None:
        return post
    return with_hand_text(post, delivery.hand_text, article, route.channel, without=without)
