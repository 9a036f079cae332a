"""Whose pages may ask a server for what: the Host and Origin of a request.

A browser that runs a stranger's page can be led here by a name that turns to 127.0.0.1 (DNS
rebinding); the name then stands in the Host header (RFC 9110 section 7.2). What a stranger's page
asks by its own name bears its Origin (RFC 6454 section 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web

from bot.config.schema.addresses import is_loopback

if TYPE_CHECKING:
    from bot.operate.web.application import Handler

_NO_HOST: Final = frozenset("@/?#\\ ")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPages:
    """Lets pages of this server alone read it and ask it for something.

    It is called by a loopback name, by the host of `public_url`, and, if it `is_open` to other
    machines, by any number of an address: nobody can turn a number to another machine.
    """

    public_url: str | None = None
    is_open: bool = False

    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer 421 to another Host, and 403 to whoever wants a change from another page."""
        if not self._is_own(request.headers.get("Host", "")):
            raise web.HTTPMisdirectedRequest(text="this answers to its own names only\n")
        if request.method != "GET" and not self._is_from_here(request):
            raise web.HTTPForbidden(text="only a page of this server may ask for this\n")
        return await handler(request)

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if _NO_HOST.intersection(host):
            return False
        public = urlsplit(self.public_url or "").hostname
        return is_loopback(name) or name == public or (self.is_open and _is_number(name))

    def _is_from_here(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin", "").lower()
        public = urlsplit(self.public_url or "")
        own = {f"http://{request.headers.get('Host', '').lower()}"}
        return origin in own | ({f"{public.scheme}://{public.netloc}".lower()} - {"://"})


def _is_number(name: str) -> bool:
    try:
        return ip_address(name) is not None
    except ValueError:
        return False


THIS_MACHINE: Final = OwnPages()
"""For servers that only this machine reaches."""
