"""Connections through proxies: HTTP proxies by aiohttp itself, SOCKS proxies by aiohttp-socks."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, TypedDict

from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import TCPConnector

    from bot.models.proxies import Proxy


class ProxyArguments(TypedDict, total=False):
    """The arguments of a request of aiohttp that goes through an HTTP proxy."""

    proxy: URL
    proxy_headers: Mapping[str, str]


def arguments(proxy: Proxy | None) -> ProxyArguments:
    """Return the arguments of a request through `proxy`; none without one, and for SOCKS."""
    if proxy is None or proxy.is_socks:
        return {}
    found: ProxyArguments = {"proxy": URL(proxy.address)}
    if proxy.user or proxy.password:
        login = b64encode(f"{proxy.user}:{proxy.password}".encode()).decode("ascii")
        # aiohttp makes it the Proxy-Authorization of the request, or of the CONNECT before it.
        found["proxy_headers"] = {"Authorization": f"Basic {login}"}
    return found


def connector_through(proxy: Proxy | None) -> TCPConnector | None:
    """Return a connector for `proxy` where it is a SOCKS proxy, else None: aiohttp's own."""
    return socks_connector(proxy) if proxy is not None and proxy.is_socks else None


def socks_connector(proxy: Proxy, **options: Any) -> TCPConnector:
    """Return a connector whose connections go through the SOCKS proxy; it looks names up itself."""
    # Loaded where a proxy is one: few operators have any.
    from bot.through.socks import SocksConnector

    return SocksConnector(proxy, **options)
