"""What `newsbot service` does to a machine: steps that are shown first, then taken."""

from __future__ import annotations

import difflib
import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.atomic import replacing
from bot.counted import counted
from bot.errors import NewsbotError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    Run = Callable[[Sequence[str]], None]

_SHOWN_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where things go; below `root`, which is "/" unless the steps are only tried out."""

    prefix: Path
    unit_dir: Path
    root: Path | None = None

    def real(self, path: Path) -> Path:
        """Return where `path` lies on this machine."""
        return self.root / path.relative_to("/") if self.root else path

    def named(self, path: Path) -> Path:
        """Return the path, in the service's eyes, of the file at `path` of this machine."""
        path = path.resolve()
        if self.root is not None and path.is_relative_to(self.root):
            return type(path)("/") / path.relative_to(self.root)
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do: a command, or a file or folder with its content (None is a folder).

    `is_done` is true where nothing is left to do; `before` is the content that a file has so far.
    """

    text: str
    is_done: bool = False
    command: tuple[str, ...] = ()
    path: Path | None = None
    content: str | None = None
    mode: int = 0o644
    before: str | None = None

    def shown(self) -> str:
        """Return the step for people, with its command, content, or the lines that change."""
        mark = "is there" if self.is_done else "to do   "
        if self.is_done or self.content is None:
            how = f"\n            {shlex.join(self.command)}" if not self.is_done else ""
            return f"{mark}  {self.text}{how if self.command else ''}"
        if self.before is not None:
            return _indented(f"{mark}  {self.text}", _changes(self.before, self.content))
        lines = self.content.splitlines()
        if len(lines) > _SHOWN_LINES:
            return f"{mark}  {self.text} ({counted(len(lines), 'line')})"
        return _indented(f"{mark}  {self.text}", lines)

    def undone(self) -> Step | None:
        """Return the step that gives a changed file its former content back."""
        if self.path is None or self.before is None or self.is_done:
            return None
        return Step(text=f"file {self.path} as before", path=self.path, content=self.before)


def _indented(head: str, lines: Iterable[str]) -> str:
    return "\n            ".join((head, *lines))


def _changes(before: str, after: str) -> list[str]:
    changes = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in changes if not line.startswith(("---", "+++", "@@"))]


def run_command(command: Sequence[str]) -> None:
    """Run a command of a step. Raises CalledProcessError, or OSError where it is not there."""
    subprocess.run(command, check=True)  # noqa: S603 - the commands are built by the steps


def apply(step: Step, places: Places, run: Run | None = run_command) -> None:
    """Do one step; None runs no command. Raises NewsbotError, which names the fault."""
    try:
        if step.path is not None:
            _write(places.real(step.path), step)
        elif run is not None:
            run(step.command)
    except subprocess.CalledProcessError as error:
        raise NewsbotError(
            f"{shlex.join(step.command)} ended with code {error.returncode}; "
            "mend the fault that it names and run this again: finished steps are not done twice"
        ) from None
    except OSError as error:
        raise NewsbotError(f"{step.text}: {error.strerror}") from error


def _write(path: Path, step: Step) -> None:
    if step.content is None:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(step.mode)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, mode=step.mode) as file:
        file.write(step.content.encode())
