"""Asks for an address and follows redirects by hand: each step's host is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import aiohttp
from yarl import URL

from bot.collect.addresses import public_url
from bot.collect.http.failures import PollError, explain_redirected, failed, private_address
from bot.collect.http.network import is_ip_literal, is_public
from bot.collect.http.pools import Pools
from bot.through.faults import proxy_fault
from bot.through.requests import arguments
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.models.feeds import FetchFailed
    from bot.models.proxies import Proxy

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD: Final = frozenset({301, 308})
_KEEPING: Final = frozenset({307, 308})
"""Redirects to which a form goes again (RFC 9110 section 15.4); others would make it a GET."""
_Found_co = TypeVar("_Found_co", covariant=True)


class Reader(Protocol[_Found_co]):
    """Makes something of an answer that is no redirect."""

    async def __call__(
        self, url: URL, response: aiohttp.ClientResponse, moved: URL | None, /
    ) -> _Found_co | FetchFailed:
        """Return the contents of the answer, or the reason why it is useless.

        `moved` is where redirects led that are for good (RFC 9110 sections 15.4.2 and 15.4.9), up
        to the first one that is not; None where there was none.
        """
        ...


class Permit(Protocol):
    """The rights of a request, by its address."""

    def trusts(self, host: str) -> bool:
        """Tell whether the operator vouches for `host`, so that it may be private."""
        ...

    def headers(self, url: URL) -> Mapping[str, str]:
        """Return the headers that a request of `url` carries."""
        ...


class Client(Pools):
    """Follows redirects with cookies that last for one question.

    Some servers send a cookie with a redirect to the same address, and want it back.
    """

    async def follow(
        self,
        start: URL,
        permit: Permit,
        read: Reader[_Found_co],
        *,
        form: Mapping[str, str] | None = None,
    ) -> _Found_co | FetchFailed:
        """Return the result of `read` for the answer at the end of all redirects.

        A `form` is sent, if one is given. Raises `POLL_ERRORS`; PollError where an address is none.
        """
        url, jar = start, aiohttp.CookieJar(unsafe=True)
        moved, is_for_good = start, True
        method, redirects = ("POST", _KEEPING) if form else ("GET", _REDIRECTS)
        asked: set[tuple[URL, str]] = set()
        while True:
            cookies = jar.filter_cookies(url)
            step = (url, cookies.output())
            if step in asked or len(asked) > self._limits.max_redirects:
                return _redirected_too_often(url, self._limits.max_redirects)
            asked.add(step)
            host = url.host or ""
            trusted = permit.trusts(host)
            proxy = self._proxies.of(url.scheme, host, url.port or 0)
            if not trusted and await self._is_private(url, proxy):
                return private_address(host)
            try:
                async with self._session(proxy, trusted=trusted).request(
                    method,
                    url,
                    data=form,
                    headers=permit.headers(url),
                    cookies=cookies,
                    allow_redirects=False,
                    **arguments(proxy),
                ) as response:
                    if response.status not in redirects:
                        return await read(url, response, moved if moved != start else None)
                    jar.update_cookies(response.cookies, url)
                    location = response.headers.get("Location", "")
                    url = _redirected(url, location, has_secret=form is not None)
                    is_for_good = is_for_good and response.status in _FOR_GOOD
                    moved = url if is_for_good else moved
            except (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError) as exc:
                raise proxy_fault(proxy, exc) from exc
            except aiohttp.ClientConnectorError as exc:
                if len(asked) == 1:
                    raise
                return explain_redirected(exc, start.host or "", host)

    async def _is_private(self, url: URL, proxy: Proxy | None) -> bool:
        host = url.host or ""
        if proxy is not None:
            return await self.is_known_private(host, url.port or 0)
        return is_ip_literal(host) and not is_public(host)

    def _session(self, proxy: Proxy | None, *, trusted: bool) -> aiohttp.ClientSession:
        return self.session(trusted=trusted) if proxy is None else self.proxied(proxy)


def parse_address(text: str) -> URL:
    """Return a web address as a URL; raise PollError ("bad_address") if it is none."""
    try:
        address = URL(text.strip())
    except ValueError as exc:
        raise PollError(
            "bad_address", told("{address} cannot be read as an address", address=public_url(text))
        ) from exc
    if address.scheme not in {"http", "https"} or not address.host:
        raise PollError(
            "bad_address", told("{address} is no web address", address=public_url(text))
        )
    return address


def _redirected(url: URL, location: str, *, has_secret: bool) -> URL:
    if not location:
        raise PollError(
            "bad_redirect", told("{host} redirects without saying where to", host=url.host)
        )
    try:
        following = url.join(URL(location.strip()))
    except ValueError as exc:
        raise PollError(
            "bad_redirect", told("{host} redirects to what is no address", host=url.host)
        ) from exc
    if following.scheme not in {"http", "https"} or not following.host:
        raise PollError(
            "bad_redirect", told("{host} redirects to what is no web address", host=url.host)
        )
    if has_secret and (url.scheme, following.scheme) == ("https", "http"):
        raise PollError(
            "bad_redirect", told("{host} redirects to a connection that is not safe", host=url.host)
        )
    return following.with_user(None).with_fragment(None)


def _redirected_too_often(url: URL, limit: int) -> FetchFailed:
    text = told(
        "redirects in a circle or more than {limit} times, at last to {url}",
        limit=limit,
        url=public_url(str(url)),
    )
    return failed("redirect_loop", text)
