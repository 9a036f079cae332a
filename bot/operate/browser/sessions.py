"""Who is signed in: a cookie that this program signed, so that no list of sessions is kept.

Each node of a service with the same token knows it, also after a restart; another token ends all.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.operate.browser.pages import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

LASTS: Final = timedelta(days=14)
_LONGEST_COOKIE: Final = 500


class Sessions:
    """Signs visitors in who know the token."""

    def __init__(self, token: str, now: Callable[[], datetime]) -> None:
        self._token = hashlib.sha256(token.encode()).digest()
        self._key = hmac.digest(token.encode(), b"newsbot: session of a browser", "sha256")
        self._now = now
        # Cookies are not told apart by port (RFC 6265 section 8.5): two bots on one machine.
        self.cookie = f"newsbot-{hashlib.sha256(self._key).hexdigest()[:8]}"

    def is_token(self, said: str) -> bool:
        """Tell whether it is the token, in a time that says nothing of how much of it is right."""
        given = hashlib.sha256(said.strip().encode("utf-8", "replace")).digest()
        return hmac.compare_digest(given, self._token)

    def begin(self, visitor: Visitor) -> str:
        """Return the cookie of a visitor."""
        until = int((self._now() + LASTS).timestamp())
        said = f"{until}.{_packed(visitor.name.encode())}"
        return f"{said}.{self._signature(said)}"

    def visitor(self, cookie: str) -> Visitor | None:
        """Return whose cookie it is; None where this program did not make it, or its time is up."""
        said, _, signature = cookie[:_LONGEST_COOKIE].rpartition(".")
        is_ours = hmac.compare_digest(
            signature.encode("utf-8", "replace"), self._signature(said).encode()
        )
        if not is_ours:
            return None
        until, _, name = said.partition(".")
        if int(until) < self._now().timestamp():
            return None
        return Visitor(name=_unpacked(name))

    def _signature(self, said: str) -> str:
        return _packed(hmac.digest(self._key, said.encode("utf-8", "replace"), "sha256"))


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unpacked(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
