"""Keeps what lives as long as a configuration from the collector of cycles."""

from __future__ import annotations

import gc
from itertools import count

_calls = count()


def pass_over_long_lived() -> None:
    """Let full collections pass over all objects that there are now.

    A configuration of 10,000 feeds costs each of them 80 ms, in which nothing is posted and no page
    comes. What the configuration before left in cycles is collected first.
    """
    if next(_calls):
        gc.unfreeze()
        gc.collect()
    gc.freeze()
