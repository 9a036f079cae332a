"""Checks OAuth 1.0a signatures as a server does (RFC 5849, section 3.2)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oauthlib.common import Request
from oauthlib.oauth1.rfc5849 import signature
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header, unescape

if TYPE_CHECKING:
    from aiohttp import web

_SKEW = 300  # seconds by which clocks may differ
_NEEDED = (
    "oauth_consumer_key",
    "oauth_token",
    "oauth_nonce",
    "oauth_timestamp",
    "oauth_signature",
    "oauth_signature_method",
)


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The four secrets of an account."""

    api_key: str = "TESTapikey0123456789abcdef"
    api_secret: str = "TESTapisecret0123456789abcdefghijklmnop"
    access_token: str = "1700000000000000000-TESTaccesstoken0123456789"
    access_token_secret: str = "TESTaccesstokensecret0123456789abcdef"


class SignatureChecker:
    """Remembers nonces, so that no request counts twice."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._nonces: set[tuple[str, str]] = set()

    def accepts(self, request: web.Request) -> bool:
        """Tell whether exactly this request, at the address it was sent to, was signed."""
        header = request.headers.get("Authorization", "")
        try:
            given = {name: unescape(value) for name, value in parse_authorization_header(header)}
        except ValueError:
            return False
        if any(name not in given for name in _NEEDED) or not self._is_fresh(given):
            return False
        known = (self._keys.api_key, self._keys.access_token)
        if (given["oauth_consumer_key"], given["oauth_token"]) != known:
            return False
        return self._matches(request, given)

    def _is_fresh(self, given: dict[str, str]) -> bool:
        stamp = given["oauth_timestamp"]
        once = (stamp, given["oauth_nonce"])
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > _SKEW or once in self._nonces:
            return False
        self._nonces.add(once)
        return True

    def _matches(self, request: web.Request, given: dict[str, str]) -> bool:
        if given["oauth_signature_method"] != "HMAC-SHA1":
            return False
        # The address as the client called it: its own Host header and the path before decoding.
        signed = Request(f"http://{request.host}{request.raw_path}", request.method)
        _, _, query = request.raw_path.partition("?")
        signed.params = signature.collect_parameters(
            uri_query=query, headers=dict(request.headers), exclude_oauth_signature=True
        )
        signed.signature = given["oauth_signature"]
        return bool(
            signature.verify_hmac_sha1(
                signed, self._keys.api_secret, self._keys.access_token_secret
            )
        )
