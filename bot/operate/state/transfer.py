"""`newsbot state export` and `import`: the whole memory in one file of JSON lines.

The first line names the format, then comes one line for each row, and the last line counts
them: docs/state-file.md.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from bot.atomic import replacing
from bot.counted import counted
from bot.errors import NewsbotError, UsageError
from bot.store.transfer.records import BadRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from bot.store.engine import Store

FORMAT = 2
"""Goes up when an older newsbot could not read the file any more."""

_LONGEST_HEAD = 10_000
_encoded = json.JSONEncoder(separators=(",", ":")).encode
_PACKED = 6
"""gzip's own level: the highest one takes three times as long for a tenth less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first line of a state file."""

    exported_at: str
    schema: str
    numbers: Mapping[str, int]


async def export_state(store: Store, file: Path, *, version: str, now: datetime) -> int:
    """Write everything that `store` remembers into a new `file`; return the number of rows.

    Beside a running service it is one moment's view. Raises NewsbotError; then there is no file.
    """
    _refuse_existing(file)
    about = {
        "newsbot": "state",
        "format": FORMAT,
        "version": version,
        "exported_at": now.isoformat().replace("+00:00", "Z"),
    }
    is_packed = file.suffix == ".gz"
    with (
        _faults_of(file),
        replacing(file, mode=0o600) as raw,
        _text(raw, is_packed=is_packed) as lines,
    ):

        def write(record: dict[str, Any]) -> None:
            record = record if "table" in record else about | record
            lines.write(_encoded(record) + "\n")

        count = await store.portable.export(write)
        write({"table": None, "rows": count})
    return count


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise NewsbotError(f"{file} exists already; name another file, or remove that one")


def read_head(file: Path) -> Head:
    """Return the first line of `file`. Raises NewsbotError where that is no state of newsbot."""
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    foreign = NewsbotError(f"{file} is no state of newsbot: `newsbot state export FILE` writes one")
    try:
        with _faults_of(file), _opened(file) as lines:
            head = json.loads(lines.readline(_LONGEST_HEAD))
        if head["newsbot"] != "state":
            raise foreign
        if head["format"] > FORMAT:
            raise NewsbotError(
                f"{file} was written by a newer newsbot ({head['version']}, format "
                f"{head['format']}, this one knows {FORMAT}); install that version"
            )
        numbers = {str(name): int(number) for name, number in head["numbers"].items()}
        return Head(
            exported_at=str(head["exported_at"]), schema=str(head["schema"]), numbers=numbers
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise foreign from error


async def import_state(store: Store, file: Path, head: Head, *, now: datetime) -> int:
    """Fill the empty `store` with the rows of `file`; return how many.

    All or nothing. Raises NewsbotError, with the line where one is wrong.
    """
    reading = _Reading(file)
    try:
        return await store.portable.restore(head.numbers, reading.records, now, schema=head.schema)
    except BadRecord as error:
        raise NewsbotError(f"{file}:{reading.line}: {error}; nothing was imported") from error


class _Reading:
    """The rows of a file; `line` is the one that was read last."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.line = 0

    def records(self) -> Iterator[dict[str, Any]]:
        with _faults_of(self._file), _opened(self._file) as lines:
            for self.line, line in enumerate(lines, 1):
                if self.line == 1:
                    continue
                record = _parsed(line)
                if record.get("table", "") is None:
                    self._check_end(record)
                    return
                yield record
        raise BadRecord("the file is cut off here; export it again")

    def _check_end(self, record: dict[str, Any]) -> None:
        if record.get("rows") != self.line - 2:
            raise BadRecord(
                f"the file has {counted(self.line - 2, 'row')}, not {record.get('rows')}"
            )


def _parsed(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRecord("the line is no JSON, or cut off") from error
    if not isinstance(record, dict):
        raise BadRecord("the line is no JSON object")
    return record


def _opened(file: Path) -> IO[str]:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8")
    return file.open(encoding="utf-8")


@contextmanager
def _text(raw: IO[bytes], *, is_packed: bool) -> Iterator[IO[str]]:
    if is_packed:
        with gzip.open(raw, "wt", compresslevel=_PACKED, encoding="utf-8") as lines:
            yield lines
    else:
        lines = io.TextIOWrapper(raw, encoding="utf-8")
        yield lines
        lines.detach()


@contextmanager
def _faults_of(file: Path) -> Iterator[None]:
    """Raise NewsbotError for every fault of the file."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise NewsbotError(f"{file} is no text: {error.reason}") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise NewsbotError(f"{file} is cut off or damaged: export it again") from error
    except OSError as error:
        raise NewsbotError(
            f"{file} cannot be read or written: {os.strerror(error.errno or 0)}"
        ) from error
