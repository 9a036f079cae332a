"""A mark of what a configuration means, by which machines see that theirs are the same."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from pathlib import PurePath
from typing import TYPE_CHECKING

from bot.models.settings import Feed, TemplateText

if TYPE_CHECKING:
    from bot.config.records import Config

_OF_MACHINE = frozenset(
    {
        *("path", "base_dir", "database", "is_database_named", "proxy", "contact", "warnings"),
        *("log", "metrics", "web", "nodes"),
    }
)
"""What may differ from machine to machine."""
_PLAIN = frozenset({str, int, bool, float, timedelta, type(None)})
"""Most values are of these types: each question less counts where there are 10,000 feeds."""


def fingerprint(config: Config) -> str:
    """Return 12 hexadecimal digits: the same on all machines with the same feeds and channels."""
    shared = {
        one.name: getattr(config, one.name) for one in fields(config) if one.name not in _OF_MACHINE
    }
    return blake2b(_text(shared).encode(), digest_size=6).hexdigest()


def _text(value: object) -> str:
    """Return a text that says all of `value`, the same in each process.

    Of a local feed only the name counts, and of a template its text: the folder may be another one.
    """
    if type(value) in _PLAIN:
        return repr(value)
    if isinstance(value, Feed) and value.is_local:
        value = replace(value, url=PurePath(value.url).name)
    if isinstance(value, TemplateText):
        return repr(value.source)
    if is_dataclass(value) and not isinstance(value, type):
        return _text({one.name: getattr(value, one.name) for one in fields(value) if one.compare})
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_text(key)}:{_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, AbstractSet):
        return "{" + ",".join(sorted(map(_text, value))) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_text, value)) + "]"
    return repr(value)
