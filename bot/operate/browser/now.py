"""Now: whether all is well, each channel with its last post, and the latest decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.operate.alerts.troubles import paused_by_operator
from bot.operate.browser.decisions import KINDS, MOST, event_of
from bot.operate.browser.html import render
from bot.operate.browser.pages import Page
from bot.operate.browser.paging import Paging
from bot.operate.posting import pausing
from bot.operate.preview.markup import nodes_of_text
from bot.operate.state.health import judged, verdict, with_remedies
from bot.operate.state.nodes import machines
from bot.operate.state.plans import next_plans
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from markupsafe import Markup

    from bot.models.alerts import Pause
    from bot.models.basics import ChannelId
    from bot.models.nodes import QueueState
    from bot.models.overview import Decision, LastPost
    from bot.models.settings import Channel
    from bot.models.views import ChannelStatus
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields, Visitor
    from bot.operate.preview.markup import Node
    from bot.operate.state.nodes import Machine
    from bot.operate.state.plans import Plan
    from bot.operate.web.events import Event

_PER_PAGE: Final = 40
_LONGEST: Final = 1500  # characters of a post that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A channel with what it got last, what waits for it, and what stops it."""

    channel: Channel
    status: ChannelStatus
    post: LastPost | None
    due: datetime | None
    plans: Sequence[Plan]
    pauses: Sequence[Pause]
    is_stalled: bool

    def nodes(self) -> list[Node]:
        """Return the text of the last post as its readers see it."""
        text = self.post.text if self.post else ""
        return nodes_of_text(self.channel.platform, text[:_LONGEST])


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The state of the service at one moment."""

    language: str
    zone: ZoneInfo
    moment: datetime
    verdict: str
    troubles: Sequence[dict[str, Any]]
    paused: Sequence[Pause]
    channels: Sequence[Shown]
    paging: Paging
    decisions: Sequence[Decision]
    mark: str
    nodes: Sequence[Machine] = ()
    queue: QueueState | None = None
    kinds: Mapping[str, str] = field(default_factory=lambda: KINDS)
    most: int = MOST


async def read(newsroom: Newsroom, query: Fields) -> Now:
    """Read what is shown of one page of channels."""
    config, snapshot = newsroom.config, await newsroom.snapshot()
    troubles = judged(snapshot, config, newsroom.words)
    failing = sum(feed.errors > 0 for feed in snapshot.condition.feeds)
    every = [channel for channel in config.channels.values() if channel.enabled]
    paging = Paging.of(query, len(every), _PER_PAGE)
    decisions, mark = await newsroom.decisions.latest()
    stalled = {one.channel for one in snapshot.stalled}
    return Now(
        language=config.language,
        zone=config.timezone,
        moment=newsroom.now(),
        verdict=verdict(is_well=not troubles, failing=failing, words=newsroom.words),
        troubles=with_remedies(troubles, newsroom.words),
        paused=[one for one in paused_by_operator(snapshot, config) if one.scope != "channel"],
        channels=await _shown(newsroom, paging.part(every), snapshot.condition.pauses, stalled),
        paging=paging,
        decisions=decisions,
        mark=mark,
        nodes=machines(snapshot.nodes, snapshot.now),
        queue=await newsroom.reads.queue.state(),
    )


async def _shown(
    newsroom: Newsroom,
    channels: Sequence[Channel],
    pauses: Sequence[Pause],
    stalled: set[ChannelId],
) -> list[Shown]:
    reads, now, ids = newsroom.reads, newsroom.now(), [channel.id for channel in channels]
    lanes = [(channel.id, channel.account) for channel in channels]
    statuses = {one.id: one for one in await reads.desk.channel_status(lanes, now)}
    posts, due = await reads.overview.last_posts(ids), await reads.overview.next_due(ids)
    return [
        Shown(
            channel=channel,
            status=statuses[channel.id],
            post=posts.get(channel.id),
            due=due.get(channel.id),
            plans=next_plans(channel, newsroom.config, now)[:2],
            pauses=[one for one in pauses if _is_over(one, channel)],
            is_stalled=channel.id in stalled,
        )
        for channel in channels
    ]


def _is_over(pause: Pause, channel: Channel) -> bool:
    own = {("channel", str(channel.id)), ("account", str(channel.account))}
    return (pause.scope, pause.id) in own


def view(now: Now) -> Markup:
    """Return what stands in <main>."""
    return render("now", now.language, now=now)


async def pause(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Pause what `name` says: a channel, a feed or an account."""
    name, words = form.get("name", ""), newsroom.words
    told = await pausing.pause(name, newsroom.store, newsroom.config, newsroom.now(), words)
    newsroom.forget()
    return "\n".join(told)


async def resume(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Let go on what `name` says."""
    name, words = form.get("name", ""), newsroom.words
    told = await pausing.resume(name, newsroom.store, newsroom.config, words)
    newsroom.forget()
    return "\n".join(told)


async def events(newsroom: Newsroom, known: str) -> Event:
    """Return the decision that comes next."""
    mark, decision = await newsroom.decisions.after(known)
    return event_of(mark, decision, newsroom.words, newsroom.config.timezone)


PAGE = Page(
    name="",
    title=marked("Now"),
    read=read,
    view=view,
    actions={"pause": pause, "resume": resume},
    events=events,
    renew=30,
)
