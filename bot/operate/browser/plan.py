"""Plan: the next 24 hours of each channel, and what an operator may do to what waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.errors import NewsbotError
from bot.models.basics import ChannelId
from bot.operate.browser import cards, posts
from bot.operate.browser.html import render
from bot.operate.browser.money import spending_with, within_money
from bot.operate.browser.pages import Page
from bot.operate.browser.paging import Paging
from bot.operate.browser.timeline import Timeline
from bot.operate.json_forms import dollars
from bot.operate.posting import by_id
from bot.operate.posting.item_post import Wanted, send_item
from bot.operate.posting.quote import most_for_post
from bot.operate.state.coming import Hours, digest_times, foreseen, quiet_spans, times_of
from bot.publish.pace import lane_of
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from markupsafe import Markup

    from bot.models.overview import Queue
    from bot.models.settings import Channel
    from bot.operate.browser.cards import Waiting
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields, Visitor
    from bot.operate.state.coming import Coming
    from bot.wording import Wording

_DAY: Final = timedelta(days=1)
_PER_PAGE: Final = 12
_FORESEEN: Final = 100
"""Rows of a queue that are foreseen; the others wait behind them."""
_LISTED: Final = 15
"""Rows of a queue that are listed with their buttons; all that go are drawn."""
REASONS: Final = {
    "": marked("goes at once"),
    "pace": marked("waits for the pace"),
    "quiet_hours": marked("waits for the end of quiet hours"),
    "post_at": marked("waits for its fixed time"),
    "digest": marked("waits for its digest"),
    "date": marked("not due before"),
    "desk": marked("waits at the desk"),
    "paused": marked("held by a pause"),
    "budget": marked("not within the budget"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A channel with what comes, and what does not within the time."""

    channel: Channel
    line: Timeline
    coming: Sequence[Coming]
    late: int
    more: int

    @property
    def listed(self) -> Sequence[Coming]:
        """Return the rows that are listed."""
        return self.coming[:_LISTED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is shown."""

    language: str
    zone: ZoneInfo
    channels: Sequence[Planned]
    waiting: Sequence[Waiting]
    paging: Paging
    reasons: Mapping[str, str] = field(default_factory=lambda: REASONS)


async def read(newsroom: Newsroom, query: Fields) -> Plan:
    """Foresee one page of channels."""
    config, now = newsroom.config, newsroom.now()
    every = [channel for channel in config.channels.values() if channel.enabled]
    paging = Paging.of(query, len(every), _PER_PAGE)
    shown, hours = paging.part(every), Hours(start=now, end=now + _DAY, zone=config.timezone)
    near = spending_with(shown, every, config)
    lanes = [lane_of(channel, now, config.timezone) for channel in near]
    queues = await newsroom.reads.overview.queues(lanes, now - _DAY, _FORESEEN)
    due = {one.id: foreseen(one, queues[one.id], hours) for one in near}
    coming = await within_money(newsroom, near, due, hours)
    return Plan(
        language=config.language,
        zone=config.timezone,
        channels=[
            planned(one, queues[one.id], coming[one.id], hours, newsroom.words) for one in shown
        ],
        waiting=await cards.read(newsroom, {one.id for one in shown}),
        paging=paging,
    )


def planned(
    channel: Channel, queue: Queue, coming: Sequence[Coming], hours: Hours, words: Wording
) -> Planned:
    """Return the channel as it is shown (pure)."""
    going = [(one.at, one.row.title) for one in coming if one.at is not None]
    fixed = [(at, words.phrase("fixed time")) for at in times_of(channel.post_at, hours)]
    fixed += [(at, words.phrase("digest")) for at in digest_times(channel, hours)]
    late = sum(one.at is None and one.why not in {"desk", "paused"} for one in coming)
    title = words.phrase("The next 24 hours of {channel}", channel=channel.id)
    line = Timeline(
        title=title, hours=hours, closed=quiet_spans(channel, hours), fixed=fixed, posts=going
    )
    return Planned(
        channel=channel, line=line, coming=coming, late=late, more=queue.total - len(queue.rows)
    )


def view(plan: Plan) -> Markup:
    """Return what stands in <main>."""
    return render("plan", plan.language, plan=plan)


async def first(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Move what waits to the front of its queue."""
    number = by_id.delivery_id(form.get("id", ""))
    store, config = newsroom.store, newsroom.config
    return await by_id.advance(number, store, config, newsroom.now(), newsroom.words)


async def post(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Post what waits before all else, where that is free, as `newsbot post --item` does."""
    number, store = by_id.delivery_id(form.get("id", "")), newsroom.store
    row = await store.desk.delivery(number)
    route = newsroom.routes.get(ChannelId("" if row is None else row.channel))
    if row is None or route is None or row.state not in posts.WAITING:
        raise NewsbotError(
            told("delivery {number} does not wait for a channel any more", number=number)
        )
    (trace,) = await store.desk.traces([row.story])
    if trace.article is None or row.tells:
        raise NewsbotError(
            told("delivery {number} is a digest, which goes at its time", number=number)
        )
    if cost := most_for_post(trace.article, route):
        raise NewsbotError(
            told(
                "it costs up to {cost} USD, so it is not done by one tap: `newsbot "
                "post --channel {channel} --item TEXT`",
                cost=dollars(cost),
                channel=row.channel,
            )
        )
    wanted = Wanted(
        story=row.story, article=trace.article, feed=newsroom.config.feeds.get(row.feed)
    )
    return await send_item(wanted, route, store, newsroom.now)


PAGE = Page(
    name="plan",
    title=marked("Plan"),
    read=read,
    view=view,
    actions={
        "first": first,
        "post": post,
        "drop": posts.drop,
        "approve": cards.approve,
        "edit": cards.edit,
    },
)
