"""The places of keys and values in a TOML document, of which `tomllib` gives the values.

Expects a document that `tomllib` has accepted, and is proven against it in the tests.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]
"""Keys and list indexes from the root, e.g. ("feeds", 0, "url")."""


class Position(NamedTuple):
    """A place in a document; both count from 1, columns in characters."""

    line: int
    column: int


# Possessive quantifiers keep long strings linear. Strings as in https://toml.io/en/v1.0.0#string;
# a date and its time may be parted by a space, every other bare value ends at white space.
_BLANK = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_COMMENT = re.compile(r"#[^\n]*+")
_KEY = re.compile(r"""[A-Za-z0-9_-]++|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'""")
_SCALAR = re.compile(
    r'''"""(?:[^"\\]++|\\.|"{1,2}+(?!"))*+"{3,5}'''
    r"""|'{3}(?:[^']++|'{1,2}+(?!'))*+'{3,5}"""
    r"""|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'"""
    r"""|\d{4}-\d\d-\d\d \d\d:[^,\]}\s\#]*+|[^,\]}\s\#]++""",
    re.DOTALL,
)


class Span(NamedTuple):
    """A piece of the text, by offsets from 0; `end` is not included."""

    start: int
    end: int


class Scan:
    """One pass over a text, which finds keys, values and comments.

    `keys` holds the last name of each key, or the whole header of a table (implied tables: of the
    first header or key that names them); `values` stand behind "=" and in lists. `unclosed` are the
    brackets that wait for their end, none after the pass. In `text` a line ends with
    a line feed alone. The result is undefined for a document that is not valid TOML 1.0.
    """

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.keys: dict[Path, Span] = {}
        self.values: dict[Path, Span] = {}
        self.comments: list[Span] = []
        self.unclosed: list[int] = []
        self._table_counts: dict[Path, int] = {}
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    @property
    def positions(self) -> dict[Path, Position]:
        """Every path of the document, where its key or list element is first written."""
        spans = {**self.values, **self.keys}
        return {path: self.position(span.start) for path, span in spans.items()}

    def position(self, offset: int) -> Position:
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    def line(self, number: int) -> Span:
        """Return the line `number` (from 1), without its comment and line break."""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        end = len(self.text) if end < 0 else end
        after = bisect_left(self.comments, (start, 0))
        if after < len(self.comments):
            end = min(end, self.comments[after].start)
        return Span(start, end)

    def values_in(self, line: Span) -> Iterator[tuple[Path, Span]]:
        """Yield the values of which a part stands in `line`."""
        number = self.position(line.start).line
        for path in self._paths_by_line.get(number, ()):
            yield path, self.values[path]

    @cached_property
    def _paths_by_line(self) -> dict[int, list[Path]]:
        found: dict[int, list[Path]] = {}
        for path, span in self.values.items():
            first, last = self.position(span.start).line, self.position(span.end).line
            for number in range(first, last + 1):
                found.setdefault(number, []).append(path)
        return found

    def document(self) -> None:
        """Read the whole text. Raises ValueError where it is not TOML."""
        table: Path = ()
        self._skip_blank()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._key_value(table)
            self._skip_blank()

    def _skip_blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        if match is None:
            return
        if "#" in match.group():
            found = _COMMENT.finditer(self.text, self.at, match.end())
            self.comments += [Span(*comment.span()) for comment in found]
        self.at = match.end()

    def _skip_blank_and(self, mark: str) -> None:
        """Step over blanks and, if it follows, `mark`."""
        self._skip_blank()
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
        self._skip_blank()

    def _header(self) -> Path:
        start = self.at
        is_array = self.text.startswith("[[", start)
        brackets = 2 if is_array else 1
        self.at += brackets
        *parents, last = self._dotted_key()
        self.at += brackets
        whole = Span(start, self.at)
        path: Path = ()
        for name, _ in parents:
            path = self._latest((*path, name))
            self.keys.setdefault(path, whole)
        path = (*path, last[0])
        if is_array:
            self.keys.setdefault(path, whole)
            path = self._next_element(path)
        self.keys[path] = whole
        return path

    def _latest(self, path: Path) -> Path:
        """Below an array of tables, a name means the last table of the array."""
        count = self._table_counts.get(path)
        return path if count is None else (*path, count - 1)

    def _next_element(self, path: Path) -> Path:
        index = self._table_counts.get(path, 0)
        self._table_counts[path] = index + 1
        return (*path, index)

    def _dotted_key(self) -> list[tuple[str, Span]]:
        names = [self._key()]
        self._skip_blank()
        while self.text.startswith(".", self.at):
            self._skip_blank_and(".")
            names.append(self._key())
            self._skip_blank()
        return names

    def _key(self) -> tuple[str, Span]:
        self._skip_blank()
        start = self.at
        raw = self._take(_KEY)
        span = Span(start, self.at)
        if "\\" in raw and raw[0] == '"':
            return next(iter(tomllib.loads(f"{raw} = 0"))), span
        return raw.strip(raw[0]) if raw[:1] in {'"', "'"} else raw, span

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            where = self.position(self.at)
            raise ValueError(f"not valid TOML at line {where.line}, column {where.column}")
        self.at = match.end()
        return match.group()

    def _key_value(self, table: Path) -> None:
        path = table
        for name, span in self._dotted_key():
            path = (*path, name)
            self.keys.setdefault(path, span)
        self._skip_blank_and("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        start = self.at
        mark = self.text[start : start + 1]
        if mark == "[":
            self._array(path)
        elif mark == "{":
            self._inline_table(path)
        else:
            self._take(_SCALAR)
        self.values[path] = Span(start, self.at)

    def _array(self, path: Path) -> None:
        self.unclosed.append(self.at)
        self._skip_blank_and("[")
        index = 0
        while not self.text.startswith("]", self.at):
            self._value((*path, index))
            self._skip_blank_and(",")
            index += 1
        self.at += 1
        self.unclosed.pop()

    def _inline_table(self, path: Path) -> None:
        self.unclosed.append(self.at)
        self._skip_blank_and("{")
        while not self.text.startswith("}", self.at):
            self._key_value(path)
            self._skip_blank_and(",")
        self.at += 1
        self.unclosed.pop()


def scan(text: str) -> Scan:
    """Return the places of everything in `text`."""
    found = Scan(text)
    found.document()
    return found
