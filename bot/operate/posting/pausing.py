"""`newsbot pause` and `resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models.basics import ChannelId, FeedId, Reason
from bot.models.reasons import ReasonCode
from bot.operate.names import subjects_of
from bot.wording import ENGLISH, marked

if TYPE_CHECKING:
    from datetime import datetime

    from bot.config import Config
    from bot.models.alerts import Pause, Scope
    from bot.store.engine import Store
    from bot.wording import Wording

_BY_OPERATOR = Reason(code=ReasonCode.OPERATOR, text=marked("paused by the operator"))
_SCOPES = {"channel": marked("channel"), "feed": marked("feed"), "account": marked("account")}


async def pause(
    name: str | None, store: Store, config: Config, now: datetime, words: Wording = ENGLISH
) -> list[str]:
    """Pause the subjects of `name`, None all channels; return messages for the operator."""
    told = []
    for scope, id_ in subjects_of(name, config):
        await store.desk.pause(scope, id_, _BY_OPERATOR, now)
        said = words.phrase("{subject} is paused", subject=_subject(scope, id_, words))
        still = words.phrase("what it brought before is still posted") if scope == "feed" else ""
        told.append(f"{said}; {still}" if still else said)
    return told


async def resume(
    name: str | None, store: Store, config: Config, words: Wording = ENGLISH
) -> list[str]:
    """Resume the subjects of `name`, None all channels; return messages for the operator.

    Of all channels only those are told that were paused, or still are.
    """
    told = []
    for scope, id_ in subjects_of(name, config):
        was_paused = await store.desk.resume(scope, id_)
        subject = _subject(scope, id_, words)
        if scope == "channel" and (pauses := await _pauses_over(id_, store, config)):
            why = words.stored(pauses[0].sentence)
            told.append(words.phrase("{subject} is still held: {why}", subject=subject, why=why))
        elif was_paused or name is not None:
            is_held = scope == "feed" and await _is_held(id_, store)
            said = _resumed(subject, words, was_paused=was_paused, is_held=is_held)
            told.append(f"{said}; {_storm_of(id_, words)}" if is_held else said)
    return told or [words.phrase("no channel was paused")]


def _subject(scope: Scope, id_: str, words: Wording) -> str:
    return f"{words.phrase(_SCOPES[scope])} {id_}"


def _resumed(subject: str, words: Wording, *, was_paused: bool, is_held: bool) -> str:
    if not was_paused:
        return words.phrase("{subject} was not paused", subject=subject)
    if is_held:
        return words.phrase("{subject} is polled again", subject=subject)
    return words.phrase("{subject} goes on", subject=subject)


async def _pauses_over(name: str, store: Store, config: Config) -> list[Pause]:
    channel = config.channels[ChannelId(name)]
    return await store.desk.pauses_over(channel.id, channel.account)


async def _is_held(name: str, store: Store) -> bool:
    feeds = await store.desk.feed_status([FeedId(name)])
    return any(feed.storm_since for feed in feeds)


def _storm_of(name: str, words: Wording) -> str:
    return words.phrase(
        "what it brought too much of at once is still held: `newsbot feeds release {name}`",
        name=name,
    )
