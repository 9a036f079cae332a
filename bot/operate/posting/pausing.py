"""The operator's view of the outbox, and the operator's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import UsageError
from bot.models.basics import ChannelId, FeedId, Reason
from bot.operate.show import dollars, local, plain, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.config import Config
    from bot.models.alerts import Pause, Scope
    from bot.models.views import DeliveryRow
    from bot.store.engine import Store

_BY_OPERATOR = Reason(code="operator", text="paused by the operator")


def delivery_json(row: DeliveryRow) -> dict[str, Any]:
    """Return the documented JSON element (README, "JSON")."""
    return {
        "id": str(row.id),
        "channel": row.channel,
        "feed": row.feed,
        "state": row.state.value,
        "reason": plain(row.reason),
        "attempts": row.attempts,
        "due": plain(row.due),
        "created_at": plain(row.created_at),
        "sent_at": plain(row.sent_at),
        "remote_id": row.remote_id,
        "cost": dollars(row.cost),
        "text": plain(row.text),
        "items": [
            {"id": plain(item.id), "link": plain(item.link), "title": plain(item.title)}
            for item in row.items
        ],
    }


def print_deliveries(rows: Iterable[DeliveryRow], timezone: ZoneInfo) -> None:
    """Print the outbox as a table, newest first."""
    print_table(
        ("ID", "STATE", "CHANNEL", "FEED", "WHEN", "TITLE", "REASON"),
        [
            (
                row.id,
                row.state.value,
                row.channel,
                row.feed,
                local(row.sent_at or row.due, timezone),
                row.items[0].title if row.items else row.title,
                row.reason.text if row.reason else "",
            )
            for row in rows
        ],
    )


async def pause(name: str | None, store: Store, config: Config, now: datetime) -> list[str]:
    """Pause what `name` means, None all channels; return what to tell the operator."""
    told = []
    for scope, id_ in subjects_of(name, config):
        await store.desk.pause(scope, id_, _BY_OPERATOR, now)
        still = "; what it brought before is still posted" if scope == "feed" else ""
        told.append(f"{scope} {id_} is paused{still}")
    return told


async def resume(name: str | None, store: Store, config: Config) -> list[str]:
    """Let go on what `name` means, None all channels; return what to tell the operator.

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


def subjects_of(name: str | None, config: Config) -> list[tuple[Scope, str]]:
    """Return what `name` means, None all channels. Raises UsageError as `scopes_named` does."""
    if name is not None:
        return scopes_named(name, config)
    return [("channel", str(id_)) for id_ in config.channels]


async def _pauses_over(name: str, store: Store, config: Config) -> list[Pause]:
    channel = config.channels[ChannelId(name)]
    return await store.desk.pauses_over(channel.id, channel.account)


async def _storm_of(name: str, store: Store) -> str:
    feeds = await store.desk.feed_status([FeedId(name)])
    if not any(feed.storm_since for feed in feeds):
        return ""
    return f"; what it brought too much of at once is still held: `newsbot feeds release {name}`"


def scopes_named(name: str, config: Config) -> list[tuple[Scope, str]]:
    """Return what `name` means: ("feed" | "channel" | "account", id).

    `feed:ID`, `channel:ID` and `account:ID` are exact. Raises UsageError for an unknown name, and
    for one that means several things.
    """
    ids: dict[Scope, list[str]] = {
        "feed": list(map(str, config.feeds)),
        "channel": list(map(str, config.channels)),
        "account": list(map(str, config.accounts)),
    }
    prefix, _, exact = name.partition(":")
    is_exact = bool(exact) and prefix in ids
    found = [
        (scope, exact if is_exact else name)
        for scope, known_ids in ids.items()
        if (exact in known_ids and scope == prefix if is_exact else name in known_ids)
    ]
    if not found:
        raise UsageError(_unknown(name, [id_ for known_ids in ids.values() for id_ in known_ids]))
    if len(found) > 1:
        meanings = " or ".join(f"{kind}:{id_}" for kind, id_ in found)
        raise UsageError(f"{name} has several meanings: write {meanings}")
    return found


def known(kind: str, name: str, ids: Iterable[str]) -> str:
    """Return `name` if it is one of `ids`, else raise UsageError with the nearest one."""
    every = [str(id_) for id_ in ids]
    if name not in every:
        raise UsageError(_unknown(name, every, kind=kind))
    return name


def _unknown(name: str, ids: list[str], *, kind: str = "feed, channel or account") -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    near = get_close_matches(name, ids, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"no {kind} is called {name}{hint}"
