"""How many polls may run at once, so that they never take the descriptors that posts need."""

from __future__ import annotations

import resource
from typing import Final

from bot.log import get_logger
from bot.runner.assembly import POLLS_AT_ONCE

_log = get_logger(__name__)
_RESERVE: Final = 56
"""Descriptors for all but polls; an idle service with its children holds 25 (measured), posts take
8, four pages and four pictures at once 16, the child that tries what is typed at the desk 6."""
_PER_POLL: Final = 2
"""A connection, and the question for its address before."""


def polls_at_once() -> int:
    """Return how many polls the limit of open files leaves room for; tell where that is few."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return POLLS_AT_ONCE
    polls = room_for_polls(limit)
    if polls < POLLS_AT_ONCE:
        _log.warning(
            "few files may be open at once, so that feeds wait for each other: raise LimitNOFILE= "
            "of the unit, or `ulimit -n`",
            limit=limit,
            enough=_RESERVE + _PER_POLL * POLLS_AT_ONCE,
            polls=polls,
        )
    return polls


def room_for_polls(limit: int) -> int:
    """Return how many polls fit under a `limit` of open files, beside the reserve; at least one."""
    return min(max((limit - _RESERVE) // _PER_POLL, 1), POLLS_AT_ONCE)
