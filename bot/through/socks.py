"""Connections through a SOCKS 5 proxy (RFC 1928)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp_socks import ProxyConnector, ProxyType
from python_socks import ProxyError, ProxyTimeoutError

from bot.through.faults import ProxyFailedError
from bot.wording import told

if TYPE_CHECKING:
    from bot.models.proxies import Proxy


class SocksConnector(ProxyConnector):
    """Lets the proxy look names up, and tells its faults by its name."""

    def __init__(self, proxy: Proxy, **options: Any) -> None:
        self._proxy = proxy
        super().__init__(
            host=proxy.host,
            port=proxy.port,
            proxy_type=ProxyType.SOCKS5,
            username=proxy.user or None,
            password=proxy.password or None,
            rdns=True,
            **options,
        )

    async def _connect_via_proxy(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._connect_via_proxy(*args, **kwargs)
        except (ProxyError, ProxyTimeoutError) as error:
            raise ProxyFailedError(_socks_fault(self._proxy, error)) from error
        except OSError as error:
            raise ProxyFailedError(told("{why} does not answer", why=self._proxy.words)) from error


def _socks_fault(proxy: Proxy, error: Exception) -> str:
    said = str(error)[:100]
    if getattr(error, "error_code", None):
        return told("{why} did not make the connection: {error}", why=proxy.words, error=said)
    return told("{why} failed: {error}", why=proxy.words, error=said)
