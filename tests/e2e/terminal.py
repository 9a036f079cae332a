"""A pseudo-terminal with one command in it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

from tests.e2e.nursery import Forked, is_ready_for
from tests.e2e.world import ROOT, SECRETS

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE = 30  # seconds
_ROWS = 24


class Terminal:
    """Reads what the command shows, and types."""

    def __init__(self, cwd: Path, *arguments: str, columns: int = 80, **environ: str) -> None:
        self._screen, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (_ROWS, columns))
        env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **SECRETS, **environ}
        env.pop("COLUMNS", None)
        kind = Forked if is_ready_for(env) else subprocess.Popen
        self.process = kind(
            [sys.executable, "-m", "bot", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""
        self._raw = b""
        self._read_to = 0

    def answer(self, question: str, text: str) -> None:
        """Wait for the question, whose words may stand on two lines, and type."""
        self.wait(question)
        self.type(text)

    def type(self, text: str, end: str = "\n") -> None:
        os.write(self._screen, f"{text}{end}".encode())

    def wait(self, question: str) -> None:
        end = time.monotonic() + _PATIENCE
        while question not in (words := " ".join(self.seen.split()))[self._read_to :]:
            assert self._more(end), self.seen
        self._read_to = len(words)

    def ended(self) -> int:
        """Read to the end, and return the exit code."""
        end = time.monotonic() + _PATIENCE
        while self._more(end):
            pass
        return self.process.wait(timeout=_PATIENCE)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._screen)

    def _more(self, end: float) -> bool:
        ready, _, _ = select.select([self._screen], [], [], max(end - time.monotonic(), 0))
        assert ready, self.seen
        try:
            part = os.read(self._screen, 65536)
        except OSError:  # Linux's answer once nobody holds the other side
            return False
        self._raw += part
        self.seen = self._raw.decode(errors="replace")
        return bool(part)
