"""Servers for this machine alone: no page of another site may reach them.

A browser that runs a stranger's page can be led here by a name that turns to 127.0.0.1 (DNS
rebinding); the name then stands in the Host header (RFC 9110 section 7.2).
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@web.middleware
async def own_host_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer 421 where Host names neither "localhost" nor a loopback address."""
    if not _is_own(request.headers.get("Host", "")):
        raise web.HTTPMisdirectedRequest(text="this answers to 127.0.0.1 and localhost only\n")
    return await handler(request)


def _is_own(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
