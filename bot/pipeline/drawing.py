"""Delivery -> the post as it would be sent now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.format.illustration import shown_clip
from bot.format.render import render_post
from bot.format.rich import wants_rich
from bot.format.typed import with_hand_text
from bot.models.basics import Platform
from bot.pipeline.pictures import illustrated, look_at, once_each

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
    is_rich = wants_rich(article, channel, without)
    clip = None if is_rich else shown_clip(article, channel, without)
    if clip and source and await source.why_no_clip(clip, allow_hosts=allow_hosts):
        without |= {"clip"}

    def draw(parts: frozenset[str]) -> Post:
        return _render(delivery, article, route, parts, silent=silent)

    post = draw(without)
    if post.image is not None and post.platform is not Platform.CONSOLE:
        shows_several = is_rich or bool(post.album)
        further = article.pictures if shows_several else ()
        urls = [post.image, *(one.url for one in further)]
        looks = await look_at(urls, source, allow_hosts)
        if shows_several:
            article = once_each(article, looks, by_address=is_rich)
            post = draw(without)
        post = illustrated(post, looks, draw, without)
    return replace(post, chat=delivery.chat or post.chat)


def _render(
    delivery: Delivery, article: Article, route: Route, without: frozenset[str], *, silent: bool
) -> Post:
    template = route.template_for(article)
    post = render_post(article, route.channel, template, without=without, silent=silent)
    if delivery.hand_text is None:
        return post
    return with_hand_text(post, delivery.hand_text, article, route.channel, without=without)
