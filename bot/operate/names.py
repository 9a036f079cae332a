"""The names on a command line: a feed, a channel or an account, or the nearest one that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.config import Config
    from bot.models.alerts import Scope


def subjects_of(name: str | None, config: Config) -> list[tuple[Scope, str]]:
    """Return what `name` means, None all channels. Raises UsageError as `scopes_named` does."""
    if name is not None:
        return scopes_named(name, config)
    return [("channel", str(id_)) for id_ in config.channels]


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
