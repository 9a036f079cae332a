"""Serves on addresses of this machine; one that is taken stops no news."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.log import get_logger
from bot.models.alerts import Note
from bot.operate.alerts.of_service import A_PERSONS
from bot.operate.web.application import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
    from datetime import datetime

    from bot.operate.web.application import ListedSite
    from bot.store.operator.alerts import AlertBook

_log = get_logger(__name__)
AGAIN = 60.0
"""Seconds until a port that is taken is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where trouble with the port is noted, by which time, and how to wait before the next try."""

    book: AlertBook
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@asynccontextmanager
async def serving(sites: Iterable[ListedSite], desk: Desk) -> AsyncIterator[None]:
    """Answer meanwhile, each address as soon as it is free; sites of one address share it."""
    ordered = sorted(sites, key=lambda site: site.listen.address)
    async with AsyncExitStack() as stack:
        for _, shared in groupby(ordered, key=lambda site: site.listen.address):
            await stack.enter_async_context(_serving(list(shared), desk))
        yield


@asynccontextmanager
async def _serving(sites: Sequence[ListedSite], desk: Desk) -> AsyncIterator[None]:
    port = _Port(sites, desk)
    fault = await port.listen()
    await port.tell(fault)
    trying = asyncio.create_task(port.try_again()) if fault else None
    try:
        yield
    finally:
        if trying is not None:
            trying.cancel()
            await asyncio.gather(trying, return_exceptions=True)
        await port.server.close()


class _Port:
    """One address, and all that is answered there."""

    def __init__(self, sites: Sequence[ListedSite], desk: Desk) -> None:
        self._sites = sites
        self._desk = desk
        self.server = Server(sites)

    async def listen(self) -> str | None:
        """Listen; return why that is impossible, None where it is done."""
        where = self._sites[0].listen
        try:
            await self.server.listen(where.host, where.port)
        except OSError as error:
            # asyncio's own text repeats the address.
            return error.strerror.rpartition(": ")[2] if error.strerror else str(error)
        return None

    async def try_again(self) -> None:
        """Try each minute until the port is free."""
        fault: str | None = ""
        while fault is not None:
            await self._desk.sleep(AGAIN)
            fault = await self.listen()
        for site in self._sites:
            _log.info(f"{site.table}.listen is free, and used now", address=site.listen.address)
        await self.tell(None)

    async def tell(self, fault: str | None) -> None:
        """Log and note the fault, or forget it, for each table that names the address."""
        for site in {site.table: site for site in self._sites}.values():
            await _tell(self._desk, site, fault)


async def _tell(desk: Desk, site: ListedSite, fault: str | None) -> None:
    """Log and note the fault, or forget it; a database that takes no note stops nothing here."""
    address = site.listen.address
    try:
        known = [note for note in await desk.book.notes() if note.kind == site.table]
        if fault is None:
            await desk.book.write([], known)
            return
        text = f"{address} cannot be used ({fault})"
        _log.warning(f"{site.table}.listen: {text}; newsbot tries again each minute")
        note = Note(
            kind=site.table, subject=address, text=text, level=A_PERSONS, noticed_at=desk.now()
        )
        # After a restart it is the same trouble still, and not to be told again.
        is_new = all(one.subject != address for one in known)
        others = [one for one in known if one.subject != address]
        await desk.book.write([note] if is_new else [], others)
    except StoreError as error:
        _log.error(str(error))
