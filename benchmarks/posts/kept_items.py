"""Items kept as JSON files, and the articles that the bot makes of them."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.collect.page import read_page
from bot.collect.parse import parse_feed
from bot.dedupe.urls import clean_link
from bot.format.article import write_article
from bot.format.pages import with_page
from bot.format.repeats import Repeats, find_repeats
from bot.models.basics import FeedId
from bot.models.feeds import FetchedFeed, FetchedPage, FetchFailed, Image, Item, ParsedFeed
from bot.models.pictures import Clip
from bot.models.settings import Feed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bot.models.stories import Article

FEED = Feed(id=FeedId("f"), url="https://example.org/rss")
_TRIES = 100


def read_article(path: Path) -> Article:
    """Return the article of a kept item, with its page where that is kept, too."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    link, item = kept["link"], item_of(kept)
    repeats = Repeats(lines=kept.get("repeated", {}))
    parsed = ParsedFeed(title=kept["feed_title"], language=kept["feed_language"])
    article = write_article(item, FEED, parsed, link=link, repeats=repeats)
    if not kept.get("page"):
        return article
    page = read_page(FetchedPage(url=link, body=kept["page"].encode()), link)
    return with_page(article, page, item, FEED, repeats)


def item_of(kept: dict[str, Any]) -> Item:
    said = dict(kept["item"])
    for name in ("published", "updated"):
        said[name] = datetime.fromisoformat(said[name]) if said.get(name) else None
    said["images"] = tuple(Image(**image) for image in said.get("images", ()))
    said["clips"] = tuple(Clip(**clip) for clip in said.get("clips", ()))
    said["categories"] = tuple(said.get("categories", ()))
    return Item(link=kept["link"], **said)


def draw(feeds: Path, count: int, seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield items of a folder of feeds, with their names: by chance a feed, then one of its own."""
    chance = random.Random(seed)
    files = sorted(path for path in feeds.iterdir() if path.is_file())
    drawn: set[str] = set()
    for _ in range(count * _TRIES):
        path = chance.choice(files)
        parsed = _parsed(path)
        name = f"{path.name}#{chance.randrange(len(parsed.items))}" if parsed.items else ""
        if name and name not in drawn:
            drawn.add(name)
            yield name, _kept(parsed, int(name.rpartition("#")[2]))
        if len(drawn) == count:
            return


def named(feeds: Path, names: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the items called FILE#N."""
    for name in names:
        file, _, place = name.rpartition("#")
        yield name, _kept(_parsed(feeds / file), int(place))


def _parsed(path: Path) -> ParsedFeed:
    fetched = FetchedFeed(url="https://example.org/rss", body=path.read_bytes(), content_type="")
    parsed = parse_feed(fetched, "")
    return ParsedFeed() if isinstance(parsed, FetchFailed) else parsed


def _kept(parsed: ParsedFeed, place: int) -> dict[str, Any]:
    said = asdict(parsed.items[place])
    link = said.pop("link")
    said = {
        name: one.isoformat() if isinstance(one, datetime) else one for name, one in said.items()
    }
    return {
        "feed_title": parsed.title,
        "feed_language": parsed.language,
        "link": clean_link(link) if link else None,
        "item": said,
        "repeated": dict(find_repeats(parsed.items).lines),
    }
