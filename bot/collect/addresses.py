"""Addresses as feeds and operators write them: made absolute, made fit to be shown."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote_plus, urljoin, urlsplit, urlunsplit

_LONGEST: Final = 4096
_WEB_SCHEMES: Final = frozenset({"http", "https"})
_SECRET_NAME: Final = re.compile(
    r"key|token|secret|passw|pwd|auth|sign|sig$|session|credential|hash|^pass$|^pw$|^code$|^t$|^k$",
    re.IGNORECASE,
)
# A run of 16 or more letters and digits, with both: the look of access keys, not of words.
_SECRET_LOOK: Final = re.compile(r"[\w-]{16,}")
_SECRET_STEP: Final = re.compile(r"(?=\w*\d)\w{32,}")  # in a path words are long, too: stricter
_PUBLIC_NAME: Final = re.compile(r"(channel|playlist)_?id$", re.IGNORECASE)
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f-\xa0\ud800-\udfff\\^`{|}<>\"]")
_ABSOLUTE: Final = re.compile(r"https?://[^/]", re.IGNORECASE)
_HOST_FIRST: Final = re.compile(
    r"(www\.)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?=[:/?#]|$)", re.IGNORECASE
)
_CUT_SCHEME: Final = re.compile(r"^(https?)(?::/|//)(?=\w)", re.IGNORECASE)
_ESCAPED_AMPERSAND: Final = re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+", re.IGNORECASE)
_MARK: Final = "***"


def public_url(url: str) -> str:
    """Return `url` fit for messages: no user, no password, no values that look like keys.

    A path of a local file comes back as it is; an unreadable address becomes "***".
    """
    if "://" not in url:
        return url
    parts = _split(url)
    if parts is None or parts.hostname is None:
        return _MARK
    shown = urlunsplit((parts.scheme, _host_and_port(parts), _public_path(parts.path), "", ""))
    shown += _public_query(parts.query)
    return "".join(char if char.isprintable() else "?" for char in shown)


def secret_parts(url: str) -> tuple[str, ...]:
    """Return the parts of `url` that `public_url` hides, as written and decoded."""
    parts = _split(url) if "://" in url else None
    if parts is None:
        return ()
    login = parts.netloc.rpartition("@")[0]
    written = [part for part in (login, parts.password or "") if part]
    written += [step for step in parts.path.split("/") if _SECRET_STEP.fullmatch(step)]
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        if value and _is_secret(unquote_plus(name), unquote_plus(value)):
            written.append(value)
    return tuple(dict.fromkeys([*written, *map(unquote_plus, written)]))


def _public_path(path: str) -> str:
    return "/".join(_MARK if _SECRET_STEP.fullmatch(step) else step for step in path.split("/"))


def _public_query(query: str) -> str:
    pairs = [
        f"{_quoted(name)}={_MARK if _is_secret(name, value) else _quoted(value)}"
        for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return "?" + "&".join(pairs) if pairs else ""


def _quoted(text: str) -> str:
    return quote(text, errors="replace")


def _is_secret(name: str, value: str) -> bool:
    if _PUBLIC_NAME.search(name):
        return False
    runs = _SECRET_LOOK.findall(value)
    return bool(_SECRET_NAME.search(name)) or any(
        re.search(r"\d", run) and re.search("[A-Za-z]", run) for run in runs
    )


def _host_and_port(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def base_address(url: str) -> str:
    """Return the base of relative links: without user, query and fragment.

    The query can hold a key, which a relative link such as "#top" would inherit.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in _WEB_SCHEMES:
        return ""
    return urlunsplit((parts.scheme, _host_and_port(parts), parts.path, "", ""))


def absolute_address(raw: object, base: str = "") -> str | None:
    """Return `raw` as an absolute http(s) address, resolved against `base`; None if it is none.

    Scripts, data, mail and urn addresses are none. Characters that no address may hold
    (RFC 3986) are percent-encoded, line breaks and tabs removed as browsers do. An ampersand or
    a CDATA section that was escaped once too often is read; a user and password go.
    """
    if not isinstance(raw, str) or len(raw) > _LONGEST:
        return None
    text = re.sub(r"[\r\n\t]", "", raw).strip()
    text = text.removeprefix("<![CDATA[").removesuffix("]]>").strip()
    text = _CUT_SCHEME.sub(r"\1://", _ESCAPED_AMPERSAND.sub("&", text))
    if not text:
        return None
    absolute = _join(base, text)
    parts = _split(absolute)
    if parts is None or parts.scheme not in _WEB_SCHEMES or not parts.hostname:
        return None
    if "@" in parts.netloc:
        absolute = urlunsplit(parts._replace(netloc=_host_and_port(parts)))
    return _UNSAFE.sub(_percent, absolute)


def _percent(match: re.Match[str]) -> str:
    return quote(match[0], errors="replace", safe="")


def _join(base: str, text: str) -> str:
    if _ABSOLUTE.match(text):
        return text  # joining would drop an empty query, and an address is to stay as it is
    named = _HOST_FIRST.match(text)
    try:
        own = urlsplit(base)
        is_own = named is not None and named[2].lower() == (own.hostname or "").removeprefix("www.")
        if named and (named[1] or is_own):
            return f"{own.scheme if is_own else 'http'}://{text}"
        return urljoin(base, text)
    except ValueError:  # such as an unbalanced bracket in the host
        return ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # a property that raises ValueError for a port out of range
    except ValueError:
        return None
    return parts
