"""The names on a command line: a feed, a channel or an account, or the nearest one that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import UsageError
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from bot.config import Config
    from bot.models.alerts import Scope


def subjects_of(name: str | None, config: Config) -> list[tuple[Scope, str]]:
    """Return the feed, channel or account that is called `name`; None stands for all channels.

    `feed:ID`, `channel:ID` and `account:ID` are exact. Raises UsageError for an unknown name, and
    for one that means several things.
    """
    if name is None:
        return [("channel", id_) for id_ in config.channels]
    ids: dict[Scope, Collection[str]] = {
        "feed": config.feeds.keys(),
        "channel": config.channels.keys(),
        "account": config.accounts.keys(),
    }
    prefix, _, rest = name.partition(":")
    exact = {scope: known_ids for scope, known_ids in ids.items() if rest and scope == prefix}
    wanted = rest if exact else name
    found = [(scope, wanted) for scope, known_ids in (exact or ids).items() if wanted in known_ids]
    if not found:
        raise UsageError(_unknown(name, [id_ for known_ids in ids.values() for id_ in known_ids]))
    if len(found) > 1:
        meanings = ", ".join(f"{scope}:{id_}" for scope, id_ in found)
        raise UsageError(
            told(
                "{name} has several meanings: write one of {meanings}", name=name, meanings=meanings
            )
        )
    return found


def known(kind: str, name: str, ids: Iterable[str]) -> str:
    """Return `name` if it is one of `ids`, else raise UsageError with the nearest one."""
    every = [str(id_) for id_ in ids]
    if name not in every:
        raise UsageError(_unknown(name, every, kind=kind))
    return name


def _unknown(name: str, ids: list[str], *, kind: str = marked("feed, channel or account")) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    near = get_close_matches(name, ids, n=1)
    hint = told("; did you mean {near}?", near=near[0]) if near else ""
    return told("no {why} is called {name}", why=kind, name=name) + hint
