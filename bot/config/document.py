"""A configuration file while it is read: its data, where each key stands, and what is wrong."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from bot.config.positions import Position, scan_positions
from bot.config.wording import kind_of, show_key
from bot.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config.positions import Path as KeyPath

Raw = dict[str, Any]
"""A table as tomllib returns it."""

_SYNTAX = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_SYNTAX_HINTS = {
    "Invalid value": "; text needs quotes",
    "Expected newline or end of document after a statement": "; text needs quotes",
}


class Document:
    """A parsed file. Collects mistakes instead of raising, so that all are told at once."""

    def __init__(self, path: Path) -> None:
        """Read `path`. Raises ConfigError where it is unreadable or not TOML."""
        self.file = str(path)
        self.base_dir = path.absolute().parent
        text = _read(path)
        self.data, self.positions = _parse(text, self.file)
        self._problems: list[tuple[int, str]] = []
        self._warnings: list[tuple[int, str]] = []

    @property
    def problems(self) -> list[str]:
        """Every mistake as one line, in the order of the file."""
        return [text for _, text in sorted(self._problems, key=lambda entry: entry[0])]

    @property
    def warnings(self) -> list[str]:
        """Every warning as one line, in the order of the file."""
        return [text for _, text in sorted(self._warnings, key=lambda entry: entry[0])]

    def problem(self, path: KeyPath, text: str) -> None:
        """Note a mistake at a key; one that is absent is told at its table."""
        self._problems.append(self._line(path, text))

    def warn(self, path: KeyPath, text: str) -> None:
        """Note what is allowed and probably not meant."""
        self._warnings.append(self._line(path, text))

    def line_of(self, path: KeyPath) -> int:
        """Return the line of a key, or of the nearest table around it."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions[path].line if path else 1

    def name_of(self, path: KeyPath) -> str:
        """Return what messages call a key: dotted, with the id where a list has ids."""
        match path:
            case (section, int(index), *rest):
                entry = self.value_of((section, index))
                name = entry.get("id") if isinstance(entry, dict) else None
                if isinstance(name, str) and name:
                    return _dotted((section, name, *rest))
                return ".".join(filter(None, [f"{section}[{index + 1}]", _dotted(tuple(rest))]))
            case _:
                return _dotted(path)

    def value_of(self, path: KeyPath) -> object:
        """Return what the file holds at a path of `positions`."""
        value: Any = self.data
        for part in path:
            value = value[part]
        return value

    def table(self, key: str) -> Raw:
        """Return the table [key], empty where it is absent or (a mistake) something else."""
        value = self.data.get(key, {})
        if isinstance(value, dict):
            return value
        self.problem((key,), f"must be a table that begins with [{key}], not {kind_of(value)}")
        return {}

    def tables(self, key: str) -> list[tuple[KeyPath, Raw]]:
        """Return the tables [[key]] with their paths, without those that are something else."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.problem((key,), f"must be tables that begin with [[{key}]], in double brackets")
            return []
        return [((key, index), entry) for index, entry in enumerate(value)]

    def _line(self, path: KeyPath, text: str) -> tuple[int, str]:
        line = self.line_of(path)
        return line, f"{self.file}:{line}: {self.name_of(path)}: {text}"


def _dotted(path: KeyPath) -> str:
    """Indexes are left out: the line tells which element is meant."""
    return ".".join(show_key(part) for part in path if isinstance(part, str))


def _read(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError([f"{path}: no such file; write one with `newsbot init`"]) from error
    except IsADirectoryError as error:
        raise ConfigError([f"{path}: is a directory, expected a TOML file"]) from error
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: not UTF-8 text; save the file as UTF-8"]) from error


def _parse(text: str, file: str) -> tuple[Raw, dict[KeyPath, Position]]:
    try:
        return tomllib.loads(text), scan_positions(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_problem(str(error), text, file)]) from error
    except RecursionError as error:
        raise ConfigError([f"{file}: brackets are nested too deeply"]) from error
    except ValueError as error:  # CPython's limit on digits, which tomllib lets through
        raise ConfigError([f"{file}: holds a number of too many digits"]) from error


def _syntax_problem(message: str, text: str, file: str) -> str:
    match = _SYNTAX.fullmatch(message)
    if match is None:
        return f"{file}: not valid TOML: {message}"
    what, line, column = match.groups()
    hint = _SYNTAX_HINTS.get(what, "") if column else ""
    where = f"column {column}" if column else "end of file"
    line = line or str(text.rstrip("\n").count("\n") + 1)
    return f"{file}:{line}: not valid TOML: {what[:1].lower()}{what[1:]} ({where}){hint}"
