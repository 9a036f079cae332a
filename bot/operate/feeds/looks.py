"""What an address holds: a feed with its newest headlines and rhythm, a page that names some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.collect.discover.links import PageLinks, links_of_page
from bot.collect.discover.sites import feed_of_youtube_page
from bot.collect.parse import parse_feed
from bot.dedupe.decide import newest_first
from bot.format.blocks import read_title
from bot.models.basics import Reason
from bot.models.feeds import FetchedPage, ParsedFeed
from bot.models.reasons import ReasonCode
from bot.wording import marked, told

if TYPE_CHECKING:
    from bot.models.feeds import FetchedFeed

_HEADLINES: Final = 3
_LONGEST: Final = 200
_DAY: Final = timedelta(days=1)
_WEEK, _MONTH = 7, 30
_ENOUGH: Final = 3
_NO_PAGE: Final = frozenset({"empty", "too_large", "too_complex", "broken_encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A feed that was found: `headlines` are its newest, `per_day` is None where dates are few."""

    url: str
    title: str
    items: int
    headlines: tuple[str, ...] = ()
    newest: datetime | None = None
    per_day: float | None = None


Look = Offer | PageLinks | Reason


def look_at(fetched: FetchedFeed, now: datetime) -> Look:
    """Return the feed, or the page and the feeds that it names, or why it is neither."""
    parsed = parse_feed(fetched)
    if isinstance(parsed, ParsedFeed):
        return _offer(fetched.url, parsed, now)
    if parsed.reason.code in _NO_PAGE:
        return parsed.reason
    page = FetchedPage(url=fetched.url, body=fetched.body, content_type=fetched.content_type)
    own = feed_of_youtube_page(page)
    found = links_of_page(page)
    if own is not None:
        return PageLinks(url=found.url, title=found.title, named=(own,))
    is_page = parsed.reason.code == ReasonCode.HTML_PAGE or found.named or found.likely
    return found if is_page else parsed.reason


def _offer(url: str, parsed: ParsedFeed, now: datetime) -> Offer:
    dated = sorted((item.published for item in parsed.items if item.published), reverse=True)
    past = [moment for moment in dated if moment <= now]
    order = newest_first(parsed.items, now)[:_HEADLINES]
    titles = (read_title(parsed.items[place].title)[:_LONGEST] for place in order)
    return Offer(
        url=url,
        title=read_title(parsed.title)[:_LONGEST],
        items=len(parsed.items),
        headlines=tuple(title for title in titles if title),
        newest=past[0] if past else None,
        per_day=_per_day(past),
    )


def _per_day(past: list[datetime]) -> float | None:
    if len(past) < _ENOUGH:
        return None
    span = past[0] - past[-1]
    return round((len(past) - 1) / (span / _DAY), 2) if span else None


_RHYTHMS = (
    (1, marked("about {number} a day")),
    (_WEEK, marked("about {number} a week")),
    (_MONTH, marked("about {number} a month")),
)


def rhythm(offer: Offer) -> str:
    """Return how often the feed brings news, in words; "" where its dates do not tell."""
    if offer.per_day is None:
        return ""
    for days, form in _RHYTHMS:
        if offer.per_day * days >= 1:
            return told(form, number=f"{offer.per_day * days:.0f}")
    return marked("less than one a month")
