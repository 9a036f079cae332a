"""What a proxy did wrong, in words that an operator can act on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiohttp import ClientError, ClientHttpProxyError, ClientProxyConnectionError

from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    words = proxy.words if proxy is not None else marked("the proxy")
    if isinstance(error, ClientProxyConnectionError):
        return ProxyFailedError(told("{why} does not answer", why=words))
    return ProxyFailedError(words + refusal_of_proxy(error.status))


@contextmanager
def named_in_faults(proxy: Proxy | None) -> Iterator[None]:
    """Turn aiohttp's errors about the `proxy` into ProxyFailedError."""
    try:
        yield
    except (ClientProxyConnectionError, ClientHttpProxyError) as error:
        raise proxy_fault(proxy, error) from error


def refusal_of_proxy(status: int) -> str:
    """Return what an HTTP proxy that answers with `status` does."""
    if status == 407:  # noqa: PLR2004  # Proxy Authentication Required
        return marked(" wants a login, or another one: write it as http://USER:PASSWORD@HOST:PORT")
    return told(" answers {status}: it refuses the connection", status=status)
