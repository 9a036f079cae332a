"""Texts on the cells of a terminal: how many they fill, and how they fold at words."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? \S+"
# The words of a line with the blanks before them; a time and a command in backticks are one word.
_WORDS = re.compile(rf"(?<!\s)(\s*+)({_TIME}|(?:`[^`\n]*`|\S)+)", re.ASCII)
_LEAD = re.compile(r" *(?:- |\| )?")
_LEAST = 20  # cells: below that, folding only makes a text longer


def columns_of(stream: TextIO | None) -> int | None:
    """Return how many cells a line of the terminal behind `stream` has; None for a pipe or file."""
    if stream is None or not stream.isatty():
        return None
    if not os.environ.get("COLUMNS"):
        with suppress(OSError, ValueError):  # no descriptor behind it
            return os.get_terminal_size(stream.fileno()).columns or 80
    return shutil.get_terminal_size().columns


def wrapped(text: str, width: int, hang: int = 0) -> str:
    """Return `text` with its long lines folded at words to `width` cells.

    What follows of a line stands below its first word, behind the bar of a quotation again, or, of
    an indented line, `hang` cells to the right. A word that is longer than a line stays whole:
    addresses are copied.
    """
    lines = text.split("\n")
    return "\n".join(part for line in lines for part in _wrapped(line, max(width, _LEAST), hang))


def _wrapped(line: str, width: int, hang: int) -> Iterator[str]:
    if cells_of(line) <= width:
        yield line
        return
    lead = _LEAD.match(line)[0]  # type: ignore[index]  # it matches the empty text, too
    below = max(len(lead), hang if lead else 0)
    further = lead.replace("-", " ") if lead.strip() else " " * below
    now = lead
    for blanks, word in _pieces(line[len(lead) :], width - len(further)):
        if now.strip(" |-") and cells_of(now + blanks + word) > width:
            yield now.rstrip()
            now = further + word
        else:
            now += blanks + word
    yield now


def _pieces(text: str, room: int) -> Iterator[tuple[str, str]]:
    """Yield words with the blanks before them; a command that needs more than a line, in parts."""
    for blanks, word in _WORDS.findall(text):
        if cells_of(word) <= room:
            yield blanks, word
            continue
        first, *others = word.split(" ")
        yield blanks, first
        yield from ((" ", other) for other in others)


def folded(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width` cells, which must be 2 or more; words stay whole.

    Except for those that are longer than a line.
    """
    if cells_of(text) <= width:
        return [text]
    lines = [""]
    for word in text.split():
        rest = word
        if lines[-1] and cells_of(lines[-1]) + 1 + cells_of(word) <= width:
            lines[-1] += f" {word}"
            continue
        while cells_of(rest) > width:
            head = _head(rest, width)
            lines.append(head)
            rest = rest[len(head) :]
        lines.append(rest)
    return [line for line in lines if line]


def _head(word: str, width: int) -> str:
    """Return the beginning of `word` that fills at most `width` cells, one letter at least."""
    end = 1
    while end < len(word) and cells_of(word[: end + 1]) <= width:
        end += 1
    return word[:end]


def cells_of(text: str) -> int:
    """Return how many cells of a terminal `text` fills."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - most tables do without

    return cell_len(text)
