"""From what an operator knows of a site to its feeds: fetched, looked at, offered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from bot.collect.addresses import public_url
from bot.collect.discover.links import PageLinks
from bot.collect.discover.sites import USUAL_PATHS, advice_for, feeds_of_site, with_scheme
from bot.collect.http.network import is_named_private
from bot.config.schema.addresses import file_name, scheme_of
from bot.errors import TooCostly
from bot.models.basics import FeedId, Reason
from bot.models.feeds import FetchFailed, NotModified, Validators
from bot.models.reasons import ReasonCode
from bot.models.settings import Feed
from bot.operate.feeds.looks import Offer, look_at
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.operate.feeds.looks import Look
    from bot.pipeline.articles import Offload
    from bot.ports import Fetcher

_AT_ONCE = 4
_PATHS = ("/", "./", "../")  # no address begins so: a file that is missing is told as one
# The other scheme is worth a try after these; no server said anything.
_NO_ANSWER = frozenset({"refused", "tls", "connect_timeout", "connection_lost", "bad_response"})
_OFFLINE = frozenset({ReasonCode.DNS, ReasonCode.UNREACHABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The feeds that were found, best first, or the reason why there is none."""

    offers: tuple[Offer, ...] = ()
    reason: Reason | None = None


def is_file(text: str, cwd: Path) -> bool:
    """Tell whether an operator's `text` names a file; one too long for a name is none."""
    try:
        return scheme_of(text) is None and (cwd / text).is_file()
    except OSError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Discoverer:
    """Looks for the feeds of an address. A page leads to no private host but its own."""

    fetcher: Fetcher
    offload: Offload
    now: datetime
    allow_hosts: tuple[str, ...] = ()
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def discover(self, text: str, cwd: Path) -> Found:
        """Return the feeds of an address, a bare host, a handle or a local file."""
        if not text.strip():
            return Found(reason=Reason(code="bad_address", text=marked("no address was given")))
        file = file_name(text)
        if file.startswith(_PATHS) or is_file(file, cwd):
            return self._verdict(text, await self._look(str((cwd / file).resolve())))
        *_, last = addresses = with_scheme(text)
        for address in addresses:
            found = await self._of_address(address)
            if found.offers or address == last or not _is_unanswered(found):
                break
        return found

    async def _of_address(self, address: str) -> Found:
        usual = await self._offers(feeds_of_site(address))
        if usual:
            return Found(offers=usual)
        look = await self._look(address)
        if not isinstance(look, PageLinks):
            return self._verdict(address, look)
        for links in (look.named, look.likely, _usual_places(look.url)):
            offers = await self._offers(_reachable(links, address))
            if offers:
                return Found(offers=offers)
        return Found(reason=_no_feed(address, look))

    def _verdict(self, address: str, look: Look) -> Found:
        if isinstance(look, Offer):
            return Found(offers=(look,))
        if isinstance(look, PageLinks):
            return Found(reason=_no_feed(address, look))
        if look.code not in _OFFLINE:
            return Found(reason=look)
        text = told("{why}: is the network there, and the address right?", why=look.text)
        return Found(reason=replace(look, text=text))

    async def _offers(self, addresses: Iterable[str]) -> tuple[Offer, ...]:
        """Return those of `addresses` that are feeds; those without any entry come last."""
        looks = await asyncio.gather(*map(self._look, addresses))
        offers: dict[object, Offer] = {}
        for look in looks:
            if isinstance(look, Offer):
                # One feed may stand at several addresses, or in several forms.
                offers.setdefault((look.title, look.headlines, look.newest), look)
        return tuple(sorted(offers.values(), key=lambda one: not one.items))

    async def _look(self, address: str) -> Look:
        is_local = address.startswith("/")
        feed = Feed(id=FeedId("new"), url=address, allow_hosts=self.allow_hosts, is_local=is_local)
        async with self._turn:
            outcome = await self.fetcher.fetch(feed, Validators())
        if isinstance(outcome, FetchFailed):
            return outcome.reason
        if isinstance(outcome, NotModified):
            return Reason(
                code="empty", text=marked("the server says that nothing changed since never")
            )
        try:
            look = await self.offload(partial(look_at, outcome, self.now))
        except TooCostly as error:
            return Reason(
                code="too_costly", text=told("reading the answer was ended: {why}", why=error)
            )
        return replace(look, url=address) if isinstance(look, Offer) else look


def _is_unanswered(found: Found) -> bool:
    return found.reason is not None and found.reason.code in _NO_ANSWER


def _usual_places(url: str) -> list[str]:
    return [urljoin(url, path) for path in USUAL_PATHS]


def _reachable(links: Sequence[str], address: str) -> list[str]:
    """Return the links that lead to no private host, unless the operator named that host."""
    own = urlsplit(address).hostname
    return [
        link
        for link in links
        if (host := urlsplit(link).hostname) and (host == own or not is_named_private(host))
    ]


def _no_feed(address: str, page: PageLinks) -> Reason:
    advice = advice_for(address)
    shown = public_url(address)
    text = (
        told(
            '{address} is a web page, titled "{title}", that names no feed',
            address=shown,
            title=page.title,
        )
        if page.title
        else told("{address} is a web page that names no feed", address=shown)
    )
    places = told(
        "nor is there one at {names} and the other usual places", names=", ".join(USUAL_PATHS[:3])
    )
    return Reason(code="no_feed", text=f"{text}; {advice or places}")
