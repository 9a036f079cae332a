"""`newsbot pause` and `resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models.basics import ChannelId, FeedId, Reason
from bot.models.reasons import ReasonCode
from bot.operate.names import subjects_of

if TYPE_CHECKING:
    from datetime import datetime

    from bot.config import Config
    from bot.models.alerts import Pause
    from bot.store.engine import Store

_BY_OPERATOR = Reason(code=ReasonCode.OPERATOR, text="paused by the operator")


async def pause(name: str | None, store: Store, config: Config, now: datetime) -> list[str]:
    """Pause the subjects of `name`, None all channels; return messages for the operator."""
    told = []
    for scope, id_ in subjects_of(name, config):
        await store.desk.pause(scope, id_, _BY_OPERATOR, now)
        still = "; what it brought before is still posted" if scope == "feed" else ""
        told.append(f"{scope} {id_} is paused{still}")
    return told


async def resume(name: str | None, store: Store, config: Config) -> list[str]:
    """Resume the subjects of `name`, None all channels; return messages for the operator.

    Of all channels only those are told that were paused, or still are.
    """
    told = []
    for scope, id_ in subjects_of(name, config):
        was_paused = await store.desk.resume(scope, id_)
        if scope == "channel" and (pauses := await _pauses_over(id_, store, config)):
            told.append(f"channel {id_} is still held: {pauses[0].sentence}")
        elif was_paused or name is not None:
            storm = await _storm_of(id_, store) if scope == "feed" else ""
            goes = "is polled again" if storm else "goes on"
            told.append(f"{scope} {id_} {goes if was_paused else 'was not paused'}{storm}")
    return told or ["no channel was paused"]


async def _pauses_over(name: str, store: Store, config: Config) -> list[Pause]:
    channel = config.channels[ChannelId(name)]
    return await store.desk.pauses_over(channel.id, channel.account)


async def _storm_of(name: str, store: Store) -> str:
    feeds = await store.desk.feed_status([FeedId(name)])
    if not any(feed.storm_since for feed in feeds):
        return ""
    return f"; what it brought too much of at once is still held: `newsbot feeds release {name}`"
