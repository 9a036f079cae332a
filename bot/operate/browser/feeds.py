"""Feeds: how each is, in a table that is sorted and searched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.collect.addresses import public_url
from bot.models.overview import FeedShare
from bot.models.views import FeedStatus
from bot.operate.browser import feed_edits
from bot.operate.browser.html import render
from bot.operate.browser.pages import Page
from bot.operate.browser.paging import Paging
from bot.operate.state.polling import polling_json
from bot.operate.state.status import feed_state
from bot.pipeline.facts import items_in
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from markupsafe import Markup

    from bot.models.settings import Feed
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields

_PER_PAGE: Final = 50
DAYS: Final = 14
LOOKS: Final = {
    marked("ok"): "good",
    marked("new"): "",
    marked("disabled"): "",
    marked("paused"): "warn",
    marked("held"): "warn",
    marked("failing"): "bad",
    marked("gone"): "bad",
}
"""How each state looks; the others are bad."""
COLUMNS: Final = {
    "id": marked("Feed"),
    "state": marked("State"),
    "items": marked("Items"),
    "new": marked("Latest news"),
    "success": marked("Last success"),
    "delay": marked("Delay"),
    "merged": marked("Merged"),
    "filtered": marked("Filtered"),
}
"""The columns by which the table is sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A feed of the file with what is known of it."""

    feed: Feed
    status: FeedStatus
    share: FeedShare

    @property
    def state(self) -> str:
        """Return the word for how it is."""
        return feed_state(self.feed, self.status)

    @property
    def address(self) -> str:
        """Return where it is, without a secret."""
        return public_url(self.feed.url)

    def percent(self, count: int) -> int | None:
        """Return how many of a hundred items that is; None where there are none."""
        return round(100 * count / self.share.items) if self.share.items else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row as it is shown: with its rhythm, and how many items its last document had."""

    row: Row
    polling: Mapping[str, Any]
    days: Sequence[int]
    size: int | None

    @property
    def bars(self) -> list[tuple[int, int, int]]:
        """Return place, top and height of each day's bar, 20 high at most."""
        most = max(self.days, default=0) or 1
        heights = [-(-20 * count // most) for count in self.days]
        return [(6 * place, 20 - height, height) for place, height in enumerate(heights)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """One part of the list."""

    language: str
    zone: ZoneInfo
    moment: datetime
    asked: str
    sort: str
    lines: Sequence[Line]
    paging: Paging
    channels: Sequence[str]
    columns: Mapping[str, str]
    looks: Mapping[str, str]
    days: int = DAYS


_EARLIEST: Final = -1.0
_KEYS: Final[Mapping[str, Callable[[Row], Any]]] = {
    "id": lambda row: str(row.feed.id).casefold(),
    "state": lambda row: (row.state in LOOKS, row.state),
    "items": lambda row: -row.share.items,
    "new": lambda row: -_seconds(row.status.last_new),
    "success": lambda row: _seconds(row.status.last_success),
    "delay": lambda row: -(row.share.delay or timedelta(0)).total_seconds(),
    "merged": lambda row: -(row.percent(row.share.merged) or 0),
    "filtered": lambda row: -(row.percent(row.share.filtered) or 0),
}


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else _EARLIEST


async def read(newsroom: Newsroom, query: Fields) -> Feeds:
    """Read one part of the feeds that are sought, in the order that is asked for."""
    config, reads = newsroom.config, newsroom.reads
    asked, sort = query.get("q", ""), query.get("sort", "")
    briefs = await reads.overview.feed_briefs()
    shares = await reads.overview.feed_shares()
    rows = [
        Row(
            feed=feed,
            status=briefs.get(feed.id) or FeedStatus(id=feed.id),
            share=shares.get(feed.id, FeedShare()),
        )
        for feed in config.feeds.values()
        if _is_sought(feed, asked)
    ]
    if key := _KEYS.get(sort):
        rows.sort(key=key)
    paging = Paging.of(query, len(rows), _PER_PAGE)
    return Feeds(
        language=config.language,
        zone=config.timezone,
        moment=newsroom.now(),
        asked=asked,
        sort=sort,
        lines=await _lines(newsroom, paging.part(rows)),
        paging=paging,
        channels=[one.id for one in config.channels.values() if one.enabled],
        columns=COLUMNS,
        looks=LOOKS,
    )


def _is_sought(feed: Feed, asked: str) -> bool:
    """Tell whether id, name, address or a channel has the words that are sought."""
    if not asked.strip():
        return True
    text = " ".join((feed.id, feed.name or "", public_url(feed.url), *feed.channels)).casefold()
    return all(word in text for word in asked.casefold().split())


async def _lines(newsroom: Newsroom, rows: Sequence[Row]) -> list[Line]:
    reads, now, zone = newsroom.reads, newsroom.now(), newsroom.config.timezone
    ids = [row.feed.id for row in rows]
    whole = {one.id: one for one in await reads.desk.feed_status(ids)}
    times, facts = await reads.overview.story_times(ids), await reads.overview.facts(ids)
    return [
        Line(
            row=row,
            polling=polling_json(row.feed, whole.get(row.feed.id, row.status), now, zone),
            days=by_day(times.get(row.feed.id, ()), now, zone),
            size=items_in(facts[row.feed.id]) if row.feed.id in facts else None,
        )
        for row in rows
    ]


def by_day(times: Sequence[datetime], now: datetime, zone: ZoneInfo) -> list[int]:
    """Return how many of `times` lie on each of the last local days, today last."""
    counts, today = [0] * DAYS, now.astimezone(zone).date()
    for one in times:
        age = (today - one.astimezone(zone).date()).days
        if 0 <= age < DAYS:
            counts[DAYS - 1 - age] += 1
    return counts


def view(found: Feeds) -> Markup:
    """Return what stands in <main>."""
    return render("feeds", found.language, found=found)


PAGE = Page(
    name="feeds",
    title=marked("Feeds"),
    read=read,
    view=view,
    actions=feed_edits.ACTIONS,
    downloads={"newsbot.opml": feed_edits.export},
    renew=60,
)
