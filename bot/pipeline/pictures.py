"""How a post's pictures, film or recording are sent: by their address, as bytes, or not at all.

A platform's refusal goes down one step at the next try, and never up again:
film or recording -> "clip" refused: pictures, of which several are an album ->
addresses -> "image_address" refused: bytes -> "album" refused: the first picture alone ->
"image" refused: a post without a picture. A rich message shows pictures by their addresses alone:
an edit of it would lose uploaded ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.format.rich import is_rich
from bot.models.basics import Platform
from bot.models.pictures import Fetchable, FurtherPicture, OutOfReach, Picture, Unfit, Uploadable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from bot.models.basics import Reason
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
    """Return the post that `draw` makes, with its pictures as they must be sent.

    `draw` renders the post without the parts that it is given: a post that can show no picture
    has more room for text. Without a `source` nothing is known of any picture.
    """
    post = draw(without)
    if post.platform is Platform.CONSOLE or post.image is None:
        return post
    verdicts: Sequence[Verdict | None] = [None] * len(post.pictures)
    if source is not None:
        urls = [one.url for one in post.pictures]
        verdicts = await source.examine_all(urls, allow_hosts=allow_hosts)
    if is_rich(post.text):
        return draw(without | {"image"}) if why_not_shown(verdicts[0], by_address=True) else post
    needs_bytes = post.platform is Platform.X or "image_address" in without
    shown = [
        sent
        for nth, (one, verdict) in enumerate(zip(post.pictures, verdicts, strict=True))
        if (sent := _as_sent(one, verdict, needs_bytes=needs_bytes, is_first=nth == 0))
    ]
    if not shown:
        return draw(without | {"image"})
    if post.album and len(shown) == 1:
        post = draw(without | {"album"})
    first, *further = shown
    return replace(post, image=first.url, picture=first.picture, album=tuple(further))


def _as_sent(
    one: FurtherPicture, verdict: Verdict | None, *, needs_bytes: bool, is_first: bool
) -> FurtherPicture | None:
    """Return the picture as it must be sent, None where the post cannot show it.

    A platform may have better luck with an address than we had; for an album nobody tries that,
    since one picture that fails costs all of it.
    """
    by_address = verdict is None or isinstance(verdict, Fetchable)
    if not needs_bytes and (by_address or (is_first and isinstance(verdict, OutOfReach))):
        return one
    picture = _bytes_of(verdict)
    return replace(one, picture=picture) if picture else None


async def each_once(
    article: Article,
    source: PictureSource | None,
    *,
    by_address: bool = False,
    allow_hosts: Collection[str] = (),
) -> Article:
    """Return `article` with those of its pictures that a post can show, as `once_each` does."""
    if source is None or article.image is None:
        return article
    urls = [article.image, *(one.url for one in article.pictures)]
    verdicts = await source.examine_all(urls, allow_hosts=allow_hosts)
    return once_each(article, dict(zip(urls, verdicts, strict=True)), by_address=by_address)


def once_each(
    article: Article, looks: Mapping[str, Verdict], *, by_address: bool = False
) -> Article:
    """Return `article` with those of its pictures that a post of several can show.

    `looks` are by their addresses, and `by_address` tells that no bytes can be sent. A picture that
    looks like one before it is the same in another size. Where the first is unfit, the next one
    takes its place; where it is out of reach, the platform may have better luck. One that nobody
    looked at stays.
    """
    if article.image is None:
        return article
    first = FurtherPicture(url=article.image)
    kept: list[FurtherPicture] = []
    seen: list[Picture] = []
    for one in (first, *article.pictures):
        verdict = looks.get(one.url)
        picture = None if why_not_shown(verdict, by_address=by_address) else _bytes_of(verdict)
        if picture is None:
            is_kept = verdict is None or (one is first and isinstance(verdict, OutOfReach))
            kept += [one] if is_kept else []
        elif not any(map(picture.is_like, seen)):
            kept.append(one)
            seen.append(picture)
    if not kept:
        return replace(article, pictures=())
    return replace(article, image=kept[0].url, pictures=tuple(kept[1:]))


def why_not_shown(verdict: Verdict | None, *, by_address: bool = False) -> Reason | None:
    """Return why no post shows a picture that was looked at, None where one may."""
    if isinstance(verdict, Unfit) or (by_address and isinstance(verdict, Uploadable)):
        return verdict.reason
    return None


def with_fewer_pictures(post: Post) -> Post:
    """Return a post of X with the same text and one picture, or none where it had one.

    There pictures take no room from the text.
    """
    return replace(post, album=()) if post.album else replace(post, image=None, picture=None)


def _bytes_of(verdict: Verdict | None) -> Picture | None:
    return verdict.picture if isinstance(verdict, Fetchable | Uploadable) else None
