"""What `feeds add` found, as JSON and as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.collect.addresses import public_url
from bot.moments import local_time
from bot.operate.feeds.feedlist import feed_at
from bot.operate.feeds.looks import rhythm
from bot.wording import marked, told, told_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from bot.config import Config
    from bot.operate.feeds.discovery import Found
    from bot.operate.feeds.looks import Offer


def document(found: Found, config: Config, added: str | None) -> dict[str, Any]:
    """Return the feeds that were found, best first; `feed` is the id of one that is in the file."""
    feeds = [
        {
            "url": public_url(offer.url),
            "title": offer.title,
            "items": offer.items,
            "headlines": list(offer.headlines),
            "newest": offer.newest,
            "per_day": offer.per_day,
            "feed": feed_at(config, offer.url),
        }
        for offer in found.offers
    ]
    return {"added": added, "feeds": feeds, "reason": found.reason}


def lines(found: Found, config: Config) -> Iterator[str]:
    """Yield the feeds with their rhythm and newest headlines."""
    for number, offer in enumerate(found.offers, 1):
        taken = feed_at(config, offer.url)
        is_there = f" (feed {taken} already)" if taken else ""
        yield f"{number}. {offer.title or 'without a title'}: {public_url(offer.url)}{is_there}"
        yield f"   {about(offer, config.timezone)}"
        yield from (f"   - {headline}" for headline in offer.headlines)


def about(offer: Offer, timezone: ZoneInfo) -> str:
    """Return size, rhythm and age of a feed in one line."""
    size = told_count("{count} entry", "{count} entries", offer.items)
    newest = (
        told("the newest of {at}", at=local_time(offer.newest, timezone))
        if offer.newest
        else marked("undated")
    )
    return ", ".join(part for part in (size, rhythm(offer), newest) if part)


def choice(found: Found, config: Config, *, is_first: bool) -> Offer | None:
    """Return the feed to add: the only one, or the first that is not there yet; None otherwise."""
    if len(found.offers) == 1:
        return found.offers[0]
    new = (offer for offer in found.offers if feed_at(config, offer.url) is None)
    return next(new, None) if is_first else None
