"""`newsbot check --online`: asks platforms and feeds whether all would work; sends nothing."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from bot.config.credentials import feed_secrets
from bot.counted import counted
from bot.errors import OutcomeUnknown, OutOfCredit, PublishError
from bot.log import redact
from bot.log.redaction import Veil
from bot.models.basics import Reason
from bot.models.profiles import AboutChat
from bot.models.reasons import ReasonCode
from bot.models.views import Lack
from bot.moments import local_time
from bot.operate.preview.previews import Preview, Read, Stage, render_previews
from bot.operate.setup.chat_numbers import same_chats
from bot.operate.tables import print_table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from bot.models.basics import ChannelId
    from bot.models.feeds import ParsedFeed
    from bot.models.profiles import AboutAccount, Profile
    from bot.models.settings import Channel, Feed

State = Literal["ok", "warning", "failed"]
_ITEMS = 5  # of each feed are rendered, the newest
_FEEDS_AT_ONCE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the result."""

    check: Literal["account", "chat", "feed", "template"]
    subject: str
    state: State
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPlaces:
    """The lines about an account and its channels, and the names that readers see, by place."""

    findings: Sequence[Finding]
    profiles: Mapping[str, Profile] = field(default_factory=dict)


async def _lacks_nothing(_: Channel) -> AboutChat:
    """Whoever may post as an account of X may post to its channel, which is no chat."""
    return AboutChat()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountProbe:
    """The questions to an account and about a channel's chat; they raise PublishError."""

    account: Callable[[], Awaitable[AboutAccount]]
    chat: Callable[[Channel], Awaitable[AboutChat]] = _lacks_nothing


@dataclass(slots=True)
class _Rendered:
    """The result of a channel's template on live items."""

    posts: int = 0
    longest: int = 0
    limit: int | None = None
    mistakes: list[str] = field(default_factory=list)

    def add(self, preview: Preview) -> None:
        if preview.post is not None:
            self.posts += 1
            self.longest = max(self.longest, preview.post.length)
            self.limit = preview.post.limit
        elif preview.item is not None and preview.reason is not None:
            self.mistakes.append(preview.reason.text)


async def check_account(name: str, probe: AccountProbe, channels: Sequence[Channel]) -> AboutPlaces:
    """Ask for the account, and for its rights in each of its `channels`."""
    try:
        told = await probe.account()
    except PublishError as error:
        failed = Finding(check="account", subject=name, state="failed", text=_told(error))
        return AboutPlaces(findings=[failed])
    found = Finding(check="account", subject=name, state="ok", text=redact(told.text))
    chats = await asyncio.gather(*(_about_chat(probe, channel) for channel in channels))
    lines = (_chat_line(one, channel) for one, channel in zip(chats, channels, strict=True))
    same = _same_chats(zip((one.number for one in chats), channels, strict=True))
    return AboutPlaces(
        findings=[found, *lines, *same],
        profiles={
            channel.place: profile
            for one, channel in zip(chats, channels, strict=True)
            if (profile := told.profile or one.profile) is not None
        },
    )


def _told(error: PublishError) -> str:
    match error:
        case OutOfCredit():
            return f"no credit: {error}"
        case OutcomeUnknown(code=ReasonCode.NO_ANSWER):
            return "no answer came: is the platform down, or api_url wrong?"
        case _:
            return str(error)


async def _about_chat(probe: AccountProbe, channel: Channel) -> AboutChat:
    try:
        return await probe.chat(channel)
    except PublishError as error:
        return AboutChat(lack=Lack(text=_told(error)))


def _chat_line(about: AboutChat, channel: Channel) -> Finding:
    shown = f"{channel.chat}: " if channel.chat is not None else ""
    lack = about.lack
    text = f"{shown}{lack.text if lack else 'the bot may post'}"
    return Finding(check="chat", subject=channel.id, state=_state_of(lack), text=text)


def _same_chats(found: Iterable[tuple[int | None, Channel]]) -> list[Finding]:
    return [
        Finding(check="chat", subject=channel.id, state="warning", text=text)
        for channel, text in same_chats(found)
    ]


def _state_of(lack: Lack | None) -> State:
    if lack is None:
        return "ok"
    return "failed" if lack.stops_text else "warning"


async def check_feeds(
    feeds: Sequence[Feed],
    stage: Stage,
    *,
    read: Callable[[Feed], Awaitable[Read]],
    timezone: ZoneInfo,
    progress: Callable[[], None],
) -> list[Finding]:
    """Read each of `feeds`, and render its newest items for the channels that it is routed to."""
    turn = asyncio.Semaphore(_FEEDS_AT_ONCE)
    rendered: defaultdict[ChannelId, _Rendered] = defaultdict(_Rendered)

    async def check(feed: Feed) -> Finding:
        async with turn:
            held = await read(feed)
        for preview in await asyncio.to_thread(_render, feed, held, stage):
            rendered[preview.channel.id].add(preview)
        progress()
        return Veil(feed_secrets(feed)).hide_in(_of_feed(feed, held, timezone))

    found = await asyncio.gather(*(check(feed) for feed in feeds))
    return [*found, *(_of_template(id_, rendered[id_]) for id_ in stage.channels)]


def _render(feed: Feed, held: Read, stage: Stage) -> list[Preview]:
    routed = {id_: channel for id_, channel in stage.channels.items() if id_ in feed.channels}
    return render_previews(feed, held, replace(stage, channels=routed), limit=_ITEMS)


def _of_feed(feed: Feed, held: Read, timezone: ZoneInfo) -> Finding:
    if isinstance(held, Reason):
        return Finding(check="feed", subject=feed.id, state="failed", text=held.text)
    text = f"{counted(len(held.items), 'item')}, {_newest(held, timezone)}"
    state: State = "ok" if held.items and held.warning is None else "warning"
    if held.warning is not None:
        text = f"{text}; {held.warning.text}"
    return Finding(check="feed", subject=feed.id, state=state, text=text)


def _newest(held: ParsedFeed, timezone: ZoneInfo) -> str:
    dates = [item.published for item in held.items if item.published]
    return f"newest {local_time(max(dates), timezone)}" if dates else "no dates"


def _of_template(channel: ChannelId, rendered: _Rendered) -> Finding:
    if rendered.mistakes:
        text = f"{rendered.mistakes[0]} ({counted(len(rendered.mistakes), 'post')})"
        return Finding(check="template", subject=channel, state="failed", text=text)
    if not rendered.posts:
        text = "no live item to try it on"
        return Finding(check="template", subject=channel, state="warning", text=text)
    limit = f" of {rendered.limit}" if rendered.limit else ""
    text = f"{counted(rendered.posts, 'post')}, the longest {rendered.longest}{limit}"
    return Finding(check="template", subject=channel, state="ok", text=text)


def print_findings(findings: Iterable[Finding]) -> None:
    """Print one table, which tells the failures by their state."""
    rows = [(one.state, one.check, one.subject, one.text) for one in findings]
    print_table(("STATE", "CHECK", "OF", "RESULT"), rows, notes=("RESULT",))
