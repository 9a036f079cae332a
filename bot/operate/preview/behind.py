"""The facts behind a previewed post: its price, why it shows no picture, what its page gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.format.choosing import lead_of
from bot.format.image import why_no_picture
from bot.models.basics import Platform
from bot.pipeline.prices import MICRO, expected_price
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models.basics import Reason
    from bot.models.feeds import Image
    from bot.models.posts import Post
    from bot.models.settings import Account, Channel
    from bot.models.stories import Article

_FROM_PAGE = {
    "lead": marked("the lead comes from the article's page"),
    "picture": marked("the picture comes from the article's page"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """`price` is in micro-dollars, None where posts are free; `no_picture` is empty with one.

    `no_clip` tells why the article's film or recording is not played. `from_page` names the parts
    that the article's page gave: "lead", "picture".
    """

    price: int | None = None
    no_picture: str = ""
    no_clip: str = ""
    from_page: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The facts in words."""
        lines = []
        if self.price is not None:
            lines.append(told("price {price} USD", price=f"{self.price / MICRO:.3f}"))
        if self.no_picture:
            lines.append(told("no picture: {why}", why=self.no_picture))
        if self.no_clip:
            lines.append(told("no film or recording: {why}", why=self.no_clip))
        return [*lines, *(_FROM_PAGE[part] for part in self.from_page)]


def price_of(post: Post, account: Account | None) -> int | None:
    """Return the price of `post` with the picture that it names, None where posts are free."""
    prices = account.prices if account else None
    return None if prices is None else expected_price(post, prices)


def without_picture(
    post: Post, article: Article, channel: Channel, images: Sequence[Image], refused: Reason | None
) -> str:
    """Return why `post` shows no picture, empty where it shows one or a terminal could not."""
    if post.is_caption or channel.platform is Platform.CONSOLE:
        return ""
    if channel.image == "never":
        return told('image = "never" of channel {channel}', channel=channel.id)
    if channel.platform is Platform.X and post.has_link:
        return marked("X shows the card of the link instead")
    if refused is not None:
        return refused.text
    return why_no_picture(images, title=article.title)


def parts_from_page(before: Article, after: Article) -> tuple[str, ...]:
    """Return the parts of an article that it had not before its page was read."""
    parts = {
        "lead": lead_of(after).text != lead_of(before).text,
        "picture": after.image not in (None, before.image),
    }
    return tuple(name for name, is_new in parts.items() if is_new)
