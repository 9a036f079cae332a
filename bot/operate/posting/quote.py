"""The most that a post, or deleting some, may cost: told to the operator before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.format.render import render_post
from bot.pipeline.prices import expected_price, price_of

if TYPE_CHECKING:
    from bot.models.settings import Prices
    from bot.models.stories import Article
    from bot.pipeline.route import Route


def most_for_post(article: Article, route: Route) -> int:
    """Return the most that a post of `article` may cost, in micro-dollars; 0 where it is free.

    Raises TemplateError.
    """
    prices = _prices_of(route)
    if prices is None:
        return 0
    post = render_post(article, route.channel, route.template)
    return price_of(post, prices) if route.pictures is None else expected_price(post, prices)


def most_for_deleting(posts: int, route: Route) -> int:
    """Return the most that deleting so many posts may cost, in micro-dollars; 0 where free."""
    prices = _prices_of(route)
    return 0 if prices is None else posts * prices.delete


def _prices_of(route: Route) -> Prices | None:
    account = route.account
    return None if account is None or account.budget is None else account.prices
