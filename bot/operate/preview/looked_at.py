"""Pictures, films and recordings of previewed posts that were looked at, as the service does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from bot.format.illustration import shown_clip
from bot.format.rich import is_rich, wants_rich
from bot.models.basics import Platform
from bot.models.pictures import Clip, Fetchable
from bot.pipeline.pictures import once_each, why_not_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.models.basics import Reason
    from bot.models.pictures import Verdict
    from bot.models.settings import Channel, Feed
    from bot.models.stories import Article
    from bot.operate.preview.previews import Preview

    Looks = Mapping[str, Verdict]
    """Verdicts by their address; of a film or recording only those that none can play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An article with what its post can show; why it cannot show its picture, or its film."""

    article: Article
    no_picture: Reason | None
    no_clip: Reason | None

    @property
    def without(self) -> frozenset[str]:
        """The parts to leave out of the post."""
        parts = {"image": self.no_picture, "clip": self.no_clip}
        return frozenset(part for part, reason in parts.items() if reason is not None)


def judged(article: Article, channel: Channel, looks: Looks) -> Judged:
    """Return what a post of `article` in `channel` shows after the `looks`."""
    by_address = wants_rich(article, channel, frozenset())
    if by_address or channel.images > 1:
        article = once_each(article, looks, by_address=by_address)
    clip = shown_clip(article, channel, frozenset())
    return Judged(
        article=article,
        no_picture=why_not_shown(looks.get(article.image or ""), by_address=by_address),
        no_clip=why_not_shown(looks.get(clip.url)) if clip else None,
    )


def wanted_media(previews: Iterable[Preview]) -> dict[str | Clip, Feed]:
    """Return the addresses of pictures, and the clips, that posts may show, with their feeds."""
    return {
        media: preview.feed
        for preview in previews
        if preview.channel.platform is not Platform.CONSOLE
        for media in _media_of(preview)
    }


def _media_of(preview: Preview) -> Iterator[str | Clip]:
    post, article = preview.post, preview.article
    if post is None:
        return
    if post.clip is not None:
        yield post.clip
    yield from (one.url for one in post.pictures)
    if article is not None and (post.clip or post.album or is_rich(post.text)):
        # These may take the place of what cannot be shown.
        others = (article.image, *(one.url for one in article.pictures))
        yield from (one for one in others if one)


def changes_posts(looks: Looks) -> bool:
    """Tell whether posts look different now that their pictures were looked at."""
    seen = [look.picture for look in looks.values() if isinstance(look, Fetchable)]
    if len(seen) < len(looks):
        return True
    return any(one.is_like(other) for one, other in combinations(seen, 2))
