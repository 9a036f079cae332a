"""The proxies through which the bot reaches the internet, where the operator names some."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING

from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """One proxy; `source` is the key or variable that names it, for messages.

    `scheme` is "http", "https" or "socks5"; a SOCKS proxy looks names up itself.
    """

    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    source: str = "proxy"

    @property
    def is_socks(self) -> bool:
        return self.scheme.startswith("socks")

    @property
    def address(self) -> str:
        """The address without its login: fit for messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def words(self) -> str:
        """How messages call it."""
        return told("the proxy {address} ({source})", address=self.address, source=self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Hosts that are reached without a proxy: a name with its subdomains, or a network."""

    domain: str = ""
    network: IPv4Network | IPv6Network | None = None
    port: int | None = None

    def covers(self, host: str, port: int) -> bool:
        """Tell whether `host`, lower-case and without brackets, is exempt at `port`."""
        if self.port is not None and self.port != port:
            return False
        if self.network is None:
            return host == self.domain or host.endswith(f".{self.domain}")
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        return address.version == self.network.version and address in self.network


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """Which proxy serves which address: by the scheme of the address, with exemptions."""

    by_scheme: Mapping[str, Proxy] = field(default_factory=dict)
    exempt: tuple[Exemption, ...] = ()
    exempts_all: bool = False

    def of(self, scheme: str, host: str, port: int) -> Proxy | None:
        """Return the proxy for an address, None where it is reached directly.

        This machine itself never is a matter for a proxy (as Go's net/http has it).
        """
        proxy = self.by_scheme.get(scheme)
        name = host.lower().strip("[]").rstrip(".")
        if proxy is None or self.exempts_all or _is_this_machine(name):
            return None
        return None if any(one.covers(name, port) for one in self.exempt) else proxy


NO_PROXIES = Proxies()


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
