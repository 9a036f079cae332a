"""Polls one feed: conditional request, redirects by hand, a bounded body, an outcome."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import replace
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
from multidict import CIMultiDict

from bot.collect.addresses import public_url
from bot.collect.http.body import read_body
from bot.collect.http.client import Client, parse_address
from bot.collect.http.failures import POLL_ERRORS, PollError, explain, feed_refused
from bot.collect.http.files import read_file
from bot.collect.http.headers import max_age, merged_validators, retry_after, user_agent, validators
from bot.collect.http.limits import DEFAULT_LIMITS, FetchLimits
from bot.collect.http.moves import moved_to, with_move
from bot.collect.http.network import is_named_private, look_up
from bot.collect.http.refusals import refused_by, refused_in
from bot.collect.inflate import BrokenEncodingError, TooLargeError
from bot.collect.websub.hubs import links_of_headers
from bot.models.feeds import FetchedFeed, NotModified, Validators
from bot.models.proxies import NO_PROXIES

if TYPE_CHECKING:
    from yarl import URL

    from bot.collect.http.network import LookUp
    from bot.models.feeds import FetchOutcome
    from bot.models.proxies import Proxies
    from bot.models.settings import Feed

_ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_BODY_HASH: Final = 16  # bytes
_ERROR_PAGE: Final = 512 * 1024


class HttpFetcher(Client):
    """Implements `ports.Fetcher` for http(s) addresses and local files.

    A private host is reached where the feed's address names one, or its allow_hosts do.
    """

    def __init__(
        self,
        *,
        contact: str | None,
        version: str,
        limits: FetchLimits = DEFAULT_LIMITS,
        look_up: LookUp = look_up,
        proxies: Proxies = NO_PROXIES,
    ) -> None:
        super().__init__(limits, look_up=look_up, proxies=proxies)
        self._agent = user_agent(contact, version)

    async def fetch(self, feed: Feed, validators: Validators) -> FetchOutcome:
        """Poll once, conditionally. Never raises for a bad feed: a failure is an outcome, too."""
        host = feed.url if feed.is_local else _host(feed.url)
        if not _is_same_question(feed, validators):
            validators = replace(validators, etag=None, last_modified=None, poll_hash=None)
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
        address = parse_address(feed.url)
        permit = _FeedPermit(feed, known, address, self._agent)
        start = moved_to(known) or permit.own

        async def read(
            url: URL, response: aiohttp.ClientResponse, moved: URL | None
        ) -> FetchOutcome:
            known_now = with_move(known, moved, is_moved=start != permit.own)
            return await self._outcome(response, feed, url, known_now)

        return await self.follow(start, permit, read)

    async def _outcome(
        self, response: aiohttp.ClientResponse, feed: Feed, url: URL, known: Validators
    ) -> FetchOutcome:
        headers = response.headers
        refusal = refused_by(response.status, headers)
        if refusal is not None:
            return refusal
        if response.status == HTTPStatus.NOT_MODIFIED and (known.etag or known.last_modified):
            return NotModified(
                validators=merged_validators(headers, known), max_age=max_age(headers)
            )
        if response.status // 100 != 2:  # noqa: PLR2004  # the class of successes
            page = await _start_of_page(response)
            refusal = refused_in(response.status, headers, page, url.path)
            return refusal or feed_refused(response.status, retry_after(headers))
        body = await read_body(response, self._limits.max_bytes)
        refusal = refused_in(response.status, headers, body, url.path)
        if refusal is not None:
            return refusal
        current = validators(headers, _hash(feed, body), known)
        if current.poll_hash == known.poll_hash:
            return NotModified(validators=current, max_age=max_age(headers))
        return FetchedFeed(
            url=str(url),
            body=body,
            content_type=headers.get("Content-Type", ""),
            validators=current,
            max_age=max_age(headers),
            links=links_of_headers(headers.getall("Link", [])),
        )


class _FeedPermit:
    """Trusts allow_hosts, and the feed's own host where its name is that of a private network.

    A public name may turn to a private address any time, at the will of its owner (DNS
    rebinding). Only the feed's own origin gets its secrets.
    """

    def __init__(self, feed: Feed, known: Validators, address: URL, agent: str) -> None:
        self.own = address.with_user(None).with_fragment(None)
        self._feed = feed
        self._known = known
        self._agent = agent
        self._login = _basic_auth(address)

    def trusts(self, host: str) -> bool:
        is_own = host == self.own.host and is_named_private(host)
        return is_own or host in {name.lower() for name in self._feed.allow_hosts}

    def headers(self, url: URL) -> CIMultiDict[str]:
        headers = CIMultiDict({"User-Agent": self._agent, "Accept": _ACCEPT})
        if self._may_have_secrets(url):
            if self._login is not None:
                headers["Authorization"] = self._login
            headers.update(self._feed.headers)
        # After the feed's own headers: the answer must be one that this program can unpack.
        headers["Accept-Encoding"] = "gzip, deflate, br"
        if self._known.etag:
            headers["If-None-Match"] = self._known.etag
        if self._known.last_modified:
            headers["If-Modified-Since"] = self._known.last_modified
        return headers

    def _may_have_secrets(self, url: URL) -> bool:
        """Tell whether `url` is of the feed's own origin, or of the same host over TLS."""
        if url.origin() == self.own.origin():
            return True
        upgraded = self.own.scheme == "http" and url.scheme == "https"
        default_ports = self.own.is_default_port() and url.is_default_port()
        return upgraded and default_ports and url.host == self.own.host


async def _start_of_page(response: aiohttp.ClientResponse) -> bytes:
    """Return the page that came with an error, empty where it cannot be read.

    It only explains the error, so that its own faults are none.
    """
    if "html" not in response.headers.get("Content-Type", "").lower():
        return b""
    try:
        return await read_body(response, _ERROR_PAGE)
    except (aiohttp.ClientError, OSError, TooLargeError, BrokenEncodingError):
        return b""


def _basic_auth(address: URL) -> str | None:
    """Return the Authorization header for the login in `address` (RFC 7617), None without one."""
    if not address.user and not address.password:
        return None
    login = f"{address.user or ''}:{address.password or ''}".encode()
    return "Basic " + b64encode(login).decode("ascii")


def _host(url: str) -> str:
    try:
        return parse_address(url).host or ""
    except PollError:
        return public_url(url)


def _hash(feed: Feed, body: bytes) -> bytes:
    return blake2b(body, digest_size=_BODY_HASH).digest() + _question(feed)


def _is_same_question(feed: Feed, known: Validators) -> bool:
    """Tell whether "nothing changed" would answer the feed's question of now.

    It is none for another address, nor for a channel that was not there before.
    """
    return known.poll_hash is not None and known.poll_hash[_BODY_HASH:] == _question(feed)


def _question(feed: Feed) -> bytes:
    text = "\0".join((feed.url, *sorted(feed.channels)))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
