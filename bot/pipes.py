"""Reads files that the operator names, of which any may be a pipe: `-c <(decrypt newsbot.toml)`."""

from __future__ import annotations

import os
import select
import stat
from errno import ENXIO
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_A_MOMENT = 1000  # milliseconds


def read_bytes(path: Path) -> bytes:
    """Return the content, and wait for a moment only for somebody to open a pipe for writing.

    A pipe that is opened waits for its writer (fifo(7)): a service that reads its files again would
    neither take any other change nor end. Raises OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        _wait_for_writer(descriptor)
        os.set_blocking(descriptor, True)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read()
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)
    if is_pipe and not content:
        raise OSError(ENXIO, "it is a pipe into which nobody writes")
    return content


def _wait_for_writer(descriptor: int) -> None:
    """Wait until there is something to read: who writes may have waited for this open himself."""
    looking = select.poll()
    looking.register(descriptor, select.POLLIN)
    looking.poll(_A_MOMENT)


def read_text(path: Path) -> str:
    """Return the content as `Path.read_text` does. Raises OSError, UnicodeDecodeError.

    The mark that editors on Windows put before a text is no letter of it.
    """
    return TextIOWrapper(BytesIO(read_bytes(path)), encoding="utf-8-sig").read()
