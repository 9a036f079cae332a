"""Where each key of a TOML document stands: `tomllib` tells values, this tells lines and columns.

Expects a document that `tomllib` has accepted, and is proven against it in the tests.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import NamedTuple

Path = tuple[str | int, ...]
"""Keys and list indexes from the root, e.g. ("feeds", 0, "url")."""


class Position(NamedTuple):
    """A place in a document; both count from 1, columns in characters."""

    line: int
    column: int


# Possessive quantifiers keep long strings linear. Strings as in https://toml.io/en/v1.0.0#string;
# a date and its time may be parted by a space, every other bare value ends at white space.
_BLANK = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_KEY = re.compile(r"""[A-Za-z0-9_-]++|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'""")
_SCALAR = re.compile(
    r'''"""(?:[^"\\]++|\\.|"{1,2}+(?!"))*+"{3,5}'''
    r"""|'{3}(?:[^']++|'{1,2}+(?!'))*+'{3,5}"""
    r"""|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'"""
    r"""|\d{4}-\d\d-\d\d \d\d:[^,\]}\s\#]*+|[^,\]}\s\#]++""",
    re.DOTALL,
)


def scan_positions(text: str) -> dict[Path, Position]:
    """Map every key path of `text` to where it is first written.

    Tables are where their header stands, else where a key first names them; array elements where
    they begin. The result is undefined for a document that is not valid TOML 1.0.
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return {path: scanner.position(offset) for path, offset in scanner.offsets.items()}


class _Scanner:
    """One pass over the text; `offsets` fills as it goes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.offsets: dict[Path, int] = {}
        self._table_counts: dict[Path, int] = {}
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def position(self, offset: int) -> Position:
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    def document(self) -> None:
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
        self.at = match.end() if match else self.at

    def _skip_blank_and(self, mark: str) -> None:
        """Step over `mark` if it is what follows."""
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
        path: Path = ()
        for name in parents:
            path = self._latest((*path, name))
            self.offsets.setdefault(path, start)
        path = (*path, last)
        if is_array:
            self.offsets.setdefault(path, start)
            path = self._next_element(path)
        self.offsets[path] = start
        return path

    def _latest(self, path: Path) -> Path:
        """Below an array of tables, a name means the last table of the array."""
        count = self._table_counts.get(path)
        return path if count is None else (*path, count - 1)

    def _next_element(self, path: Path) -> Path:
        index = self._table_counts.get(path, 0)
        self._table_counts[path] = index + 1
        return (*path, index)

    def _dotted_key(self) -> list[str]:
        names = [self._key()]
        self._skip_blank()
        while self.text.startswith(".", self.at):
            self._skip_blank_and(".")
            names.append(self._key())
            self._skip_blank()
        return names

    def _key(self) -> str:
        self._skip_blank()
        raw = self._take(_KEY)
        if "\\" in raw and raw[0] == '"':
            return next(iter(tomllib.loads(f"{raw} = 0")))
        return raw.strip(raw[0]) if raw[:1] in {'"', "'"} else raw

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            where = self.position(self.at)
            raise ValueError(f"not valid TOML at line {where.line}, column {where.column}")
        self.at = match.end()
        return match.group()

    def _key_value(self, table: Path) -> None:
        start = self.at
        path = table
        for name in self._dotted_key():
            path = (*path, name)
            self.offsets.setdefault(path, start)
        self._skip_blank_and("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        mark = self.text[self.at : self.at + 1]
        if mark == "[":
            self._array(path)
        elif mark == "{":
            self._inline_table(path)
        else:
            self._take(_SCALAR)

    def _array(self, path: Path) -> None:
        self._skip_blank_and("[")
        index = 0
        while not self.text.startswith("]", self.at):
            self.offsets[(*path, index)] = self.at
            self._value((*path, index))
            self._skip_blank_and(",")
            index += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self._skip_blank_and("{")
        while not self.text.startswith("}", self.at):
            self._key_value(path)
            self._skip_blank_and(",")
        self.at += 1
