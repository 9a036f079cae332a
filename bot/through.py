"""Connections through proxies: HTTP proxies by aiohttp itself, SOCKS proxies by aiohttp-socks."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, TypedDict

from aiohttp import ClientError, ClientHttpProxyError, ClientProxyConnectionError
from aiohttp_socks import ProxyConnector, ProxyType
from python_socks import ProxyError, ProxyTimeoutError
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import TCPConnector

    from bot.models.proxies import Proxy


class ProxyFailedError(ClientError):
    """A proxy did not make the connection; `words` say which one and why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


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
    connector = _SocksConnector(
        host=proxy.host,
        port=proxy.port,
        proxy_type=ProxyType.SOCKS5,
        username=proxy.user or None,
        password=proxy.password or None,
        rdns=True,
        **options,
    )
    connector.proxy = proxy
    return connector


class _SocksConnector(ProxyConnector):
    """Tells what went wrong with the proxy by its name."""

    proxy: Proxy

    async def _connect_via_proxy(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._connect_via_proxy(*args, **kwargs)
        except (ProxyError, ProxyTimeoutError) as error:
            raise ProxyFailedError(_socks_fault(self.proxy, error)) from error
        except OSError as error:
            raise ProxyFailedError(f"{self.proxy.words} does not answer") from error


def _socks_fault(proxy: Proxy, error: Exception) -> str:
    cause = "did not make the connection" if getattr(error, "error_code", None) else "failed"
    return f"{proxy.words} {cause}: {str(error)[:100]}"


def proxy_fault(
    proxy: Proxy | None, error: ClientProxyConnectionError | ClientHttpProxyError
) -> ProxyFailedError:
    """Return what an error of aiohttp says of an HTTP proxy."""
    words = proxy.words if proxy is not None else "the proxy"
    if isinstance(error, ClientProxyConnectionError):
        return ProxyFailedError(f"{words} does not answer")
    if error.status == 407:  # noqa: PLR2004  # Proxy Authentication Required
        text = "wants a login, or another one: write it as http://USER:PASSWORD@HOST:PORT"
        return ProxyFailedError(f"{words} {text}")
    return ProxyFailedError(f"{words} answers {error.status}: it refuses the connection")
