"""RSS, RDF and Atom through feedparser, without its costly and partial cleaning of HTML."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any, Final
from xml.sax import SAXException

import feedparser

from bot.collect.addresses import base_address, web_address
from bot.collect.parse.bounds import MAX_ITEMS, MAX_TAGS, Bounded, bound
from bot.collect.parse.charset import Document, settle_encoding
from bot.collect.parse.entry import dicts, item_of
from bot.collect.parse.values import language_of, text_of
from bot.models.basics import Reason
from bot.models.feeds import FetchedFeed, FetchFailed, ParsedFeed

# What XML 1.0 section 2.2 forbids although feeds hold it: with it the whole document is unreadable.
_CONTROLS: Final = bytes(code for code in range(32) if code not in b"\t\n\r")
_REFERENCE: Final = re.compile(rb"&#([xX][0-9a-fA-F]+|[0-9]+);?")
_TEXT_CHARACTER: Final = re.compile("[\t\n\r\x20-\ud7ff\ue000-\U0010ffff]")
_MEDIA_DESCRIPTION: Final = re.compile(rb"<(/?)media:description\b[^<>]*?(/?)>")
# Persons are not used, and feedparser's search for e-mail addresses in them is quadratic.
_PERSON: Final = re.compile(
    rb"<(/?(?:[\w.-]{1,40}:)?)(author|creator|contributor|managingeditor|webmaster|publisher)\b",
    re.IGNORECASE,
)
_CUT_OFF: Final = ("no element found", "unclosed", "partial character")
_PERIODS: Final = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_MAX_TTL: Final = timedelta(days=365)
# feedparser has no error of its own: on some hostile documents it trips over its own records.
_FEEDPARSER_ERRORS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    SAXException,
    TypeError,
    ValueError,
)


def parse_xml(fetched: FetchedFeed, body: bytes) -> ParsedFeed | FetchFailed:
    """Return the feed in `body`; "not_a_feed" or "too_complex" where there is none to be had."""
    document = settle_encoding(body, fetched.content_type)
    bounded = bound(document.body)
    if bounded is None:
        return _failed("too_complex", "an item has thousands of categories: reading it was refused")
    result = _parse(bounded.body, fetched.url)
    if result is None:
        return _failed("not_a_feed", "the document is no feed: its structure makes no sense")
    if not result.get("version") and not result["entries"]:
        return _failed("not_a_feed", "the document is neither RSS nor Atom nor JSON Feed")
    return _feed(result, base_address(fetched.url), _warning(document, bounded, result))


def _failed(code: str, text: str) -> FetchFailed:
    return FetchFailed(reason=Reason(code=code, text=text))


def _parse(body: bytes, url: str) -> dict[str, Any] | None:
    body = _readable(body)
    # feedparser would take a photo's caption for the article's summary or content.
    body = _PERSON.sub(rb"<\1x-\2", body)
    body = _MEDIA_DESCRIPTION.sub(rb"<\1media:caption\2>", body)
    # Without a base address feedparser leaves addresses and, above all, guids as they are
    # ("1234" would become an address that changes with the feed's); `entry.py` resolves the few
    # that are used. Only with xml:base does it know more than this program.
    base = base_address(url) if b"xml:base" in body else ""
    # Always an XML media type: for text/* feedparser follows RFC 3023 and assumes US-ASCII.
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": base}
    try:
        return dict(
            feedparser.parse(
                io.BytesIO(body),
                response_headers=headers,
                sanitize_html=False,
                resolve_relative_uris=False,
            )
        )
    except _FEEDPARSER_ERRORS:
        return None


def _readable(body: bytes) -> bytes:
    """Take out the characters that XML forbids, written plainly or as references.

    One of them costs the whole feed: feedparser cannot make a character of "&#xD800;".
    """
    return _REFERENCE.sub(_allowed, body.translate(None, _CONTROLS))


def _allowed(reference: re.Match[bytes]) -> bytes:
    digits = reference[1].lower()
    try:
        char = chr(int(digits[1:], 16) if digits.startswith(b"x") else int(digits))
    except (ValueError, OverflowError):  # no such character, or thousands of digits
        return b""
    return reference[0] if _TEXT_CHARACTER.match(char) else b""


def _feed(result: dict[str, Any], base: str, warning: Reason | None) -> ParsedFeed:
    channel = dict(result["feed"])
    language = language_of(channel.get("language"))
    vietnamese = (language or "").lower().startswith("vi")
    return ParsedFeed(
        title=text_of(channel.get("title")),
        language=language,
        link=_feed_link(channel, base),
        items=tuple(
            item_of(dict(entry), base, vietnamese=vietnamese)
            for entry in result["entries"][:MAX_ITEMS]
        ),
        ttl=_ttl(channel),
        warning=warning,
    )


def _feed_link(channel: dict[str, Any], base: str) -> str | None:
    stated = web_address(channel.get("link"), base)
    if stated is not None:
        return stated
    alternates = (link for link in dicts(channel.get("links")) if link.get("rel") == "alternate")
    return next((web_address(link.get("href"), base) for link in alternates), None)


def _ttl(channel: dict[str, Any]) -> timedelta | None:
    """Return RSS's ttl (minutes), else the syndication module's period by frequency."""
    minutes = _positive(channel.get("ttl"))
    if minutes:
        return min(timedelta(minutes=minutes), _MAX_TTL)
    period = _PERIODS.get(text_of(channel.get("sy_updateperiod")).strip().lower())
    return period / (_positive(channel.get("sy_updatefrequency")) or 1) if period else None


def _positive(value: object) -> int:
    match = re.match(r"\s*(\d{1,6})\s*$", text_of(value))
    return int(match[1]) if match else 0


def _warning(document: Document, bounded: Bounded, result: dict[str, Any]) -> Reason | None:
    if bounded.cut:
        return Reason(
            code="too_many_items",
            text=f"the feed is too long: at most {MAX_ITEMS} items and {MAX_TAGS} tags are read",
        )
    if document.repaired:
        return Reason(
            code="wrong_charset",
            text="the feed is not in the encoding that it declares: it was read as what it seems",
        )
    if result.get("bozo"):
        return _malformed(str(result.get("bozo_exception") or ""))
    if _readable(document.body) != document.body:
        return _malformed("characters that XML forbids")
    return None


def _malformed(detail: str) -> Reason:
    detail = re.sub(r"\s+", " ", detail)[:200]
    if any(sign in detail for sign in _CUT_OFF):
        return Reason(code="truncated", text=f"the feed ends in the middle: {detail}")
    return Reason(code="malformed", text=f"the feed is not well-formed XML: {detail}")
