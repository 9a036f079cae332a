"""What proves that a document comes from the hub (WebSub section 7.1)."""

from __future__ import annotations

import hmac
from typing import Final

METHODS: Final = frozenset({"sha1", "sha256", "sha384", "sha512"})
"""Those that a hub may choose from."""


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Tell whether `header` ("sha256=HEX") signs `body`; takes as long for any wrong signature."""
    method, _, signature = header.strip().partition("=")
    if method.lower() not in METHODS or not signature.isascii():
        return False
    expected = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(expected, signature.strip().lower())
