"""Which posts a person approves: what channels, feeds and routes say, put together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.models.settings import Approval, Channel, Feed, FeedRoute
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.config.text.document import Document
    from bot.config.text.positions import Path as KeyPath
    from bot.models.basics import ChannelId, FeedId

    Stating = Channel | Feed | FeedRoute

_NO_DESK = marked(
    "needs a table [desk] with account, chat and users: the chat in which people approve posts"
)
_NO_APPROVAL = marked("has no effect without approve = true")
_NO_TIME = marked(
    "has no effect without approve_within: a post waits for as long as nobody decides"
)


def with_approvals(
    channels: Mapping[ChannelId, Channel],
    feeds: Mapping[FeedId, Feed],
    document: Document,
    *,
    has_desk: bool,
) -> dict[ChannelId, Channel]:
    """Return the channels with the approval of what each feed brings; note the mistakes.

    What a route says wins over its feed, and that over the channel.
    """
    found = {}
    for name, channel in channels.items():
        own = _approval_of([channel])
        ways = {id_: one for id_, one in feeds.items() if name in one.channels}
        of_feeds = {id_: _approval_of(_stated(one, channel)) for id_, one in ways.items()}
        others = {id_: approval for id_, approval in of_feeds.items() if approval != own}
        found[name] = replace(channel, approval=own, approvals=others)
    _check(found, feeds, document, has_desk=has_desk)
    return found


def _stated(feed: Feed, channel: Channel) -> list[Stating]:
    """Return who says something of this way, the one that counts most first."""
    route = feed.routes.get(channel.id)
    return [*([route] if route else ()), feed, channel]


def _approval_of(stating: list[Stating]) -> Approval | None:
    is_wanted = next((one.approve for one in stating if one.approve is not None), False)
    if not is_wanted:
        return None
    within = next((one.approve_within for one in stating if one.approve_within is not None), None)
    then = next((one.then for one in stating if one.then is not None), None)
    return Approval(within=within, then=then or "skip")


def _check(
    channels: Mapping[ChannelId, Channel],
    feeds: Mapping[FeedId, Feed],
    document: Document,
    *,
    has_desk: bool,
) -> None:
    for path, one, approvals in _all(channels, feeds, document):
        if one.approve and not has_desk:
            document.problem((*path, "approve"), _NO_DESK)
        wanted = [approval for approval in approvals if approval is not None]
        if one.approve_within is not None and not wanted:
            document.problem((*path, "approve_within"), _NO_APPROVAL)
        if one.then is not None and not any(approval.within for approval in wanted):
            document.problem((*path, "then"), _NO_TIME if wanted else _NO_APPROVAL)


def _all(
    channels: Mapping[ChannelId, Channel], feeds: Mapping[FeedId, Feed], document: Document
) -> Iterator[tuple[KeyPath, Stating, list[Approval | None]]]:
    """Yield all that may say something, where it stands, and the approvals that it concerns.

    An entry without an id has no place, and its mistake is noted already.
    """
    places = document.paths_of("channels")
    for channel in (one for one in channels.values() if one.id in places):
        yield places[channel.id], channel, [channel.approval, *channel.approvals.values()]
    places = document.paths_of("feeds")
    for feed in (one for one in feeds.values() if one.id in places):
        ways = {name: channels[name].approval_of(feed.id) for name in feed.channels}
        yield places[feed.id], feed, list(ways.values())
        for name, route in feed.routes.items():
            yield _path_of(places[feed.id], name, document), route, [ways[name]]


def _path_of(feed: KeyPath, channel: ChannelId, document: Document) -> KeyPath:
    listed: Any = document.value_of((*feed, "channels"))
    ids = [one.get("id") if isinstance(one, dict) else one for one in listed]
    return (*feed, "channels", ids.index(channel))
