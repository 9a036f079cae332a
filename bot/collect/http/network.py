"""Which network addresses a feed may lead to: nothing private unless the operator says so."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.wording import marked, told

# A slow name server must not use up the threads that everything else needs.
_LOOKUPS_AT_ONCE: Final = 32
_NAT64: Final = ip_network("64:ff9b::/96")
# Names that no server of the public internet answers for: RFC 6761, RFC 6762, RFC 8375, and
# .internal (ICANN board, 2024-07-29); the others are private networks' habit, and not delegated.
_LOCAL_ZONES: Final = (
    ".localhost",
    ".local",
    ".home.arpa",
    ".internal",
    *(".lan", ".home", ".corp", ".intranet", ".private"),
)

LookUp = Callable[[str, int, socket.AddressFamily], list[ResolveResult]]
"""Asks the name servers: host, port and family -> addresses. Raises OSError where there is none."""


class PrivateAddressError(OSError):
    """The host resolves to an address that is not public; `host` is its name."""

    def __init__(self, host: str) -> None:
        super().__init__(told("{host} is not a public address", host=host))
        self.host = host


def is_public(address: str) -> bool:
    """Tell whether an IP address is on the public internet (IANA special-purpose registries).

    An IPv4 address inside an IPv6 one (mapped, 6to4, Teredo, NAT64) counts as itself. Another
    text than an IP address is not public.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(ip) if isinstance(ip, IPv6Address) else None
    return _is_global(ip if inner is None else inner)


def _is_global(ip: IPv4Address | IPv6Address) -> bool:
    # Site-local addresses (fec0::/10) went out of use with RFC 3879, and are still private.
    is_site_local = isinstance(ip, IPv6Address) and ip.is_site_local
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or is_site_local)


def _inner(ip: IPv6Address) -> IPv4Address | None:
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.teredo is not None:
        return ip.teredo[1]
    return ip.sixtofour


# Each poll asks it of its host, and reading an address takes 20 microseconds.
@lru_cache(maxsize=4096)
def is_ip_literal(host: str) -> bool:
    """Tell whether `host` is an IP address, which is connected to without any look-up."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_named_private(host: str) -> bool:
    """Tell whether who writes `host` means a private network, with any answer of a name server.

    That is an IP address, or a name that only this machine or network knows, such as "localhost",
    "nas" or "feeds.lan": a stranger cannot turn it to another address.
    """
    name = host.lower().rstrip(".")
    return is_ip_literal(host) or "." not in name or name.endswith(_LOCAL_ZONES)


class Resolver(AbstractResolver):
    """Looks names up in its own threads; with `public_only` a private answer is an error.

    The addresses checked are the ones then connected to, so a name cannot change in between.
    """

    def __init__(self, *, public_only: bool, look_up: LookUp) -> None:
        self._public_only = public_only
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return all addresses of `host`; OSError if there is none or one is private."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._look_up, host, port, family)
        if self._public_only and not all(is_public(result["host"]) for result in found):
            raise PrivateAddressError(host)
        return found

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def look_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    """Ask the operating system for the addresses of `host`; a `LookUp`."""
    # Without a descriptor for the question the answer would be that the name is unknown.
    socket.socket().close()
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
    except UnicodeError as exc:  # a label that is empty or longer than 63 letters
        raise OSError(socket.EAI_NONAME, marked("not a valid host name")) from exc
    return [
        ResolveResult(
            hostname=host,
            host=_numeric(address),
            port=int(address[1]),
            family=kind,
            proto=proto,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for kind, _, proto, _, address in infos
    ]


def _numeric(address: tuple[object, ...]) -> str:
    """Return the address, with the zone that a link-local IPv6 one is useless without."""
    scope = address[3] if len(address) > 3 else 0  # noqa: PLR2004  # IPv6 socket addresses
    return f"{address[0]}%{scope}" if scope else str(address[0])
