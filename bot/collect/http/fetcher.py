"""Polls one feed: conditional request, redirects by hand, a bounded body, an outcome."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from bot.collect.addresses import public_url
from bot.collect.http.body import read_body
from bot.collect.http.failures import (
    POLL_ERRORS,
    PollError,
    explain,
    explain_redirected,
    failed,
    private_address,
    status_failed,
)
from bot.collect.http.files import read_file
from bot.collect.http.headers import max_age, merged_validators, retry_after, user_agent, validators
from bot.collect.http.limits import DEFAULT_LIMITS, FetchLimits
from bot.collect.http.network import is_ip_literal, is_public
from bot.collect.http.pools import Pools
from bot.collect.inflate import BrokenEncodingError, TooLargeError
from bot.models.feeds import FetchedFeed, FetchFailed, NotModified, Validators

if TYPE_CHECKING:
    from bot.models.feeds import FetchOutcome
    from bot.models.settings import Feed

_ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BODY_HASH: Final = 16  # bytes


class HttpFetcher(Pools):
    """Implements `ports.Fetcher` for http(s) addresses and local files.

    Trusted hosts are the feed's own and those of its allow_hosts.
    """

    def __init__(
        self, *, contact: str | None, version: str, limits: FetchLimits = DEFAULT_LIMITS
    ) -> None:
        super().__init__(limits)
        self._agent = user_agent(contact, version)

    async def fetch(self, feed: Feed, validators: Validators) -> FetchOutcome:
        """Poll once, conditionally. Never raises for a bad feed: the outcome says what came."""
        host = feed.url if feed.is_local else _host(feed.url)
        if not _is_same_question(feed, validators):
            validators = Validators()
        try:
            async with asyncio.timeout(self._limits.total):
                if feed.is_local:
                    return await self._fetch_file(feed, validators)
                return await self._fetch_address(feed, validators)
        except (*POLL_ERRORS, TooLargeError, BrokenEncodingError) as exc:
            return explain(exc, host)

    async def _fetch_file(self, feed: Feed, known: Validators) -> FetchOutcome:
        body = await asyncio.to_thread(read_file, feed.url, self._limits.max_bytes)
        current = Validators(poll_hash=_hash(feed, body))
        if current.poll_hash == known.poll_hash:
            return NotModified(validators=current)
        return FetchedFeed(url=Path(feed.url).as_uri(), body=body, validators=current)

    async def _fetch_address(self, feed: Feed, known: Validators) -> FetchOutcome:
        target = Target(feed, known, self._agent)
        visited: set[URL] = set()
        while True:
            if target.url in visited or len(visited) > self._limits.max_redirects:
                return _redirected_too_often(target.url, self._limits.max_redirects)
            visited.add(target.url)
            if not target.is_named_by_operator() and _is_private_literal(target.url):
                return private_address(target.url.host or "")
            try:
                outcome = await self._request(feed, target, known)
            except aiohttp.ClientConnectorError as exc:
                if len(visited) == 1:
                    raise
                return explain_redirected(exc, _host(feed.url), target.url.host or "")
            if not isinstance(outcome, str):
                return outcome
            target.follow(outcome)

    async def _request(self, feed: Feed, target: Target, known: Validators) -> FetchOutcome | str:
        """Ask once; return the outcome, or the address that a redirect names."""
        session = self.session(trusted=target.is_named_by_operator())
        async with session.get(
            target.url, headers=target.headers(), allow_redirects=False
        ) as response:
            if response.status in _REDIRECTS:
                return response.headers.get("Location", "")
            return await self._outcome(response, feed, target.url, known)

    async def _outcome(
        self, response: aiohttp.ClientResponse, feed: Feed, url: URL, known: Validators
    ) -> FetchOutcome:
        headers = response.headers
        if response.status == HTTPStatus.NOT_MODIFIED and (known.etag or known.last_modified):
            return NotModified(
                validators=merged_validators(headers, known), max_age=max_age(headers)
            )
        if response.status // 100 != 2:  # noqa: PLR2004  # the class of successes
            return status_failed(response.status, retry_after(headers))
        body = await read_body(response, self._limits.max_bytes)
        current = validators(headers, _hash(feed, body))
        if current.poll_hash == known.poll_hash:
            return NotModified(validators=current, max_age=max_age(headers))
        return FetchedFeed(
            url=str(url),
            body=body,
            content_type=headers.get("Content-Type", ""),
            validators=current,
            max_age=max_age(headers),
        )


class Target:
    """Where the next request of a poll goes, and what it may carry there."""

    def __init__(self, feed: Feed, known: Validators, agent: str) -> None:
        address = _read_address(feed.url)
        self._feed = feed
        self._known = known
        self._agent = agent
        self._own = address.with_user(None).with_fragment(None)
        self._login = _basic_auth(address)
        self.url = self._own

    def follow(self, location: str) -> None:
        """Go where a redirect leads; PollError if that is no web address."""
        if not location:
            raise PollError("bad_redirect", f"{self.url.host} redirects without saying where to")
        following = self.url.join(_parse_address(location))
        if following.scheme not in {"http", "https"} or not following.host:
            raise PollError("bad_redirect", f"{self.url.host} redirects to what is no web address")
        self.url = following.with_user(None).with_fragment(None)

    def is_named_by_operator(self) -> bool:
        """Tell whether the operator vouches for the host, so that it may be private."""
        host = self.url.host
        return host == self._own.host or host in {name.lower() for name in self._feed.allow_hosts}

    def headers(self) -> CIMultiDict[str]:
        headers = CIMultiDict({"User-Agent": self._agent, "Accept": _ACCEPT})
        if self._carries_secrets():
            if self._login is not None:
                headers["Authorization"] = self._login
            headers.update(self._feed.headers)
        # After the feed's own headers: what comes must be what this program can read.
        headers["Accept-Encoding"] = "gzip, deflate, br"
        if self._known.etag:
            headers["If-None-Match"] = self._known.etag
        if self._known.last_modified:
            headers["If-Modified-Since"] = self._known.last_modified
        return headers

    def _carries_secrets(self) -> bool:
        """Only the feed's own origin gets its headers and password, or the same host over TLS."""
        if self.url.origin() == self._own.origin():
            return True
        upgraded = self._own.scheme == "http" and self.url.scheme == "https"
        default_ports = self._own.is_default_port() and self.url.is_default_port()
        return upgraded and default_ports and self.url.host == self._own.host


