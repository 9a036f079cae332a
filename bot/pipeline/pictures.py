"""How a post's picture is sent: by its address, as bytes, or not at all.

A platform's refusal goes down one step at the next try, and never up again:
address -> "image_address" refused: bytes -> "image" refused: a post without a picture. A rich
message shows pictures by their addresses alone: an edit of it would lose uploaded ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.format.rich import is_rich
from bot.models.basics import Platform
from bot.models.pictures import Fetchable, OutOfReach, Picture, Uploadable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.models.pictures import Verdict
    from bot.models.posts import Post
    from bot.models.stories import Article
    from bot.ports import PictureSource

    Draw = Callable[[frozenset[str]], Post]


async def illustrated(
    draw: Draw,
    without: frozenset[str],
    source: PictureSource | None,
    *,
    allow_hosts: Collection[str] = (),
) -> Post:
    """Return the post that `draw` makes, with its picture as it must be sent.

    `draw` renders the post without the parts that it is given: a post that can show no picture
    has more room for text. Without a `source` nothing is known of any picture.
    """
    post = draw(without)
    if post.image is None or post.platform is Platform.CONSOLE:
        return post
    verdict = await source.examine(post.image, allow_hosts=allow_hosts) if source else None
    if is_rich(post.text):
        return post if _may_be_fetched(verdict) else draw(without | {"image"})
    needs_bytes = post.platform is Platform.X or "image_address" in without
    if not needs_bytes and _may_be_fetched(verdict):
        return post
    picture = _bytes_of(verdict)
    return replace(post, picture=picture) if picture else draw(without | {"image"})


async def within_reach(
    article: Article, source: PictureSource | None, *, allow_hosts: Collection[str] = ()
) -> Article:
    """Return `article` with those of its further pictures that Telegram can fetch by itself.

    After one that is out of reach no other is looked at: each look may take a while, and Telegram
    refuses a message for one picture.
    """
    kept: list[str] = []
    for url in article.pictures if source else ():
        verdict = await source.examine(url, allow_hosts=allow_hosts) if source else None
        if isinstance(verdict, Fetchable):
            kept.append(url)
        if isinstance(verdict, OutOfReach):
            break
    return replace(article, pictures=tuple(kept))


def _may_be_fetched(verdict: Verdict | None) -> bool:
    return verdict is None or isinstance(verdict, Fetchable | OutOfReach)


def without_picture(post: Post) -> Post:
    """Return a post of X with the same text and no picture: there it takes no room from it."""
    return replace(post, image=None, picture=None)


def _bytes_of(verdict: Verdict | None) -> Picture | None:
    return verdict.picture if isinstance(verdict, Fetchable | Uploadable) else None
