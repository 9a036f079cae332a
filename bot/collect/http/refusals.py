"""Answers of servers that are up and hand out no feed: challenges and logins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.collect.http.failures import failed
from bot.collect.http.headers import retry_after
from bot.models.reasons import ReasonCode
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.models.feeds import FetchFailed

_SNIFF: Final = 64 * 1024
_PAGE: Final = re.compile(
    rb"^\W{0,3}(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head)\b", re.IGNORECASE | re.DOTALL
)
_FEED: Final = re.compile(rb"<(?:rss|feed|rdf:rdf)[\s>]", re.IGNORECASE)
# Headers that only a challenge carries, a part of their value, and who sends them, as
# developers.cloudflare.com ("Detect a challenge page response") says of cf-mitigated.
_BY_HEADER: Final = (
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "", "AWS WAF"),
    ("x-datadome", "", "DataDome"),
    ("x-px-captcha", "", "HUMAN"),
    ("x-vercel-mitigated", "challenge", "Vercel"),
    ("x-sucuri-block", "", "Sucuri"),
)
# Parts of the pages that such services show instead of what was asked for.
_CHALLENGES: Final = (
    (rb"_cf_chl_opt|<title>just a moment\.\.\.|Attention Required! \| Cloudflare", "Cloudflare"),
    (rb"_Incapsula_Resource", "Imperva"),
    (rb"captcha-delivery\.com", "DataDome"),
    (rb"id=[\"']px-captcha", "HUMAN"),
    (rb"awsWafCookieDomainList|window\.gokuProps", "AWS WAF"),
    (rb"sucuri_cloudproxy_js", "Sucuri"),
    (rb"/\.within\.website/x/cmd/anubis", "Anubis"),
    (rb"vercel security checkpoint", "Vercel"),
    (rb"<title>ddos-guard", "DDoS-Guard"),
)
# These stand in ordinary pages too: they explain an error, and nothing else.
_WITH_AN_ERROR: Final = (
    (rb"/cdn-cgi/challenge-platform/|cf-error-details|cf-turnstile", "Cloudflare"),
    (rb"errors\.edgesuite\.net|bm-verify", "Akamai"),
    (rb"ddos-guard", "DDoS-Guard"),
    (rb"g-recaptcha|h-captcha|sucuri website firewall", marked("the site")),
)
# The last one is Vietnamese, in UTF-8.
_PASSWORD: Final = re.compile(rb"<input\b[^<>]{0,300}\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_LOGIN_TITLE: Final = re.compile(
    rb"<title\b[^<>]{0,200}>[^<]{0,200}"
    rb"(?:log.?in|sign.?in|anmeld|connexion|iniciar|\xc4[\x90\x91]\xc4\x83ng nh\xe1\xba\xadp)",
    re.IGNORECASE,
)
_LOGIN_PATH: Final = re.compile(
    r"/(?:log-?in|sign-?in|sso|wp-login\.php)(?:[/?.]|$)", re.IGNORECASE
)
_UNAUTHORIZED: Final = frozenset({401, 407})
_ADVICE: Final = marked(
    "no feed reader passes that; ask the site to let feed readers through, or "
    "take another address of the same news"
)


def refused_by(status: int, headers: Mapping[str, str]) -> FetchFailed | None:
    """Return the outcome for an answer whose head tells of a challenge or wants a login, else None.

    A challenge asks for proof that a person reads.
    """
    for name, value, who in _BY_HEADER:
        found = headers.get(name)
        if found is not None and value in found.lower():
            return _challenged(who, headers)
    if status in _UNAUTHORIZED:
        return failed(
            ReasonCode.LOGIN,
            told(
                "{status}: the server wants a login; write it into the address "
                "(https://USER:PASSWORD@HOST/...) or as `headers` of the feed",
                status=status,
            ),
        )
    return None


def refused_in(
    status: int, headers: Mapping[str, str], body: bytes, path: str
) -> FetchFailed | None:
    """Return the outcome for a body that is the page of a challenge or of a login.

    None for a feed, and for every other page. `path` is that of the final address.
    """
    start = body[:_SNIFF]
    if not _PAGE.match(start) or _FEED.search(start):
        return None
    is_error = status // 100 != 2  # noqa: PLR2004  # the class of successes
    for part, who in (*_CHALLENGES, *(_WITH_AN_ERROR if is_error else ())):
        if re.search(part, start, re.IGNORECASE):
            return _challenged(who, headers)
    is_login = _LOGIN_TITLE.search(start) or _LOGIN_PATH.search(path)
    if is_login and _PASSWORD.search(start):
        return failed(
            ReasonCode.LOGIN,
            marked(
                "the server shows a page to log in instead of the feed: look for a "
                "feed that is open to all, or give what it asks for as `headers` of "
                "the feed"
            ),
        )
    return None


def _challenged(who: str, headers: Mapping[str, str]) -> FetchFailed:
    text = told(
        "{also} asks for proof that a person reads (a challenge): {why}", also=who, why=_ADVICE
    )
    return failed(ReasonCode.CHALLENGE, text, retry_after(headers))
