"""How long and how much one poll may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """Seconds, bytes after decompression, and counts.

    `connect` covers one TCP connection with TLS, `read` each wait for bytes, `total` the whole
    poll with name look-up, waiting for a connection and redirects.
    """

    connect: float = 10.0
    read: float = 20.0
    total: float = 60.0
    max_bytes: int = 8 * 1024 * 1024
    max_redirects: int = 5
    per_host: int = 2


DEFAULT_LIMITS = FetchLimits()
