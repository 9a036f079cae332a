"""The shipped example, with the comments in the language of the person who set the bot up."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import IO, TYPE_CHECKING

import bot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.wording import Wording

DATA = Path(bot.__file__).parent / "data"
EXAMPLE = "newsbot.toml"
_WIDTH = 100
_RULE = re.compile(r"(?P<before># --- )(?P<text>.*?) -+")
_COMMAND = re.compile(r"(?P<before>#   newsbot \w+ +)(?P<text>.+)")
# Keys, tables and parts of them that wait to be used, and the name of the schema.
_CODE = re.compile(r"#(?::| [\w.]+ = | \[| \{)")
_WHOLE = re.compile(r"\{[^{}]*\}|`[^`]*`")
_GLUE = "\0"


def example(words: Wording) -> str:
    """Return the example, with its comments in the language of `words`."""
    lines = (DATA / EXAMPLE).read_text(encoding="utf-8").split("\n")
    return "\n".join(line for part in _parts(lines) for line in _said(part, words))


def without_feeds(text: str) -> str:
    """Return what stands in an example above the first feed, and above the comment on that."""
    head = text[: text.index("\n[[feeds]]")]
    return head[: head.rindex("\n\n") + 2]


def commented(text: str) -> list[str]:
    """Return `text` as lines of a comment in the file; none breaks within a command or a table.

    The rest of one would look like a key that waits to be used.
    """
    whole = _WHOLE.sub(lambda found: found[0].replace(" ", _GLUE), text)
    lines = textwrap.wrap(
        whole, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )
    return [line.replace(_GLUE, " ") for line in lines]


def texts(file: IO[bytes], *_: object, **__: object) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield the example's comments for the catalogue: `make words` names this in pyproject.toml."""
    for part in _parts(file.read().decode().split("\n")):
        if text := _text(part):
            yield 1, "phrase", text, []


def _parts(lines: list[str]) -> Iterator[list[str]]:
    """Yield each comment with all its lines, and every other line alone."""
    comment: list[str] = []
    for line in lines:
        if _is_prose(line):
            comment.append(line)
            continue
        if comment:
            yield comment
            comment = []
        yield [line]


def _is_prose(line: str) -> bool:
    return line.startswith("# ") and not (_CODE.match(line) or _framed(line))


def _framed(line: str) -> re.Match[str] | None:
    """Return the `text` of a line that keeps its form, with what stands `before` it."""
    return _RULE.fullmatch(line) or _COMMAND.fullmatch(line)


def _text(part: list[str]) -> str:
    """Return the words of a comment, empty for what is none."""
    if framed := _framed(part[0]):
        return framed["text"]
    return " ".join(line[2:] for line in part) if _is_prose(part[0]) else ""


def _said(part: list[str], words: Wording) -> list[str]:
    text = _text(part)
    if not text:
        return part
    said = words.stored(text)  # as it is: braces in it are the file's own
    if said == text:
        return part
    framed = _framed(part[0])
    if framed is None:
        return commented(said)
    line = framed["before"] + said
    return [f"{line} ".ljust(_WIDTH - 3, "-") if _RULE.fullmatch(part[0]) else line]
