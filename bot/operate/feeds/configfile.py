"""The configuration file as text: entries come and go, every other letter stays as it is."""

from __future__ import annotations

import errno
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.atomic import replacing
from bot.config import load_config
from bot.config.text.document import read_file
from bot.config.text.positions import Scan, scan
from bot.errors import NewsbotError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from io import FileIO

    from bot.config import Config

_BOM = b"\xef\xbb\xbf"
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
_NO_RENAME = _FORBIDDEN | {errno.EBUSY, errno.EROFS}
"""A file that is itself a mount cannot be replaced (EBUSY, rename(2)); its folder may be read-only
while the file is not."""


class NotWritable(NewsbotError):
    """The file cannot be written by this process."""


class ConfigFile:
    """A valid configuration file that is about to be edited; `config` is its content."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        """Read `path`. Raises ConfigError where it is unreadable or wrong."""
        self.path = path
        self._environ = environ
        self._content = read_file(path)
        self.config: Config = load_config(path, environ=environ, content=self._content)
        self._text = self._content.decode("utf-8-sig")
        self._data = tomllib.loads(self._text)

    def append_feeds(self, entries: Sequence[Mapping[str, object]]) -> None:
        """Write new [[feeds]] behind the last one. Raises ConfigError where they are wrong."""
        self._replace(*self._with(entries))

    def with_feeds(self, entries: Sequence[Mapping[str, object]]) -> Config:
        """Return the configuration as it would be with new [[feeds]]; nothing is written."""
        return self._checked(*self._with(entries))[1]

    def _with(
        self, entries: Sequence[Mapping[str, object]]
    ) -> tuple[Sequence[str], Sequence[object]]:
        found, lines = self._scanned(), self._text.split("\n")
        feeds: list[Any] = self._data.get("feeds", [])
        at = _last_line(found, lines, len(feeds) - 1) if feeds else _end_of_text(lines)
        end = "\r" if "\r\n" in self._text else ""
        if at and end and not lines[at - 1].endswith(end):
            lines[at - 1] += end
        new = [f"{line}{end}" for entry in entries for line in ("", *block(entry))]
        if at == len(lines):
            new.append("")
        return [*lines[:at], *new, *lines[at:]], [*feeds, *entries]

    def remove_feed(self, index: int) -> None:
        """Cut out an entry of [[feeds]]; comments above it and behind a blank line stay.

        Raises ConfigError where the rest would be wrong.
        """
        found, lines = self._scanned(), self._text.split("\n")
        start = found.position(found.keys["feeds", index].start).line - 1
        end = _last_line(found, lines, index)
        if end < len(lines) and not lines[end].strip() and not "".join(lines[:start][-1:]).strip():
            end += 1
        feeds: list[Any] = self._data["feeds"]
        self._replace([*lines[:start], *lines[end:]], [*feeds[:index], *feeds[index + 1 :]])

    def renaming_feed(self, index: int, new: str) -> Callable[[], None]:
        """Return a function that writes the id `new` into an entry of [[feeds]], checked already.

        Raises ConfigError where the file would become wrong.
        """
        found, lines = scan(self._text), self._text.split("\n")
        span = found.values["feeds", index, "id"]
        first, last = found.position(span.start), found.position(span.end - 1)
        line = lines[first.line - 1]
        lines[first.line - 1] = line[: first.column - 1] + _toml(new) + line[last.column :]
        feeds = [dict(feed) for feed in self._data["feeds"]]
        feeds[index]["id"] = new
        return self._replacing(lines, feeds)

    def _scanned(self) -> Scan:
        found = scan(self._text)
        if ("feeds",) in found.values:
            line = found.position(found.values["feeds",].start).line
            raise NewsbotError(
                f"{self.path}:{line}: feeds is one list in brackets, which this command cannot "
                "edit: write each feed as a table that begins with [[feeds]]"
            )
        return found

    def _replace(self, lines: Sequence[str], feeds: Sequence[object]) -> None:
        self._replacing(lines, feeds)()

    def _replacing(self, lines: Sequence[str], feeds: Sequence[object]) -> Callable[[], None]:
        new, config = self._checked(lines, feeds)

        def write() -> None:
            _replace_file(self.path, self._content, new)
            self.config = config

        return write

    def _checked(self, lines: Sequence[str], feeds: Sequence[object]) -> tuple[bytes, Config]:
        """Return the file made of `lines`, and its configuration. Raises ConfigError."""
        text = "\n".join(lines)
        wanted = {key: value for key, value in self._data.items() if key != "feeds"}
        if feeds:
            wanted["feeds"] = [dict(feed) for feed in feeds if isinstance(feed, dict)]
        new = (_BOM if self._content.startswith(_BOM) else b"") + text.encode("utf-8")
        config = load_config(self.path, environ=self._environ, content=new)
        if tomllib.loads(text) != wanted:
            raise NewsbotError(
                f"{self.path} is left as it is: parts of its [[feeds]] stand apart from each "
                "other, edit it by hand"
            )
        return new, config


def _last_line(found: Scan, lines: Sequence[str], index: int) -> int:
    """Return the last line of an entry, with the comments that follow at once; from 1."""
    spans = [*found.keys.items(), *found.values.items()]
    last = max(
        found.position(span.end - 1).line for path, span in spans if path[:2] == ("feeds", index)
    )
    while last < len(lines) and lines[last].lstrip().startswith("#"):
        last += 1
    return last


def _end_of_text(lines: Sequence[str]) -> int:
    """Return how many lines there are up to the last that is not blank."""
    return max((number for number, line in enumerate(lines, 1) if line.strip()), default=0)


def block(entry: Mapping[str, object]) -> list[str]:
    """Return the lines of an entry of [[feeds]]."""
    return ["[[feeds]]", *(f"{key} = {_toml(value)}" for key, value in entry.items())]


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text) + '"'


def _replace_file(path: Path, old: bytes, new: bytes) -> None:
    """Put `new` in the place of `old`; a link stays one. Raises NewsbotError if it is not `old`."""
    target = Path(os.path.realpath(path))
    try:
        try:
            with replacing(target) as file:
                file.write(new)
                _require(target, old, target.read_bytes())
        except OSError as error:
            if error.errno not in _NO_RENAME:
                raise
            _overwrite(target, old, new)
    except OSError as error:
        hint = "; try it with sudo" if error.errno in _FORBIDDEN else ""
        raise NotWritable(f"cannot write {target}: {error.strerror}{hint}") from error


def _overwrite(target: Path, old: bytes, new: bytes) -> None:
    """Write into the file itself, which a container mounts; put `old` back where that fails.

    A service that reads it meanwhile refuses a file that is cut, and reads it again when it is
    whole.
    """
    with target.open("r+b", buffering=0) as file:
        _require(target, old, file.read())
        try:
            _write_whole(file, new)
        except OSError:
            _write_whole(file, old)
            raise


def _write_whole(file: FileIO, content: bytes) -> None:
    file.seek(0)
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) or 0 :]
    file.truncate(len(content))
    os.fsync(file.fileno())


def _require(target: Path, old: bytes, found: bytes) -> None:
    if found != old:
        raise NewsbotError(f"{target} was changed by somebody else; run the command again")
