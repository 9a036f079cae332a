"""The differences of two configurations, one line each; no secret in any (pure)."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from bot.models.settings import Account, Budget, Channel, Feed, Prices, TemplateText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.config import Config
    from bot.models.basics import AccountId

    Secrets = Mapping[AccountId, Mapping[str, str]]

AT_START = ("database", "contact", "metrics", "proxy", "web", "nodes")
"""The settings that take effect at a start only."""

SETTINGS = ("language", "timezone", "same_story_window", "remember", "explain_for")
"""Those that are shown as they were and are."""
TABLES = ("alerts", "desk", "log")
"""Those of which only the change is told."""
_HIDDEN = frozenset({"url", "headers", "api_url", "secrets"})  # they may hold secrets
_LONG = frozenset({"routes"})
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_DOLLAR = 1_000_000


def changes(old: Config, new: Config) -> list[str]:
    """Return a line for each change that takes effect without a start."""
    return [
        *_top(old, new),
        *_entries("account", old.accounts, new.accounts, old=old, new=new),
        *_entries("channel", old.channels, new.channels, old=old, new=new),
        *_templates(old, new),
        *_entries("feed", old.feeds, new.feeds, old=old, new=new),
    ]


def waiting(old: Config, new: Config) -> list[str]:
    """Return a line for each change that takes effect at the next start only."""
    return [
        f"{name} changed: restart newsbot for that to take effect"
        for name in AT_START
        if getattr(old, name) != getattr(new, name)
    ]


def _top(old: Config, new: Config) -> Iterator[str]:
    for name in (field.name for field in fields(old)):
        before, after = getattr(old, name), getattr(new, name)
        if name in SETTINGS and before != after:
            yield f"{name}: {_shown(before)} -> {_shown(after)}"
        elif name in TABLES and before != after:
            yield f"{name} changed"
    for name in (field.name for field in fields(old.collect)):
        before, after = getattr(old.collect, name), getattr(new.collect, name)
        if before != after:
            yield f"collect.{name}: {_shown(before)} -> {_shown(after)}"


def _entries(
    kind: str, before: Mapping[Any, Any], after: Mapping[Any, Any], *, old: Config, new: Config
) -> Iterator[str]:
    for id_ in (*before, *(name for name in after if name not in before)):
        if id_ not in after:
            yield f"{kind} {id_} removed"
        elif id_ not in before:
            yield f"{kind} {id_} added"
        else:
            found = list(_differences(before[id_], after[id_], old, new))
            if found:
                yield f"{kind} {id_}: {', '.join(found)}"


def _differences(
    before: Feed | Channel | Account, after: Feed | Channel | Account, old: Config, new: Config
) -> Iterator[str]:
    for name in (field.name for field in fields(before)):
        was, is_ = getattr(before, name), getattr(after, name)
        if was == is_ or _follows(name, was, is_, old, new):
            continue
        if name in _HIDDEN | _LONG:
            yield f"{name} changed"
        elif _shown(was) != _shown(is_):
            yield f"{name} {_shown(was)} -> {_shown(is_)}"


def _follows(name: str, was: object, is_: object, old: Config, new: Config) -> bool:
    """Tell whether the change is one that another line tells already."""
    if name == "channels" and isinstance(was, tuple) and isinstance(is_, tuple):
        stay = set(old.channels) & set(new.channels)
        return stay.intersection(was) == stay.intersection(is_)
    if name == "filters" or (name == "languages" and not isinstance(was, tuple)):
        return True  # a feed's are those of its channels, and told by the keys that they stand in
    if name in {"high", "digests", "digest_template"} or isinstance(was, frozenset):
        return True  # a channel's are those of its feeds
    if name in {"approval", "approvals"}:
        return True  # put together of `approve` and its like
    parents = ((old.collect, new.collect), (old, new))
    return any(
        hasattr(before, name) and (getattr(before, name), getattr(after, name)) == (was, is_)
        for before, after in parents
    )


def _templates(old: Config, new: Config) -> Iterator[str]:
    before, after = _sources(old), _sources(new)
    for name, source in before.items():
        if after.get(name, source) != source:
            yield f"template {PurePath(name).name} changed"


def _sources(config: Config) -> dict[str, str]:
    every = (text for one in config.channels.values() for text in one.templates)
    return {text.name: text.source for text in every}


def _shown(value: object) -> str:
    match value:
        case None:
            return "off"
        case bool():
            return str(value).lower()
        case timedelta():
            return _duration(value)
        case TemplateText():
            return PurePath(value.name).name
        case Budget() | Prices():
            return " ".join(f"{f.name} {getattr(value, f.name) / _DOLLAR}" for f in fields(value))
        case tuple():
            return f"[{', '.join(_shown(one) for one in value)}]"
        case _:
            return str(value)


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    return next((f"{seconds // size}{unit}" for unit, size in _UNITS if seconds % size == 0), "0s")
