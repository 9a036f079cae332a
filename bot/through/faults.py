"""What a proxy did wrong, in words that an operator can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import ClientError, ClientHttpProxyError, ClientProxyConnectionError

if TYPE_CHECKING:
    from bot.models.proxies import Proxy


class ProxyFailedError(ClientError):
    """A proxy did not make the connection; `words` say which one and why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


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
