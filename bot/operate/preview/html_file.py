"""Writes the page to a file, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.atomic import replacing
from bot.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_PAGE = b"<!doctype html>"
_LOOKED_AT = 1000  # bytes


def check_target(path: Path) -> None:
    """Raise UsageError where no page can be written at `path`; a page there will be replaced.

    Anything else there is somebody's, as the configuration is.
    """
    if path.is_dir():
        raise UsageError(f"--html {path} is a directory; name a file in it")
    if path.exists() and not path.is_file():
        raise UsageError(f"--html {path} is no ordinary file; name one")
    if not path.parent.is_dir():
        raise UsageError(f"--html {path}: there is no directory {path.parent}; make it first")
    if path.is_file() and not _may_be_replaced(path):
        raise UsageError(f"--html {path} exists and is no page; name another file")


def _may_be_replaced(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            begin = file.read(_LOOKED_AT).lstrip().lower()
    except OSError:
        return False
    return not begin or begin.startswith(_PAGE)


def write_page(path: Path, html: str) -> None:
    """Write `html` at `path`, atomically. Raises UsageError where that is not allowed."""
    target = path.resolve()  # the target of a link is replaced, not the link
    try:
        with replacing(target) as file:
            file.write(html.encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"--html {path} cannot be written: {error.strerror}") from error
