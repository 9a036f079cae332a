"""Channels that stay silent although they have something to send: which of them is trouble."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.publish.pace import is_quiet

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.config import Config
    from bot.models.alerts import Condition, Presence, Waiting
    from bot.models.basics import ChannelId
    from bot.models.settings import Channel

AN_HOUR = timedelta(hours=1)
CATCHING_UP = timedelta(minutes=10)
"""A service that was started just now is given this long before anything counts as late."""
_STEP = timedelta(minutes=5)  # quiet hours are counted in such steps


class Patience:
    """Knows what has been seen at each look for a `span`.

    For a moment after a pause, a reload or a sleep of the machine everything waits and is late.
    """

    def __init__(self, span: timedelta = timedelta(0)) -> None:
        self._span = span
        self._since: dict[str, datetime] = {}

    def lasting(self, seen: Iterable[str], now: datetime) -> frozenset[str]:
        """Return those of `seen` that were there at all looks since `span` ago."""
        self._since = {name: min(self._since.get(name, now), now) for name in seen}
        return frozenset(name for name, at in self._since.items() if now - at >= self._span)


class StallWatch:
    """Finds the channels that are stalled.

    A wait that nothing explains, neither a refusal nor a silence, must last under these eyes.
    """

    def __init__(self, patience: timedelta = timedelta(0)) -> None:
        self._patience = Patience(patience)

    def stalled(
        self, condition: Condition, config: Config, now: datetime, presence: Presence
    ) -> tuple[Waiting, ...]:
        """Return the waits that are trouble; one under a pause has its own trouble, or none."""
        paused = paused_channels(condition, config)
        waits = [
            one
            for one in condition.waiting
            if one.channel not in paused and _lasts(one, config, now)
        ]
        explained = [one for one in waits if _is_explained(one, now, presence)]
        unexplained = [one.channel for one in waits if one not in explained]
        began = presence.began(now)
        if presence.running is False or (began and now - began < CATCHING_UP):
            unexplained = []
        long = self._patience.lasting(unexplained, now)
        return tuple(one for one in waits if one in explained or one.channel in long)


def paused_channels(condition: Condition, config: Config) -> frozenset[ChannelId]:
    """Return the channels that are paused, or whose account is."""
    paused = {(pause.scope, pause.id) for pause in condition.pauses}
    return frozenset(
        channel.id
        for channel in config.channels.values()
        if {("channel", channel.id), ("account", channel.account)} & paused
    )


def _is_explained(one: Waiting, now: datetime, presence: Presence) -> bool:
    """Tell whether something keeps it back for certain: a wait, or a refusal of this run."""
    if one.next_try > now:
        return True
    began = presence.began(now)
    return one.tried_at is not None and (began is None or one.tried_at >= began)


def _lasts(one: Waiting, config: Config, now: datetime) -> bool:
    channel = config.channels[one.channel]
    return waking_time(channel, one.since, max(one.next_try, now), config.timezone) >= AN_HOUR


def waking_time(
    channel: Channel, since: datetime, until: datetime, timezone: ZoneInfo
) -> timedelta:
    """Return the time from `since` to `until` without quiet hours; counted to an hour at most."""
    if channel.quiet_hours is None or until - since < AN_HOUR:
        return until - since
    awake, moment = timedelta(0), since
    while moment < until and awake < AN_HOUR:
        step = min(_STEP, until - moment)
        if not is_quiet(channel, moment, timezone):
            awake += step
        moment += step
    return awake
