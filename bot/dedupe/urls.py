"""Links without tracking, and the one form under which two spellings of a link are the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, unquote_plus, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Callable

# Parameters that only say where a click came from. Names from the vendors' own documentation and
# the lists of AdGuard ("TrackParamFilter") and Firefox ("query stripping").
_TRACKING_NAMES = frozenset(
    [
        "fbclid",
        "gclid",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "twclid",
        "ttclid",
        "yclid",
        "ysclid",
        "igshid",
        "igsh",
        "li_fat_id",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "_hsenc",
        "_hsmi",
        "hsctatracking",
        "vero_id",
        "vero_conv",
        "oly_enc_id",
        "oly_anon_id",
        "_openstat",
        "rb_clickid",
        "s_cid",
        "ncid",
        "cmpid",
        "xtor",
        "wt_mc",
        "wt.mc_id",
        "wt_zmc",
        "ocid",
        "ito",
        "smid",
        "smtyp",
        "ref_src",
        "ref_url",
        "guccounter",
        "guce_referrer",
        "guce_referrer_sig",
        "spm",
        "scm",
        "_ga",
        "_gl",
        "ftag",
        "ftcamp",
        "srnd",
        "taid",
        "mbid",
        "cndid",
        "sr_share",
        "unicorn_click_id",
        "__twitter_impression",
        "soc_src",
        "soc_trk",
    ]
)
_TRACKING_PREFIXES = ("utm_", "at_", "pk_", "mtm_", "matomo_", "hsa_", "itm_", "ns_", "stm_")
# Only with these values: `source=rss` is tracking, `source=42` may be the article.
_TRACKING_IF_FEED = frozenset({"source", "src", "ref", "from", "partner", "cmp", "feature", "fr"})
_FEED_VALUES = re.compile(r"(?i)(rss|feed|atom|newsletter|email|mail|social|twitter|facebook)\b.*")
# Where on a page a feed sends its readers, not what to read.
_NO_PLACE = re.compile(
    r"(?i)|top|main|content|comments?|respond|reply|disqus_thread|more(-\d+)?|rss"
)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def clean_link(url: str) -> str:
    """Return `url` without tracking parameters, otherwise letter for letter as it was."""
    return _rebuilt(url, _without_tracking)


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


def _rebuilt(url: str, change: Callable[[SplitResult], SplitResult]) -> str:
    """Return the changed address; what is none stays as it is, for it is still an identity."""
    try:
        parts = urlsplit(url)
        return urlunsplit(change(parts)) if parts.netloc else url
    except ValueError:  # such as a broken IPv6 host
        return url


def _without_tracking(parts: SplitResult) -> SplitResult:
    kept = (pair for pair in parts.query.split("&") if not _is_tracking(pair))
    return parts._replace(query="&".join(kept), fragment=_untracked_fragment(parts.fragment))


def _is_tracking(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = unquote_plus(name).lower()
    if name in _TRACKING_IF_FEED:
        return _FEED_VALUES.fullmatch(value) is not None
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES)


def _untracked_fragment(fragment: str) -> str:
    # Some feeds put their tracking behind the hash: "#xtor=RSS-1", "#utm_source=rss".
    return "" if all(map(_is_tracking, fragment.split("&"))) else fragment


def _canonical(parts: SplitResult) -> SplitResult:
    parts = _without_tracking(parts)
    host = parts.netloc.lower().rpartition("@")[2]
    host = host.removesuffix(_DEFAULT_PORTS.get(parts.scheme.lower(), "")).removeprefix("www.")
    pairs = sorted(_same_encoding(pair) for pair in parts.query.split("&") if pair)
    # Part of the identity: "#v2" of a changelog, "#!/path" of single-page sites.
    fragment = "" if _NO_PLACE.fullmatch(parts.fragment) else parts.fragment
    scheme = "" if parts.scheme.lower() in _DEFAULT_PORTS else parts.scheme.lower()
    path = _same_encoding(parts.path).rstrip("/")
    return SplitResult(scheme, host, path, "&".join(pairs), fragment)


def _same_encoding(text: str) -> str:
    """Percent-encode what may stand bare, and write the hex digits of the rest in capitals."""
    encoded = quote(text, safe="%/:=@!$'()*+,;~-._", errors="surrogatepass")
    return re.sub(r"%[0-9a-fA-F]{2}", lambda found: found.group().upper(), encoded)
