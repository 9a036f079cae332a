"""The place of the configuration file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import UsageError
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_PLACES = ("newsbot.toml", "config/newsbot.toml", "/etc/newsbot/newsbot.toml")
_VARIABLE = "NEWSBOT_CONFIG"


def find_config(
    explicit: Path | None,
    environ: Mapping[str, str],
    cwd: Path,
    *,
    installed: Callable[[], Path | None] = lambda: None,
) -> Path:
    """Return the configuration file: `explicit`, $NEWSBOT_CONFIG, or the first known place.

    Where none of them has one, it is the one that `installed` returns. Relative paths are relative
    to `cwd`. A file that was named and does not exist is never replaced by another. Raises
    UsageError, which names the places that were tried.
    """
    named = environ.get(_VARIABLE)
    if explicit is not None:
        return _existing(cwd / explicit, "-c")
    if named:
        return _existing(cwd / named, f"${_VARIABLE}")
    found = next((cwd / place for place in _PLACES if _exists(cwd / place)), None) or installed()
    if found is None:
        tried = ", ".join(place if place.startswith("/") else f"./{place}" for place in _PLACES)
        raise UsageError(
            told(
                "no configuration file: tried {tried}; write one with `newsbot "
                "init`, or name yours with -c FILE or ${variable}",
                tried=tried,
                variable=_VARIABLE,
            )
        )
    return found


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True  # it is there and may not be read: reading it tells why


def _existing(path: Path, source: str) -> Path:
    if not _exists(path):
        raise UsageError(
            told(
                "{path}: no such file (from {source}); write one with `newsbot init`",
                path=path,
                source=source,
            )
        )
    return path
