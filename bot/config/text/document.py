"""A configuration file while it is read: its data, the place of each key, and the mistakes."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from bot.config.mistakes import kind_of, show_key
from bot.config.secret_shapes import looks_secret
from bot.config.text.excerpt import excerpt
from bot.config.text.masking import hidden_of_line
from bot.config.text.positions import Scan, Span, scan
from bot.config.text.syntax import syntax_problem
from bot.errors import ConfigError, Place, Problem, is_out_of_files
from bot.pipes import read_bytes
from bot.wording import FEW_FILES, marked, told

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config.text.positions import Path as KeyPath

Raw = dict[str, Any]
"""A table as tomllib returns it."""


class Document:
    """A parsed file. Mistakes are collected, not raised, so that all are shown at once."""

    def __init__(self, path: Path, content: bytes) -> None:
        """Read `content`, the bytes of `path`. Raises ConfigError where it is not TOML."""
        self.file = str(path)
        self.base_dir = path.absolute().parent
        self.data, self._scan = _parse(_decoded(content, path), self.file)
        self.positions = self._scan.positions
        self._problems: list[tuple[Place, Problem]] = []
        self._warnings: list[tuple[Place, Problem]] = []

    @property
    def problems(self) -> list[Problem]:
        """Every mistake as one line, in the order of the file."""
        return _in_order(self._problems)

    @property
    def warnings(self) -> list[Problem]:
        """Every warning as one line, in the order of the file."""
        return _in_order(self._warnings)

    def problem(self, path: KeyPath, text: str, *, on_key: bool = False) -> None:
        """Note a mistake of a value, or `on_key`; an absent one stands at its table."""
        place = self.place(path, on_key=on_key)
        self._problems.append((place, place.problem(f"{self.name_of(path)}: {text}")))

    def warn(self, path: KeyPath, text: str) -> None:
        """Note a setting that is allowed and probably not meant."""
        place = self.place(path)
        self._warnings.append((place, place.problem(f"{self.name_of(path)}: {text}")))

    def place(self, path: KeyPath, *, on_key: bool = False) -> Place:
        """Return where a value (or `on_key` its key) stands, or the nearest table around it."""
        span = self._span(path, on_key=on_key)
        if span is None:
            return Place(file=self.file, line=1, column=1)
        line, column = self._scan.position(span.start)
        return Place(file=self.file, line=line, column=column, excerpt=self._excerpt(line, span))

    def _span(self, path: KeyPath, *, on_key: bool) -> Span | None:
        keys, values = self._scan.keys, self._scan.values
        if on_key and path in keys:
            return keys[path]
        while path and path not in values and path not in keys:
            path = path[:-1]
        return values.get(path) or keys.get(path)

    def _excerpt(self, number: int, span: Span) -> str:
        line = self._scan.line(number)
        return excerpt(
            self._scan.text[line.start : line.end].rstrip(),
            number,
            start=span.start - line.start,
            end=span.end - line.start,
            hidden=hidden_of_line(self._scan, line),
        )

    def line_of(self, path: KeyPath) -> int:
        """Return the line of a key, or of the nearest table around it."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions[path].line if path else 1

    def name_of(self, path: KeyPath) -> str:
        """Return the name of a key in messages: dotted, with the id where a list has ids."""
        match path:
            case (section, int(index), *rest):
                entry = self.value_of((section, index))
                name = entry.get("id") if isinstance(entry, dict) else None
                if isinstance(name, str) and name and not looks_secret(name):
                    return _dotted((section, name, *rest))
                return ".".join(filter(None, [f"{section}[{index + 1}]", _dotted(tuple(rest))]))
            case _:
                return _dotted(path)

    def value_of(self, path: KeyPath) -> object:
        """Return the value of the file at a path of `positions`."""
        value: Any = self.data
        for part in path:
            value = value[part]
        return value

    def table(self, key: str) -> Raw:
        """Return the table [key], empty where it is absent or, by mistake, no table."""
        value = self.data.get(key, {})
        if isinstance(value, dict):
            return value
        self.problem(
            (key,),
            told(
                "must be a table that begins with [{key}], not {also}", key=key, also=kind_of(value)
            ),
        )
        return {}

    def tables(self, key: str) -> list[tuple[KeyPath, Raw]]:
        """Return the tables [[key]] with their paths; none where a part of the list is no table."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.problem(
                (key,),
                told("must be tables that begin with [[{key}]], in double brackets", key=key),
            )
            return []
        return [((key, index), entry) for index, entry in enumerate(value)]

    def paths_of(self, section: str) -> dict[str, KeyPath]:
        """Return the path of each entry of a list by its id; where two have it, of the first."""
        found: dict[str, KeyPath] = {}
        entries = self.data.get(section)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            name = entry.get("id") if isinstance(entry, dict) else None
            if isinstance(name, str):
                found.setdefault(name, (section, index))
        return found


def _in_order(found: list[tuple[Place, Problem]]) -> list[Problem]:
    return [text for _, text in sorted(found, key=lambda one: (one[0].line, one[0].column))]


def _dotted(path: KeyPath) -> str:
    """Indexes are left out: the line tells which element is meant."""
    return ".".join(show_key(part) for part in path if isinstance(part, str))


def read_file(path: Path) -> bytes:
    """Return the bytes of a configuration file. Raises ConfigError where it cannot be read."""
    try:
        return read_bytes(path)
    except FileNotFoundError as error:
        raise ConfigError(
            [told("{path}: no such file; write one with `newsbot init`", path=path)]
        ) from error
    except IsADirectoryError as error:
        raise ConfigError(
            [told("{path}: is a directory, expected a TOML file", path=path)]
        ) from error
    except OSError as error:
        why = FEW_FILES if is_out_of_files(error) else error.strerror
        raise ConfigError([told("{path}: cannot be read: {why}", path=path, why=why)]) from error


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig")
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        place = Place(file=str(path), line=line, column=column)
        raise ConfigError(
            [place.problem(marked("not UTF-8 text; save the file as UTF-8"))]
        ) from error


def _parse(text: str, file: str) -> tuple[Raw, Scan]:
    try:
        return tomllib.loads(text), scan(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([syntax_problem(str(error), text, file)]) from error
    except RecursionError as error:
        raise ConfigError([told("{file}: brackets are nested too deeply", file=file)]) from error
    except ValueError as error:  # CPython's limit on digits, which tomllib lets through
        raise ConfigError([told("{file}: holds a number of too many digits", file=file)]) from error
