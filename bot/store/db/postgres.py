"""PostgreSQL: other machines write, too; one of them at a time in each part of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, String, bindparam, create_engine, func, select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import URL, Connection, Engine

    from bot.store.db.write_locks import WriteLock

# A machine that is cut off must neither keep a lock for hours nor wait for an answer that long.
_SESSION = (
    "-c lock_timeout=10s -c idle_in_transaction_session_timeout=30s -c timezone=UTC"
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
_ADVISORY = 0x6E657773_00000000  # "news": keeps clear of other programs' locks

_BEGIN = select(
    func.set_config("synchronous_commit", bindparam("commit", type_=String()), True),  # noqa: FBT003 - SQL's argument
    func.pg_advisory_xact_lock(bindparam("lock", type_=BigInteger())),
)


def postgres_engine(url: URL) -> Engine:
    """Return an engine that notices a lost connection before it uses it."""
    given = dict(url.query)
    options = {key: value for key, value in _CONNECTION.items() if key not in given}
    options["options"] = f"{_SESSION} {given.get('options', '')}".strip()
    return create_engine(
        url,
        pool_size=1,
        max_overflow=3,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=options,
    )


def begin_writing(tx: Connection, locks: Iterable[WriteLock], *, durable: bool) -> None:
    """Wait until nobody else writes about the same; the end of `tx` lets the next one in."""
    for lock in sorted(locks):  # always in the same order, so that no two wait for each other
        tx.execute(_BEGIN, {"lock": _ADVISORY + lock, "commit": "on" if durable else "off"})
