"""Starts the bot again and again from one process that has imported everything.

A start of Python with the bot's libraries takes one to two seconds of computing, a fork of a
process that has them a hundredth of that. Run as a program, this module is that process. It has no
threads, and each start is a process of its own: other descriptors, directory and environment, its
own id, signals and end, and `python -m bot` run from its first line to its last. Two things differ
from a start in earnest: the modules are in memory, and so is what they compute when imported.
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from functools import cache
from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

ROOT = Path(__file__).parents[2]
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
_MOST = 1 << 20
_LAZY = (
    "aiohttp.web",
    "alembic.command",
    "multiprocessing.forkserver",
    "multiprocessing.popen_forkserver",
    "multiprocessing.resource_tracker",
    "pebble",
    "PIL.Image",
    "PIL.ImageFile",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "trafilatura",
    "tweepy.asynchronous",
    "twitter_text.parse_tweet",
)
"""What the bot imports inside functions."""
_FORK_SERVER = "from multiprocessing.forkserver import main;"
_AT_START = ("PYTHON", "LC_", "LANG")
"""Variables that an interpreter reads when it starts."""
CLOCK_AHEAD = "TESTS_CLOCK_AHEAD"
"""By how many seconds the clock of the machine is ahead on which a process runs."""


def is_ready_for(environ: Mapping[str, str]) -> bool:
    """Tell whether a fork of an interpreter that has begun here is the same as a new one."""
    names = {name for name in (*environ, *os.environ) if name.startswith(_AT_START)}
    names.discard("PYTHONPATH")
    return sys.platform == "linux" and all(environ.get(n) == os.environ.get(n) for n in names)


class Forked(subprocess.Popen[str]):
    """A process as `subprocess` knows it, made by the nursery instead of by fork and exec."""

    def _execute_child(self, args: Any, _exe: Any, _pre: Any, _close: Any, _pass: Any, cwd: Any, env: Any, _start: Any, _flags: Any, _shell: Any, *rest: Any) -> None:  # fmt: skip
        """The positions of the arguments are those of CPython 3.11 to 3.14."""
        _, p2cwrite, c2pread, c2pwrite, errread, errwrite = pipes = rest[:6]
        ends = (pipes[0], c2pwrite, errwrite)
        given = [own if end == -1 else end for own, end in enumerate(ends)]
        self.pid = _nursery().start([str(one) for one in args[2:]], str(cwd), dict(env), given)
        self._child_created = True
        self._close_pipe_fds(pipes[0], p2cwrite, c2pread, c2pwrite, errread, errwrite)  # type: ignore[attr-defined]


class Nursery:
    """The process that has imported everything, as seen from this one."""

    def __init__(self) -> None:
        # A process whose parent ends becomes a child of this one, which can then wait for it.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()

    def start(self, args: list[str], cwd: str, env: dict[str, str], given: list[int]) -> int:
        """Return the id of a new process with the three descriptors `given`."""
        words = json.dumps([args, cwd, env]).encode()
        socket.send_fds(self._line, [words], given)
        return int(self._line.recv(_MOST))


@cache
def _nursery() -> Nursery:
    return Nursery()


# --- in the other process ------------------------------------------------------------------------


def _import_all() -> None:
    import bot  # noqa: PLC0415 - not in the process of the tests

    for found in pkgutil.walk_packages(bot.__path__, "bot."):
        if not found.name.endswith("__main__") and "migrations" not in found.name:
            importlib.import_module(found.name)
    for name in _LAZY:
        importlib.import_module(name)


def _serve(line: socket.socket) -> None:
    """Start a process for each message. Returns in the started one; the others end here."""
    while True:
        words, descriptors, _, _ = socket.recv_fds(line, _MOST, 3)
        if not words:
            sys.exit()  # the tests are over
        args, cwd, env = json.loads(words)
        if not (born := _orphan()):
            line.close()
            _become(args, cwd, env, descriptors)
            return
        for descriptor in descriptors:
            os.close(descriptor)
        line.send(b"%d" % born)


def _orphan() -> int:
    """Fork twice; return the id, or 0 in the new process, which is the child of the tests."""
    ours, theirs = os.pipe()
    if between := os.fork():
        os.close(theirs)
        os.waitpid(between, 0)
        with os.fdopen(ours, "rb") as told:
            return int(told.read())
    if born := os.fork():
        os.write(theirs, b"%d" % born)
        os._exit(0)
    os.close(ours)
    os.close(theirs)
    return 0


def _become(args: list[str], cwd: str, env: dict[str, str], descriptors: list[int]) -> None:
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    for descriptor in descriptors:
        os.close(descriptor)
    os.chdir(cwd)
    _set_clock(float(env.pop(CLOCK_AHEAD, 0)))
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv = args
    sys.path[0] = cwd
    sys.stdin, sys.stdout, sys.stderr = _opened(0, "r"), _opened(1, "w"), _opened(2, "w")
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]


def _set_clock(seconds: float) -> None:
    """Let this process believe that it is so much later: `bot.clock` alone reads the time."""
    from bot import clock  # noqa: PLC0415 - not in the process of the tests

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=seconds)

    clock.datetime = Ahead  # type: ignore[misc]


def _opened(descriptor: int, mode: str) -> TextIO:
    """Return a standard stream as the interpreter makes it."""
    own = (sys.stdin, sys.stdout, sys.stderr)[descriptor]
    return open(
        descriptor,
        mode,
        encoding=own.encoding,
        errors=own.errors,
        buffering=1 if descriptor == 2 or os.isatty(descriptor) else -1,
        closefd=False,
    )


def _lend_fork_server() -> None:
    """Let `multiprocessing` take a fork of this process for its fork server, once.

    It would start an interpreter for it, which imports the parsers again. The fork has to be made
    now, before this process has threads, descriptors and locks; unused it ends with this process.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    waiting = os.fork()
    if not waiting:
        ours.close()
        _become_fork_server(theirs)
    theirs.close()
    start = util.spawnv_passfds

    def lend(path: bytes, args: list[str], descriptors: list[int]) -> int:
        if ours.fileno() == -1 or not args[-1].startswith(_FORK_SERVER):
            return start(path, args, descriptors)
        with ours:
            socket.send_fds(ours, [json.dumps([args[-1], descriptors]).encode()], descriptors)
        return waiting

    util.spawnv_passfds = lend


def _become_fork_server(line: socket.socket) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as the fork server itself
    words, descriptors, _, _ = socket.recv_fds(line, _MOST, 8)
    line.close()
    if words:
        program, numbers = json.loads(words)
        highest = max(*numbers, *descriptors) + 1
        moved = [fcntl.fcntl(one, fcntl.F_DUPFD, highest) for one in descriptors]
        for one in descriptors:
            os.close(one)
        for one, number in zip(moved, numbers, strict=True):
            os.dup2(one, number)
            os.close(one)
        exec(program, {})  # noqa: S102 - the words that `python -c` would have got
    os._exit(0)


def _live() -> NoReturn:
    """Run the program to its end; then do what the interpreter does, but for freeing each object.

    That would copy every page of memory which the nursery has made, half a second of work.
    """
    code: object = 0
    _lend_fork_server()
    try:
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
    except SystemExit as asked:
        code = asked.code
    except BaseException:  # noqa: BLE001 - so does the interpreter
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = 120
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    _import_all()
    gc.freeze()  # collecting would copy the pages of all these objects in each started process
    _serve(socket.socket(fileno=int(sys.argv[1])))
    _live()
