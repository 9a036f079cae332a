"""The configuration file as text: entries come and go, every other letter stays as it is."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.config import load_config
from bot.config.text.document import read_file
from bot.config.text.positions import Scan, scan
from bot.errors import NewsbotError
from bot.models.basics import FeedId
from bot.operate.feeds.term_lists import merged, with_lists
from bot.operate.feeds.toml_text import toml_text
from bot.operate.rewriting import replace_file
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bot.config import Config
    from bot.config.text.positions import Path as KeyPath

_BOM = b"\xef\xbb\xbf"


class Edit(NamedTuple):
    """The file as it would be: its `config`, and `write`, which raises as `replace_file` does."""

    config: Config
    write: Callable[[], None]


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
        return self._checked(*self._with(entries))

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
        lines[first.line - 1] = line[: first.column - 1] + toml_text(new) + line[last.column :]
        feeds = [dict(feed) for feed in self._data["feeds"]]
        feeds[index]["id"] = new
        return self._replacing(lines, feeds)

    def with_terms(self, path: Sequence[str], lists: Mapping[str, Sequence[str]]) -> Edit:
        """Return the file with these lists of terms in an entry, checked already.

        `path` names it by the ids: ("feeds", "a"), or ("feeds", "a", "channels", "b"). Terms that
        stay keep their order. Raises ConfigError where they are wrong.
        """
        found = self._scanned(path[0])
        place, old = self._entry(path)
        entry = dict(old) if isinstance(old, dict) else {"id": old}
        every = {key: merged(entry.get(key, []), terms) for key, terms in lists.items()}
        new = entry | {key: all_ for key, all_ in every.items() if all_ or key in entry}
        if new == {"id": old}:
            new = old
        text = with_lists(self._text, found, place, every)
        return self._edit(text, _with(self._data, place, new))

    def _entry(self, path: Sequence[str]) -> tuple[KeyPath, Any]:
        """Return where an entry stands, and what it says: the id alone, or a table."""
        place: KeyPath = ()
        entry: Any = self._data
        for section, id_ in zip(path[::2], path[1::2], strict=True):
            if section not in entry:
                usual = toml_text(list(self.config.feeds[FeedId(path[1])].channels))
                raise NewsbotError(
                    told(
                        "feed {name} names no channels of its own, of which one "
                        "could have a filter: write channels = {usual} there first, "
                        "and save again",
                        name=path[1],
                        usual=usual,
                    )
                )
            ids = [one["id"] if isinstance(one, dict) else one for one in entry[section]]
            place = (*place, section, ids.index(id_))
            entry = entry[section][ids.index(id_)]
        return place, entry

    def _scanned(self, section: str = "feeds") -> Scan:
        found = scan(self._text)
        if (section,) in found.values:
            line = found.position(found.values[section,].start).line
            raise NewsbotError(
                told(
                    "{path}:{line}: {section} is one list in brackets, which this "
                    "command cannot edit: write each entry as a table that begins "
                    "with [[{section}]]",
                    path=self.path,
                    line=line,
                    section=section,
                )
            )
        return found

    def _replace(self, lines: Sequence[str], feeds: Sequence[object]) -> None:
        self._replacing(lines, feeds)()

    def _replacing(self, lines: Sequence[str], feeds: Sequence[object]) -> Callable[[], None]:
        return self._edit(*self._lines_with(lines, feeds)).write

    def _checked(self, lines: Sequence[str], feeds: Sequence[object]) -> Config:
        return self._edit(*self._lines_with(lines, feeds)).config

    def _lines_with(
        self, lines: Sequence[str], feeds: Sequence[object]
    ) -> tuple[str, dict[str, object]]:
        wanted = {key: value for key, value in self._data.items() if key != "feeds"}
        if feeds:
            wanted["feeds"] = [dict(feed) for feed in feeds if isinstance(feed, dict)]
        return "\n".join(lines), wanted

    def _edit(self, text: str, wanted: Mapping[str, object]) -> Edit:
        """Return the file as `text`, which must say what is `wanted`. Raises ConfigError."""
        new = (_BOM if self._content.startswith(_BOM) else b"") + text.encode("utf-8")
        config = load_config(self.path, environ=self._environ, content=new)
        if tomllib.loads(text) != wanted:
            raise NewsbotError(
                told(
                    "{path} is left as it is: parts of an entry stand apart from "
                    "each other, edit it by hand",
                    path=self.path,
                )
            )

        def write() -> None:
            replace_file(self.path, self._content, new)
            self.config = config

        return Edit(config, write)


def _with(data: Any, place: KeyPath, value: object) -> Any:
    """Return a copy of `data` with `value` at its place."""
    if not place:
        return value
    copied: Any = dict(data) if isinstance(data, dict) else list(data)
    copied[place[0]] = _with(data[place[0]], place[1:], value)
    return copied


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
    return ["[[feeds]]", *(f"{key} = {toml_text(value)}" for key, value in entry.items())]
