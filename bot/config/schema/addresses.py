"""Addresses in the file: of feeds, APIs, hosts, the contact and the database.

They may hold passwords, so no message repeats one.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bot.config.mistakes import Mistake, is_one_line, not_this, quote
from bot.config.schema.values import parse_secret
from bot.wording import marked, told

if TYPE_CHECKING:
    from pathlib import Path

    from bot.models.settings import SecretRef

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_EMAIL = re.compile(r"(?:mailto:)?[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HOST = re.compile(r"\w(?:[\w.-]*\w)?")
_LISTEN = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:]+)\]|(?P<host>[^\s:\[\]]+)):(?P<port>\d{1,5})", re.ASCII
)
_LOCAL_FILE = re.compile(r"file://(?:localhost)?/", re.IGNORECASE)
_NOT_IN_A_BASE = "?#{}"
"""What ends the path of an address, and braces, which no address has (RFC 3986 section 2)."""
_DATABASES = marked('expected "sqlite:///FILE" or "postgresql://USER@HOST/NAME"')
_SQLITE = "sqlite:///"


def scheme_of(url: str) -> str | None:
    """Return the scheme in lower case where `url` has the form scheme://…, else None."""
    match = _SCHEME.match(url)
    return match[1].lower() if match else None


def parse_http_url(value: object) -> str:
    """Read an http(s) address with a host."""
    text = value if isinstance(value, str) else ""
    if scheme_of(text) not in {"http", "https"}:
        raise Mistake(marked("must be an address that begins with https:// or http://"))
    if not is_one_line(text) or any(c.isspace() for c in text):
        raise Mistake(marked("the address contains a space or control character"))
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise Mistake(marked("the address has no valid host or port")) from None
    if not host:
        raise Mistake(marked("the address has no host"))
    return text


def parse_api_url(value: object) -> str:
    """Read the base address of a platform's API, without its trailing slashes."""
    return parse_http_url(value).rstrip("/")


def parse_feed_url(value: object) -> str:
    """Read an http(s) address, a file:// address or a path."""
    if not isinstance(value, str) or not is_one_line(value):
        raise Mistake(marked("must be an address or the path of a local file, in quotes"))
    scheme = scheme_of(value)
    if scheme == "file" and not _LOCAL_FILE.match(value):
        raise Mistake(
            marked('a file:// address has three slashes and the whole path: "file:///srv/f.xml"')
        )
    if scheme in {None, "file"}:
        return value
    if scheme not in {"http", "https"}:
        raise Mistake(
            told(
                "{value} is not supported, expected https://, http:// or a path",
                value=quote(f"{scheme}://"),
            )
        )
    return parse_http_url(value)


def file_name(url: str) -> str:
    """Return the path in a file:// address; a path, like every other address, as it is."""
    return unquote(urlsplit(url).path) if _LOCAL_FILE.match(url) else url


def parse_contact(value: object) -> str:
    """Read the address that feed owners can write to: a web page or an e-mail address.

    It becomes part of a header, so it must be ASCII (RFC 9110 section 5.5).
    """
    text = value if isinstance(value, str) and value.isascii() else ""
    if _EMAIL.fullmatch(text) and is_one_line(text):
        return text
    try:
        return parse_http_url(text)
    except Mistake:
        raise Mistake(
            marked('must be a web address such as "https://example.org/bot" or an e-mail address')
        ) from None


def parse_host(value: object) -> str:
    """Read a host name or an IP address, without scheme, port or path."""
    text = value.strip("[]") if isinstance(value, str) else ""
    if _HOST.fullmatch(text):
        return text.lower()
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise not_this(
            marked(
                'a host name or IP address such as "intranet.example" or '
                '"192.168.1.10", without scheme, port or path'
            ),
            value,
        ) from None


def parse_listen(value: object) -> tuple[str, int]:
    """Read "HOST:PORT" of the loopback interface, for the server asks for no password."""
    host, port = _parse_host_and_port(value)
    if not is_loopback(host):
        raise Mistake(
            told(
                "must be on the loopback interface such as 127.0.0.1, not {host}; "
                "put a proxy with a password in front to let others in",
                host=quote(host),
            )
        )
    return host, port


