"""Which pictures, film or recording a post shows, and how they are put into words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.format.limits import cut_text
from bot.models.basics import Platform

if TYPE_CHECKING:
    from bot.models.pictures import Clip, FurtherPicture
    from bot.models.posts import Post
    from bot.models.settings import Channel
    from bot.models.stories import Article

MOST_ALT_TEXT = 1000
"""Characters (X API, POST /2/media/metadata)."""


def shown_image(
    article: Article, channel: Channel, without: frozenset[str], *, has_link: bool = False
) -> str | None:
    """Return the address of the picture that a post of `article` shows, None for none.

    On X a post shows either the card of its link or an uploaded picture, never both. A console
    names the picture in any channel.
    """
    if channel.platform is Platform.CONSOLE:
        return article.image
    if channel.image == "never" or "image" in without:
        return None
    if channel.platform is Platform.X and has_link:
        return None
    return article.image


def alt_text(article: Article) -> str:
    """Return the text instead of a picture that cannot be seen: the headline it belongs to."""
    return cut_text(article.title, MOST_ALT_TEXT, len)


def with_media(post: Post, article: Article, channel: Channel, without: frozenset[str]) -> Post:
    """Return `post` with the film or recording, or else the pictures, that it shows.

    Its `alt`, the words for the first of them, goes where there is none.
    """
    image = shown_image(article, channel, without, has_link=post.has_link)
    clip = shown_clip(article, channel, without)
    if clip is not None:
        # A recording has no room for a picture.
        image = image if clip.kind == "video" else None
        return replace(post, image=image, clip=clip)
    further = _further(article, channel, without, image)
    total = len(further) + 1
    album = tuple(
        replace(one, alt=one.alt or f"{post.alt} ({nth}/{total})")
        for nth, one in enumerate(further, start=2)
    )
    return replace(post, image=image, alt=post.alt if image else "", album=album, clip=None)


def _further(
    article: Article, channel: Channel, without: frozenset[str], image: str | None
) -> list[FurtherPicture]:
    if image is None or "album" in without or channel.platform is Platform.CONSOLE:
        return []
    return [one for one in article.pictures if one.url != image][: channel.images - 1]


def has_keyboard(article: Article, channel: Channel, without: frozenset[str]) -> bool:
    """Tell whether a post may have buttons: an album has none (Bot API, sendMediaGroup)."""
    if "keyboard" in without:
        return False
    if shown_clip(article, channel, without) is not None:
        return True
    return not _further(article, channel, without, shown_image(article, channel, without))


def shown_clip(article: Article, channel: Channel, without: frozenset[str]) -> Clip | None:
    """Return the film or recording that a post of `article` shows: on Telegram alone."""
    clip = article.clip
    if clip is None or channel.platform is not Platform.TELEGRAM or "clip" in without:
        return None
    return clip if (channel.video if clip.kind == "video" else channel.audio) == "auto" else None


def is_caption(article: Article, channel: Channel, without: frozenset[str]) -> bool:
    """Tell whether the text of a post stands under a picture, a film or a recording."""
    is_of_clip = shown_clip(article, channel, without) is not None
    return is_of_clip or shown_image(article, channel, without) is not None
