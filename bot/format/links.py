"""Web addresses from feeds, made safe to print and to put into markup."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

MAX_ADDRESS = 2_000
"""Characters; longer ones no service takes."""

# All that may stand bare in an address (RFC 3986), and "%" of signs that are already encoded.
_BARE = "%:/?#[]@!$&'()*+,;=-._~"
# The signs that twitter-text (validateUrlPath and its ending characters) reads to the end.
_BARE_ON_X = "%:/?#@&+=-._~;"
_LAST_ON_X = "+-=_#/"


def web_address(raw: str | None) -> str | None:
    """Return `raw` with white space, quotes and control characters percent-encoded.

    None unless it is an http(s) address with a host, no longer than 2,000 characters.
    """
    url = (raw or "").strip()
    try:
        parts = urlsplit(url)
        is_web = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # such as a broken IPv6 host
        return None
    if not is_web or len(url) > MAX_ADDRESS:
        return None
    safe = "".join(char if _may_stand(char) else _percent(char) for char in url)
    return safe if len(safe) <= MAX_ADDRESS else None


def _may_stand(char: str) -> bool:
    # Letters of every language may stand: addresses are shown to people, too (RFC 3987).
    return char in _BARE or char.isalnum()


def _percent(char: str) -> str:
    return quote(char, safe="", errors="ignore")


def ascii_address(url: str) -> str:
    """Return `url` in ASCII letters that X reads as one address to its last character."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    encoded = quote(slash + path, safe=_BARE_ON_X, errors="ignore")
    if encoded and not (encoded[-1].isalnum() or encoded[-1] in _LAST_ON_X):
        encoded = encoded[:-1] + f"%{ord(encoded[-1]):02X}"
    return f"{scheme}://{_ascii_host(host)}{encoded}"


def _ascii_host(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
