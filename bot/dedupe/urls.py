"""Links without tracking, and the one form under which two spellings of a link are the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from bot.dedupe.tracking import without_tracking

if TYPE_CHECKING:
    from collections.abc import Callable

# Where on a page a feed sends its readers, not the article.
_NO_PLACE = re.compile(
    r"(?i)|top|main|content|comments?|respond|reply|disqus_thread|more(-\d+)?|rss"
)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def clean_link(url: str) -> str:
    """Return `url` without tracking parameters, otherwise letter for letter as it was."""
    return _rebuilt(url, without_tracking)


def canonical_link(url: str) -> str:
    """Return the form in which two addresses of one page are equal; not meant to be opened.

    Scheme, `www.`, default port, trailing slash, order of parameters, percent-encoding's case and
    fragments that only scroll (`#top`, `#comments`) do not tell pages apart. Idempotent.
    """
    return _rebuilt(url, _canonical)


def has_path(url: str) -> bool:
    """Tell whether `url` names a page, rather than a whole site."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.path.strip("/") or parts.query)


def is_of_site(url: str, site: str) -> bool:
    """Tell whether `url` is on the host of `site`, or one of both hosts is part of the other."""
    hosts = sorted((_host(url), _host(site)), key=len)
    return "." in hosts[0] and (hosts[0] == hosts[1] or hosts[1].endswith(f".{hosts[0]}"))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _rebuilt(url: str, change: Callable[[SplitResult], SplitResult]) -> str:
    """Return the changed address; a text that is none stays as it is: it still is an identity."""
    try:
        parts = urlsplit(url)
        return urlunsplit(change(parts)) if parts.netloc else url
    except ValueError:  # such as a broken IPv6 host
        return url


def _canonical(parts: SplitResult) -> SplitResult:
    parts = without_tracking(parts)
    host = parts.netloc.lower().rpartition("@")[2]
    host = host.removesuffix(_DEFAULT_PORTS.get(parts.scheme.lower(), "")).removeprefix("www.")
    pairs = sorted(_same_encoding(pair) for pair in parts.query.split("&") if pair)
    # Part of the identity: "#v2" of a changelog, "#!/path" of single-page sites.
    fragment = "" if _NO_PLACE.fullmatch(parts.fragment) else parts.fragment
    scheme = "" if parts.scheme.lower() in _DEFAULT_PORTS else parts.scheme.lower()
    path = _same_encoding(parts.path).rstrip("/")
    return SplitResult(scheme, host, path, "&".join(pairs), fragment)


def _same_encoding(text: str) -> str:
    """Percent-encode signs that may stand bare; write the hex digits of the rest in capitals."""
    encoded = quote(text, safe="%/:=@!$'()*+,;~-._", errors="surrogatepass")
    return re.sub(r"%[0-9a-fA-F]{2}", lambda found: found.group().upper(), encoded)
