"""Writes the page to a file, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.atomic import replacing
from bot.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def check_target(path: Path) -> None:
    """Raise UsageError where no page can be written at `path`; a file there will be replaced."""
    if path.is_dir():
        raise UsageError(f"--html {path} is a directory; name a file in it")
    if path.exists() and not path.is_file():
        raise UsageError(f"--html {path} is no ordinary file; name one")
    if not path.parent.is_dir():
        raise UsageError(f"--html {path}: there is no directory {path.parent}; make it first")


def write_page(path: Path, html: str) -> None:
    """Write `html` at `path`, atomically. Raises UsageError where that is not allowed."""
    target = path.resolve()  # the target of a link is replaced, not the link
    try:
        with replacing(target) as file:
            file.write(html.encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"--html {path} cannot be written: {error.strerror}") from error
