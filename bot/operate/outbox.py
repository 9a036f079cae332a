"""The operator's view of the outbox, and the operator's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import UsageError
from bot.models import ChannelId
from bot.operate.show import dollars, local, plain, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from bot.config import Config
    from bot.models import DeliveryRow, FeedId
    from bot.store.engine import Store
    from bot.store.operator import Scope

SCOPES: tuple[Scope, ...] = ("feed", "channel", "account")


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
                row.items[0].title if row.items else "",
                row.reason.text if row.reason else "",
            )
            for row in rows
        ],
    )


async def is_held_back(store: Store | None, feed: FeedId) -> bool:
    """Tell whether `storm` holds something of the feed."""
    return store is not None and feed in (await store.alerts.condition([])).storms


async def resumed(store: Store, scope: Scope, name: str, config: Config) -> str:
    """End a pause; return what to tell the operator, also of the account that still holds it."""
    was_paused = await store.desk.resume(scope, name)
    channel = config.channels.get(ChannelId(name)) if scope == "channel" else None
    condition = await store.alerts.condition([])
    for pause in condition.pauses:
        if channel is not None and (pause.scope, pause.id) == ("account", channel.account):
            return (
                f"{scope} {name} is still held: account {pause.id} is paused "
                f"({pause.reason.text}): `newsbot resume account:{pause.id}`"
            )
    return f"{scope} {name} goes on" if was_paused else f"{scope} {name} was not paused"


def scopes_named(name: str, config: Config) -> list[tuple[Scope, str]]:
    """Return what `name` means: ("feed" | "channel" | "account", id).

    `feed:ID`, `channel:ID` and `account:ID` are exact. Raises UsageError for an unknown name, and
    for one that means several things.
    """
    scope, _, exact = name.partition(":")
    ids: dict[str, list[str]] = {
        "feed": list(map(str, config.feeds)),
        "channel": list(map(str, config.channels)),
        "account": list(map(str, config.accounts)),
    }
    if exact and scope in ids:
        found = [(kind, exact) for kind in SCOPES if kind == scope and exact in ids[kind]]
    else:
        found = [(kind, name) for kind in SCOPES if name in ids[kind]]
    if not found:
        raise UsageError(_unknown(name, [id_ for kind in SCOPES for id_ in ids[kind]]))
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
