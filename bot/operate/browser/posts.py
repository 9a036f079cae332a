"""Posts: the outbox, newest first or searched, with what was sent and what an operator may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from bot.errors import NewsbotError
from bot.models.basics import ChannelId, DeliveryState
from bot.operate.browser.decisions import KINDS
from bot.operate.browser.html import render
from bot.operate.browser.pages import Page
from bot.operate.json_forms import dollars
from bot.operate.posting import by_id
from bot.operate.posting.quote import most_for_deleting
from bot.operate.posting.retract import Eraser, retraction_line
from bot.operate.preview.markup import nodes_of_text
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from markupsafe import Markup

    from bot.config import Config
    from bot.models.views import DeliveryRow
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields, Visitor
    from bot.operate.preview.markup import Node
    from bot.store.operator.desk import Desk

_MOST: Final = 40
_STANDING: Final = 100
_LONGEST: Final = 4096  # characters of a post that are shown
_STATES: Final = tuple(state.value for state in DeliveryState)
WAITING: Final = frozenset({DeliveryState.PENDING, DeliveryState.HELD})
_OPEN: Final = WAITING | {DeliveryState.UNKNOWN, DeliveryState.FAILED}
_AGAIN: Final = frozenset({DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.DROPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A delivery, its text as its readers see it, and what may be done about it."""

    row: DeliveryRow
    nodes: Sequence[Node]

    @property
    def may_drop(self) -> bool:
        """Tell whether it can be given up."""
        return self.row.state in _OPEN

    @property
    def may_retract(self) -> bool:
        """Tell whether it stands and could be deleted."""
        return self.row.state is DeliveryState.SENT and self.row.remote_id is not None

    @property
    def may_retry(self) -> bool:
        """Tell whether it can be sent after all."""
        return self.row.state in _AGAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """What was asked for, and what was found."""

    language: str
    zone: ZoneInfo
    asked: str
    state: str
    channel: str
    here: str
    posts: Sequence[Shown]
    states: Sequence[str] = _STATES
    kinds: Mapping[str, str] = field(default_factory=lambda: KINDS)


async def read(newsroom: Newsroom, query: Fields) -> Posts:
    """Find deliveries by link, id or words of title or text (`q`), by `state` and `channel`."""
    asked, config = query.get("q", "").strip(), newsroom.config
    state = query["state"] if query.get("state") in _STATES else ""
    channel = query.get("channel", "").strip()
    chosen: Any = {
        "state": DeliveryState(state) if state else None,
        "channel": ChannelId(channel) if channel else None,
        "limit": _MOST,
    }
    desk = newsroom.reads.desk
    rows = await (_found(desk, asked, **chosen) if asked else desk.deliveries(**chosen))
    return Posts(
        language=config.language,
        zone=config.timezone,
        asked=asked,
        state=state,
        channel=channel,
        here=_query({"q": asked, "state": state, "channel": channel}),
        posts=[Shown(row=row, nodes=_nodes(row, config)) for row in rows[:_MOST]],
    )


async def _found(
    desk: Desk, asked: str, *, state: DeliveryState | None, channel: ChannelId | None, limit: int
) -> list[DeliveryRow]:
    """Return what is found by its story, or by its text as it was sent, newest first."""
    found = await desk.find_sent(asked, state=state, channel=channel, limit=limit)
    rows = {row.id: row for row in found}
    for trace in await desk.find_stories(asked, limit):
        rows |= {
            row.id: row
            for row in trace.deliveries
            if state in {None, row.state} and channel in {None, row.channel}
        }
    return sorted(rows.values(), key=lambda row: row.id, reverse=True)


def _query(fields: Fields) -> str:
    return urlencode({key: text for key, text in fields.items() if text}, errors="replace")


def _nodes(row: DeliveryRow, config: Config) -> Sequence[Node]:
    channel = config.channels.get(row.channel)
    if not row.text or channel is None:
        return ()
    return nodes_of_text(channel.platform, row.text[:_LONGEST])


def view(posts: Posts) -> Markup:
    """Return what stands in <main>."""
    return render("posts", posts.language, posts=posts)


async def drop(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Give a delivery up."""
    number = by_id.delivery_id(form.get("id", ""))
    store, config = newsroom.store, newsroom.config
    return await by_id.drop(number, store, config, newsroom.now(), newsroom.words)


async def retry(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Send a delivery after all."""
    number = by_id.delivery_id(form.get("id", ""))
    return await by_id.retry(number, newsroom.store, newsroom.now(), newsroom.words)


async def retract(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Delete a post where that is free; one that costs is deleted by the command line."""
    number, channel = by_id.delivery_id(form.get("id", "")), ChannelId(form.get("channel", ""))
    route = newsroom.routes.get(channel)
    standing = await newsroom.store.desk.sent_posts(channel, _STANDING) if route else []
    post = next((one for one in standing if one.id == number), None)
    if route is None or post is None:
        raise NewsbotError(
            told(
                "delivery {number} does not stand in {channel}, or {standing} others do above it",
                number=number,
                channel=channel,
                standing=_STANDING,
            )
        )
    if cost := most_for_deleting(1, route):
        raise NewsbotError(
            told(
                "deleting it costs up to {cost} USD, so it is not done by one tap: "
                "`newsbot retract --channel {channel} --last N`",
                cost=dollars(cost),
                channel=channel,
            )
        )
    return retraction_line(await Eraser(route, newsroom.store, newsroom.now).erase(post))


PAGE = Page(
    name="posts",
    title=marked("Posts"),
    read=read,
    view=view,
    actions={"drop": drop, "retry": retry, "retract": retract},
)