def _basic_auth(address: URL) -> str | None:
    """Return the Authorization header for the login in `address` (RFC 7617), None without one."""
    if not address.user and not address.password:
        return None
    login = f"{address.user or ''}:{address.password or ''}".encode()
    return "Basic " + b64encode(login).decode("ascii")


def _read_address(text: str) -> URL:
    address = _parse_address(text)
    if address.scheme not in {"http", "https"} or not address.host:
        raise PollError("bad_address", f"{public_url(text)} is no web address")
    return address


def _parse_address(text: str) -> URL:
    try:
        return URL(text.strip())
    except ValueError as exc:
        raise PollError("bad_address", f"{public_url(text)} cannot be read as an address") from exc


def _host(url: str) -> str:
    try:
        return _read_address(url).host or ""
    except PollError:
        return public_url(url)


def _is_private_literal(url: URL) -> bool:
    host = url.host or ""
    return is_ip_literal(host) and not is_public(host)


def _redirected_too_often(url: URL, limit: int) -> FetchFailed:
    text = f"redirects in a circle or more than {limit} times, at last to {public_url(str(url))}"
    return failed("redirect_loop", text)


def _hash(feed: Feed, body: bytes) -> bytes:
    return blake2b(body, digest_size=_BODY_HASH).digest() + _question(feed)


def _is_same_question(feed: Feed, known: Validators) -> bool:
    """Tell whether "nothing changed" would be an answer to what the feed asks now.

    It is none for another address, nor for a channel that was not there before.
    """
    return known.poll_hash is not None and known.poll_hash[_BODY_HASH:] == _question(feed)


def _question(feed: Feed) -> bytes:
    text = "\0".join((feed.url, *sorted(feed.channels)))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
