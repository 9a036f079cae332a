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
    Looks = Mapping[str, Verdict]


async def look_at(
    urls: Sequence[str], source: PictureSource | None, allow_hosts: Collection[str]
) -> Looks:
    """Return the verdict on the picture at each of `urls`; without a `source` none is known."""
    if source is None:
        return {}
    verdicts = await source.examine_all(urls, allow_hosts=allow_hosts)
    return dict(zip(urls, verdicts, strict=True))


def illustrated(post: Post, looks: Looks, draw: Draw, without: frozenset[str]) -> Post:
    """Return `post`, drawn `without` some parts, with its pictures as they must be sent.

    `draw` renders it without the parts that it is given: a post that can show no picture has more
    room for text. A picture that nobody looked at goes by its address.
    """
    if is_rich(post.text):
        fault = why_not_shown(looks.get(post.image or ""), by_address=True)
        return draw(without | {"image"}) if fault else post
    needs_bytes = post.platform is Platform.X or "image_address" in without
    found = [_as_sent(one, looks.get(one.url), needs_bytes=needs_bytes) for one in post.pictures]
    shown = [one for one in found if one is not None]
    if not shown:
        return draw(without | {"image"})
    if post.album and len(shown) == 1:
        post = draw(without | {"album"})
    first, *further = shown
    return replace(post, image=first.url, picture=first.picture, album=tuple(further))


def _as_sent(
    one: FurtherPicture, verdict: Verdict | None, *, needs_bytes: bool
) -> FurtherPicture | None:
    """Return the picture as it must be sent, None where the post cannot show it.

    A platform may have better luck with an address than we had.
    """
    may_be_fetched = verdict is None or isinstance(verdict, Fetchable | OutOfReach)
    if may_be_fetched and not needs_bytes:
        return one
    picture = _bytes_of(verdict)
    return replace(one, picture=picture) if picture else None


def once_each(article: Article, looks: Looks, *, by_address: bool = False) -> Article:
    """Return `article` with those of its pictures that a post of several can show.

    `looks` are by their addresses, and `by_address` tells that no bytes can be sent. A picture that
    looks like one before it is the same in another size. Where the first is unfit, the next one
    takes its place; where it is out of reach, the platform may have better luck. For a further one
    nobody tries that, since one that fails costs them all. One that nobody looked at stays.
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
