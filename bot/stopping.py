"""The end of a command that runs until SIGINT (Ctrl-C) or SIGTERM."""

from __future__ import annotations

import asyncio
import signal

STOP_GRACE = 8.0
"""The seconds that posts in flight get to end, after a signal or the time of `once`."""


def stop_signal() -> asyncio.Event:
    """Return an event that the first SIGINT or SIGTERM sets; a second one ends the process."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def stopped(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped, number)
    return stop
