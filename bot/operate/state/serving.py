"""Serves the figures on a port of this machine; one that is taken stops no news."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from bot.errors import StoreError
from bot.log import get_logger
from bot.models.alerts import Note
from bot.operate.alerts.of_service import A_PERSONS, address_of
from bot.operate.own_host import own_host_only

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from bot.config import Metrics
    from bot.operate.state.metrics import Figures
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
async def serving(figures: Figures, metrics: Metrics, desk: Desk) -> AsyncIterator[None]:
    """Answer /metrics, /healthz and /readyz meanwhile, as soon as the port is free."""
    app = web.Application(middlewares=[own_host_only])
    app.router.add_get("/metrics", figures.answer_metrics)
    app.router.add_get("/healthz", figures.answer_health)
    app.router.add_get("/readyz", figures.answer_ready)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    fault = await _listen(runner, metrics)
    await _tell(desk, metrics, fault)
    trying = asyncio.create_task(_try_again(runner, metrics, desk)) if fault else None
    try:
        yield
    finally:
        if trying is not None:
            trying.cancel()
            await asyncio.gather(trying, return_exceptions=True)
        await runner.cleanup()


async def _try_again(runner: web.AppRunner, metrics: Metrics, desk: Desk) -> None:
    fault: str | None = ""
    while fault is not None:
        await desk.sleep(AGAIN)
        fault = await _listen(runner, metrics)
    _log.info("the figures are served now", address=address_of(metrics))
    await _tell(desk, metrics, None)


async def _listen(runner: web.AppRunner, metrics: Metrics) -> str | None:
    """Listen; return why that is impossible, None where it is done."""
    site = web.TCPSite(runner, metrics.host, metrics.port)
    try:
        await site.start()
    except OSError as error:
        await site.stop()
        # asyncio's own text repeats the address.
        return error.strerror.rpartition(": ")[2] if error.strerror else str(error)
    return None


async def _tell(desk: Desk, metrics: Metrics, fault: str | None) -> None:
    """Log and note the fault, or forget it; a database that takes no note stops nothing here."""
    try:
        known = [note for note in await desk.book.notes() if note.kind == "metrics"]
        address = address_of(metrics)
        if fault is None:
            await desk.book.write([], known)
            return
        text = f"{address} cannot be used ({fault})"
        _log.warning(f"metrics.listen: {text}; newsbot tries again each minute")
        note = Note(
            kind="metrics", subject=address, text=text, level=A_PERSONS, noticed_at=desk.now()
        )
        # After a restart it is the same trouble still, and not to be told again.
        is_new = all(one.subject != address for one in known)
        others = [one for one in known if one.subject != address]
        await desk.book.write([note] if is_new else [], others)
    except StoreError as error:
        _log.error(str(error))
