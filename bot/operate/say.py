"""All that a command prints: safe for a terminal, and a document as a whole."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.operate.cells import columns_of, wrapped
from bot.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNFORGIVING = frozenset({"strict", "surrogateescape"})


def say(text: object = "", *, err: bool = False, hang: int = 0) -> None:
    """Print `text` for people, on standard error if `err`; what could drive a terminal is replaced.

    On a terminal its lines fold at words, `hang` cells to the right; a pipe gets them whole.
    """
    _write(f"{fitted(str(text), err=err, hang=hang)}\n", err=err)


def fitted(text: str, *, err: bool = True, hang: int = 0) -> str:
    """Return `text` as `say` prints it: a question, too, is to fit the terminal."""
    shown = visible(text)
    width = columns_of(sys.stderr if err else sys.stdout)
    return wrapped(shown, width, hang) if width else shown


def say_whole(text: str, *, err: bool = False) -> None:
    """Print lines that are for programs as well: nothing in them folds."""
    _write(f"{visible(text)}\n", err=err)


def say_as_is(text: str, *, err: bool = False) -> None:
    """Print `text` of ours alone, with its escape sequences, and no line break after it."""
    _write(text, err=err)


def _write(text: str, *, err: bool) -> None:
    # Named, the stream is used as it is; click would write UTF-8 to one that is meant to be ASCII.
    click.echo(text, file=sys.stderr if err else sys.stdout, nl=False)


def open_closed_streams() -> None:
    """Give this process /dev/null for a standard input or error that is closed (`<&-`, `2>&-`).

    Python has None there: questions and logs fail on it, and click prints errors where documents
    go. Standard output stays closed, so that a post for it waits.
    """
    nowhere = Path(os.devnull)
    sys.stdin = sys.stdin or nowhere.open(encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")


def forgive_letters() -> None:
    """Let standard output and error replace the letters that their encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors in _UNFORGIVING:
            stream.reconfigure(errors="replace")


def can_show(text: str) -> bool:
    """Tell whether the encoding of standard output has all letters of `text`."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def as_a_whole() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done: half a document cannot be read."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[tuple[int, Any]] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: waiting.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting and callable(before):
        before(*waiting[0])
