"""Where the database is: a file, a server, or nowhere but in memory."""

from __future__ import annotations

import os
import re
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import StoreError
from bot.wording import marked, told

_MEMORY = frozenset({None, "", ":memory:"})
_PLACE = re.compile(r"(?:\[([^\]]+)\]|([^:]*))(?::(\d*))?")
_KNOWN = marked('write "sqlite:///PATH" or "postgresql://USER@HOST/NAME"')


def parse_address(url: str) -> URL:
    """Return the parsed address. Raises StoreError, without the address: it may hold a password."""
    if url == ":memory:":
        return make_url("sqlite://")
    try:
        address = make_url(_hosts_apart(url))
    except (ArgumentError, ValueError):
        raise StoreError(told("database: not an address; {why}", why=_KNOWN)) from None
    backend = address.get_backend_name()
    if backend == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StoreError(
            told("database: {backend} is not supported; {why}", backend=backend, why=_KNOWN)
        )
    return address if address.database in _MEMORY else _behind_link(address)


def _behind_link(address: URL) -> URL:
    """Return the address of the file itself where a link names it.

    SQLite keeps its log beside the file, not beside the link (sqlite.org/howtocorrupt.html,
    "Multiple links to the same file"): there the log is watched, and a second service kept away.
    """
    path = str(address.database)
    is_link = os.path.islink(path)  # noqa: PTH114 - Path raises where it may not look
    return address.set(database=os.path.realpath(path)) if is_link else address


def _hosts_apart(url: str) -> str:
    """Return libpq's address of several hosts (`//USER@HOST:PORT,HOST:PORT/NAME`) for SQLAlchemy.

    It takes them as parameters alone (postgresql.org/docs/current/libpq-connect.html, 32.1.1.3).
    """
    scheme, _, rest = url.partition("://")
    authority, _, path = rest.partition("/")
    login, at, places = authority.rpartition("@")
    if "," not in places:
        return url
    found = [_PLACE.fullmatch(place) for place in places.split(",")]
    if not all(found):
        return url
    hosts, ports = zip(*((one[1] or one[2], one[3] or "") for one in found if one), strict=True)
    several = f"host={','.join(hosts)}" + (f"&port={','.join(ports)}" if any(ports) else "")
    return f"{scheme}://{login}{at}/{path}{'&' if '?' in path else '?'}{several}"


def hosts_of(address: URL) -> tuple[str, ...]:
    """Return the hosts that a server may be reached at, the first one that answers."""
    named = address.normalized_query.get("host", ())
    return tuple(host for one in (address.host or "", *named) for host in one.split(",") if host)


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
    hosts = " or ".join(hosts_of(address)) or "localhost"
    return f"{address.database or address.username} on {hosts}"
