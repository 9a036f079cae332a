"""Reads feeds that are local files."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from bot.collect.http.body import Collector
from bot.collect.http.failures import PollError
from bot.collect.inflate import TooLargeError
from bot.wording import told

if TYPE_CHECKING:
    from io import BufferedReader


def read_file(name: str, max_bytes: int) -> bytes:
    """Return the file's content, unpacked if it is gzip.

    Raises PollError (file_missing, file_unreadable), TooLargeError or BrokenEncodingError. Blocks.
    """
    path = Path(name)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for a writer
            raise PollError("file_unreadable", told("{name} is not a regular file", name=name))
        with path.open("rb") as file:
            data = _read(file, max_bytes)
    except FileNotFoundError as exc:
        raise PollError("file_missing", told("there is no file {name}", name=name)) from exc
    except (OSError, ValueError) as exc:
        if isinstance(exc, PollError):
            raise
        reason = getattr(exc, "strerror", None) or str(exc)
        raise PollError(
            "file_unreadable", told("cannot read {name}: {why}", name=name, why=reason)
        ) from exc
    collector = Collector([], max_bytes)
    collector.add(data)
    return collector.body()


def _read(file: BufferedReader, max_bytes: int) -> bytes:
    data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise TooLargeError
    return data
