"""Where the database is: a file, a server, or nowhere but in memory."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import StoreError

_MEMORY = frozenset({None, "", ":memory:"})
_KNOWN = 'write "sqlite:///PATH" or "postgresql://USER@HOST/NAME"'


def parse_address(url: str) -> URL:
    """Return the parsed address. Raises StoreError, without the address: it may hold a password."""
    if url == ":memory:":
        return make_url("sqlite://")
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(f"database: not an address; {_KNOWN}") from None
    backend = address.get_backend_name()
    if backend == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StoreError(f"database: {backend} is not supported; {_KNOWN}")
    return address


def is_server(address: URL) -> bool:
    """Tell whether other machines may use the database, too."""
    return address.get_backend_name() == "postgresql"


def file_of(address: URL) -> Path | None:
    """Return the database's file, None where it is in memory or on a server."""
    if is_server(address) or address.database in _MEMORY:
        return None
    return Path(str(address.database))


def journal_of(address: URL, beside: Path | None) -> Path | None:
    """Return where the names of the journal's files begin, None where there can be none.

    That is beside the database's file; of one on a server in the folder `beside`, each under a
    name of its own.
    """
    if not is_server(address) or beside is None:
        return file_of(address)
    digest = blake2b(name_of(address).encode(), digest_size=4).hexdigest()
    return beside / f"newsbot-{digest}"


def name_of(address: URL) -> str:
    """Return the database's name in messages: never the user or the password."""
    if not is_server(address):
        return address.database or "in memory"
    host = address.host or address.query.get("host") or "localhost"
    return f"{address.database or address.username} on {host}"
