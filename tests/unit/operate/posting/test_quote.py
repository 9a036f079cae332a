"""The cost that the operator agrees to is at least the one that is paid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.format.templates import compile_template
from bot.models.basics import Platform
from bot.models.settings import TemplateText
from bot.models.stories import Article
from bot.operate.posting.quote import most_for_deleting, most_for_post
from tests.unit.operate.posting.kit import Bench

if TYPE_CHECKING:
    from bot.ports import PictureSource
    from bot.store.engine import Store

LINKED = TemplateText(name="t", source="{{ title }} {{ link or '' }}")
LINK, IMAGE = "https://example.org/1", "https://example.org/1.jpg"
PLAIN, WITH_LINK, WITH_PICTURE, DELETED = 15_000, 200_000, 20_000, 10_000


@pytest.mark.parametrize(
    ("article", "link", "cost"),
    [
        (Article(title="Tin"), "always", PLAIN),
        (Article(title="Tin", link=LINK), "always", WITH_LINK),
        (Article(title="Tin", link=LINK), "budget", WITH_LINK),
        (Article(title="Tin", link=LINK), "never", PLAIN),
        (Article(title="Tin", link=LINK, image=IMAGE), "always", WITH_LINK),
        (Article(title="Tin", link=LINK, image=IMAGE), "never", WITH_PICTURE),
    ],
)
async def test_a_post_costs_what_it_shows(
    store: Store, article: Article, link: str, cost: int
) -> None:
    bench = Bench(store, platform=Platform.X, link=link)
    pictures: PictureSource = bench.site  # type: ignore[assignment] # nothing is examined for a price
    template = compile_template(LINKED, Platform.X)
    route = replace(bench.route, template=template, pictures=pictures)
    assert most_for_post(article, route) == cost


async def test_without_pictures_none_is_paid(store: Store) -> None:
    bench = Bench(store, platform=Platform.X, link="never")
    assert most_for_post(Article(title="Tin", image=IMAGE), bench.route) == PLAIN


async def test_each_deletion_is_paid(store: Store) -> None:
    assert most_for_deleting(3, Bench(store, platform=Platform.X).route) == 3 * DELETED


@pytest.mark.parametrize("platform", [Platform.TELEGRAM, Platform.CONSOLE])
async def test_elsewhere_nothing_is_asked(store: Store, platform: Platform) -> None:
    route = Bench(store, platform=platform).route
    assert most_for_post(Article(title="Tin", link=LINK), route) == 0
    assert most_for_deleting(3, route) == 0