def parse_open_listen(value: object) -> tuple[str, int]:
    """Read "HOST:PORT" of any interface of this machine."""
    host, port = _parse_host_and_port(value)
    try:
        is_address = host.lower() == "localhost" or ipaddress.ip_address(host) is not None
    except ValueError:
        is_address = False
    if not is_address:
        raise Mistake(
            told(
                "must be an address of this machine such as 127.0.0.1, 0.0.0.0 or "
                "[::], not {host}; the name by which others call it belongs to "
                "public_url",
                host=quote(host),
            )
        )
    return host, port


def _parse_host_and_port(value: object) -> tuple[str, int]:
    match = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if match is None or not 0 < int(match["port"]) < 2**16:
        raise not_this(marked('an address and a port such as "127.0.0.1:9464"'), value)
    return match["six"] or match["host"], int(match["port"])


def parse_public_url(value: object) -> str:
    """Read the address at which strangers reach this service, without the slash at its end.

    Only https: what is pushed there becomes posts, and nobody on the way shall write them.
    """
    text = parse_http_url(value)
    parts = urlsplit(text)
    if parts.scheme.lower() != "https":
        raise Mistake(
            marked("must begin with https://, so that nobody on the way can change what comes")
        )
    if parts.username is not None or any(sign in text for sign in _NOT_IN_A_BASE):
        raise Mistake(
            told('must be without a login and any of "?#{{}}", such as "https://bot.example.org"')
        )
    host = (parts.hostname or "").rstrip(".")
    if is_loopback(host) or not text.isascii():
        raise Mistake(marked("must be an address at which the internet reaches this machine"))
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Tell whether it names this machine to itself."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_headers(value: object) -> dict[str, str]:
    """Read request headers (RFC 9110 section 5)."""
    if not isinstance(value, dict):
        raise Mistake(told('must be a table such as {{ Accept = "application/rss+xml" }}'))
    for name, content in value.items():
        if not _HEADER_NAME.fullmatch(name):
            raise Mistake(told("{name} is not the name of a header", name=quote(name)))
        if not isinstance(content, str) or not is_one_line(content):
            raise Mistake(
                told("the header {name} must be one line of text in quotes", name=quote(name))
            )
    return dict(value)


def parse_database(value: object) -> str | SecretRef:
    """Read the address of the database, or the name of a secret that holds it."""
    if isinstance(value, str):
        return parse_database_url(value)
    if not isinstance(value, dict):
        raise Mistake(
            marked('must be an address such as "sqlite:///newsbot.db", or the name of a secret')
        )
    return parse_secret(value)


def parse_database_url(url: str) -> str:
    """Read "sqlite:///FILE" or "postgresql://…"."""
    if url.startswith("postgresql://") and is_one_line(url):
        return url
    if not url.startswith(_SQLITE):
        hint = (
            told('; did you mean "{name}"?', name="postgresql://")
            if url.startswith("postgres")
            else ""
        )
        raise Mistake(told("not a database that newsbot knows, {why}", why=_DATABASES) + hint)
    name = url.removeprefix(_SQLITE)
    if not name or name.startswith(":") or name.endswith("/"):
        raise Mistake(told("names no file, {why}", why=_DATABASES))
    if "?" in name or not is_one_line(name):
        raise Mistake(marked('the name of the file contains "?" or a control character'))
    return url


def has_password(url: str) -> bool:
    """Tell whether a password stands in `url`; an address that cannot be read has none."""
    try:
        return urlsplit(url).password is not None
    except ValueError:
        return False


def absolute_database(url: str, base_dir: Path) -> str:
    """Make the path of a SQLite database absolute; other addresses stay as they are."""
    if not url.startswith(_SQLITE):
        return url
    return f"{_SQLITE}{base_dir / url.removeprefix(_SQLITE)}"
