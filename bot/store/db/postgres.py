"""PostgreSQL: other machines write, too, each beside the others (docs/decisions/0047)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine

from bot.store.db.address import hosts_of
from bot.store.db.faults import OTHER_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import URL, Connection, Engine


# A machine that is cut off must neither keep a lock for hours nor wait for an answer that long. One
# that stands still within a transaction loses it before those that wait for its locks give up.
_SESSION = (
    "-c lock_timeout=10s -c idle_in_transaction_session_timeout=8s -c timezone=UTC"
    " -c client_encoding=UTF8"
)
_CONNECTION = {
    "connect_timeout": "10",
    "application_name": "newsbot",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_ADVISORY = 0x6E657773  # "news": keeps clear of other programs' locks
_MAKING = f"SELECT pg_advisory_xact_lock({_ADVISORY}, 0)"
# The gate is the table that names the version of all others: nothing is written while an upgrade,
# or whatever else must be alone, holds it. All of it is one message to the server.
_GATE = (
    "SET LOCAL synchronous_commit TO {commit}; LOCK TABLE alembic_version IN {mode} MODE; SELECT "
    # Version 1.0 locks these three, one for each part that it writes to, and nothing else: beside a
    # node of that release each writes while the other does not.
    + ", ".join(f"pg_advisory_xact_lock_shared({(_ADVISORY << 32) + part})" for part in (1, 2, 3))
)
# Behind the gate no upgrade can begin: what this says holds until the transaction ends.
_CHECK = """; DO $$ BEGIN
    IF NOT EXISTS (
        SELECT FROM alembic_version WHERE '{revision}' BETWEEN works_from AND version_num
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '{refusal}',
            MESSAGE = (SELECT 'schema ' || version_num FROM alembic_version);
    END IF;
END $$"""
_LOCK = "SELECT pg_advisory_xact_lock(%s, hashtext(%s))"
_TRY_LOCKS = (
    "SELECT kind, name FROM unnest(%s::int[], %s::text[]) AS one (kind, name)"
    " WHERE pg_try_advisory_xact_lock(kind, hashtext(name))"
)


class Kind(IntEnum):
    """What a lock by name is about; it lasts until the end of its transaction."""

    LANE = _ADVISORY + 1
    """Who claims for a channel."""
    ACCOUNT = _ADVISORY + 2
    """The rate and the budget that channels share."""
    SERVER = _ADVISORY + 4
    """Who begins to ask a server for feeds."""
    EVENTS = _ADVISORY + 3
    """From where somebody is giving numbers to stories that report events."""


def postgres_engine(url: URL) -> Engine:
    """Return an engine that notices a lost connection before it uses it."""
    engine = create_engine(
        url,
        pool_size=1,
        max_overflow=3,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=_options(url),
    )
    # The rows of one INSERT are one statement, as with psycopg 2; else each is a message and an
    # execution of its own: 10 a poll with news.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    return engine


def connection_arguments(engine: Engine) -> dict[str, Any]:
    """Return what psycopg connects with, the password included, for who uses it by itself."""
    _, arguments = engine.dialect.create_connect_args(engine.url)
    return {**arguments, **_options(engine.url)}


def _options(url: URL) -> dict[str, str]:
    given = dict(url.query)
    options = {key: value for key, value in _CONNECTION.items() if key not in given}
    if len(hosts_of(url)) > 1 and "target_session_attrs" not in given:
        # The one that takes writes: a standby that answers first is no use.
        options["target_session_attrs"] = "read-write"
    return {**options, "options": f"{_SESSION} {given.get('options', '')}".strip()}


def begin_writing(
    tx: Connection, *, alone: bool, durable: bool, revision: str | None = None
) -> None:
    """Let `tx` write beside others of its kind, or wait until nobody else writes (`alone`).

    The server refuses with OTHER_TABLES where a program of this `revision`, if one is given, must
    not write into the tables.
    """
    commit, mode = "on" if durable else "off", "EXCLUSIVE" if alone else "ROW SHARE"
    no_parameters = {"no_parameters": True}
    gate = _GATE.format(commit=commit, mode=mode)
    if revision is not None:
        gate += _CHECK.format(revision=revision, refusal=OTHER_TABLES)
    tx.exec_driver_sql(gate, execution_options=no_parameters)


def begin_making(tx: Connection) -> None:
    """Wait until nobody else makes the tables, or works with those that there are."""
    tx.exec_driver_sql(_MAKING)
    if tx.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar() is not None:
        begin_writing(tx, alone=True, durable=True)


def lock(tx: Connection, kind: Kind, name: str) -> None:
    """Wait for the lock of `name`; SQLite has one writer anyway."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(_LOCK, (int(kind), name))


def try_locks(tx: Connection, wanted: Iterable[tuple[Kind, str]]) -> set[tuple[int, str]]:
    """Take those of the `wanted` locks of a server that nobody else holds, and return them."""
    kinds, names = zip(*sorted(wanted), strict=True)
    rows = tx.exec_driver_sql(_TRY_LOCKS, ([int(kind) for kind in kinds], list(names)))
    return {(row.kind, row.name) for row in rows}
