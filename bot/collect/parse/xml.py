"""RSS, RDF and Atom through feedparser, without its costly and partial cleaning of HTML."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any, Final
from xml.sax import SAXException

import feedparser

from bot.collect.addresses import absolute_address, base_address
from bot.collect.parse.bounds import ITEM, MAX_ITEMS, MAX_TAGS, Bounded, bound
from bot.collect.parse.charset import Document, settle_encoding
from bot.collect.parse.dates import are_numeric, style_of
from bot.collect.parse.entry import Source, date_texts, dicts, item_of, stated_html
from bot.collect.parse.quick import parse_quickly
from bot.collect.parse.repair import prepared, well_formed
from bot.collect.parse.skipping import skipped_days, skipped_hours
from bot.collect.parse.values import language_of, text_of
from bot.models.basics import Reason
from bot.models.feeds import FetchedFeed, FetchFailed, ParsedFeed
from bot.wording import marked, told

_PAGE_LINK: Final = re.compile(
    rb"""<link>(?:\s|<!\[CDATA\[){0,9}([^<>\s]{1,2000})"""
    rb"""|<link\b(?![^<>]{0,300}\brel=["'](?!alternate))[^<>]{0,300}\bhref=["']([^"'<>]{1,2000})"""
)
_CUT_OFF: Final = ("no element found", "unclosed", "partial character")
_PERIODS: Final = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_MOST_LINKS: Final = 100
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


def parse_xml(
    fetched: FetchedFeed, body: bytes, language: str | None = None
) -> ParsedFeed | FetchFailed:
    """Return the feed in `body`; "not_a_feed" or "too_complex" where there is none to be had."""
    document = settle_encoding(body, fetched.content_type)
    bounded = bound(document.body)
    if bounded is None:
        return _failed(
            "too_complex",
            marked(
                "an item has thousands of categories, or a tag of attributes: "
                "reading it was refused"
            ),
        )
    readable = well_formed(bounded.body)
    address = base_address(fetched.url)
    result = _parse(readable, _base_of(readable, address))
    if result is None:
        return _failed(
            "not_a_feed", marked("the document is no feed: its structure makes no sense")
        )
    if not result.get("version") and not result["entries"]:
        return _failed("not_a_feed", marked("the document is neither RSS nor Atom nor JSON Feed"))
    is_mended = readable != bounded.body
    warning = _warning(document, bounded, result, is_mended=is_mended)
    parsed = _feed(result, address, warning, language)
    hours, days = skipped_hours(readable), skipped_days(readable)
    return replace(parsed, skip_hours=hours, skip_days=days) if hours or days else parsed


def _failed(code: str, text: str) -> FetchFailed:
    return FetchFailed(reason=Reason(code=code, text=text))


def _base_of(body: bytes, address: str) -> str:
    """Return feedparser's base of addresses: the feed's page, where the document has xml:base.

    Else nothing: feedparser would apply it to guids, too ("1234" would become an address that
    changes with the feed's), and `entry.py` resolves the few addresses that are used.
    """
    if b"xml:base" not in body:
        return ""
    item = ITEM.search(body)
    link = _PAGE_LINK.search(body, 0, item.start() if item else len(body))
    page = (
        absolute_address((link[1] or link[2]).decode(errors="replace"), address) if link else None
    )
    return base_address(page or "") or address


def _parse(body: bytes, base: str) -> dict[str, Any] | None:
    body = prepared(body)
    try:
        return (parse_quickly(body) if not base else None) or _parse_with_care(body, base)
    except _FEEDPARSER_ERRORS:
        return None


def _parse_with_care(body: bytes, base: str) -> dict[str, Any]:
    # Always an XML media type: for text/* feedparser follows RFC 3023 and assumes US-ASCII.
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": base}
    return dict(
        feedparser.parse(
            io.BytesIO(body),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    )


def _feed(
    result: dict[str, Any], address: str, warning: Reason | None, language: str | None
) -> ParsedFeed:
    channel = dict(result["feed"])
    entries = [dict(entry) for entry in result["entries"][:MAX_ITEMS]]
    language = language or language_of(channel.get("language"))
    home = _feed_link(channel, address)
    dates = [text for entry in entries for text in date_texts(entry)]
    source = Source(
        base=base_address(home or "") or address,
        home=home,
        is_atom=text_of(result.get("version")).startswith("atom"),
        dates=style_of(language, dates),
    )
    return ParsedFeed(
        title=stated_html(
            channel.get("title"), channel.get("title_detail"), is_atom=source.is_atom
        ),
        language=language,
        link=home,
        items=tuple(item_of(entry, source) for entry in entries),
        ttl=_ttl(channel),
        warning=warning,
        frame="" if are_numeric(dates) else repr((language, source)),
        links=_hub_links(channel),
    )


def _hub_links(channel: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return relation and address of the links to hubs and to the feed itself, in their order."""
    return tuple(
        (text_of(link.get("rel")), text_of(link.get("href")))
        for link in islice(dicts(channel.get("links")), _MOST_LINKS)
        if link.get("rel") in {"hub", "self"}
    )


def _feed_link(channel: dict[str, Any], base: str) -> str | None:
    stated = absolute_address(channel.get("link"), base)
    if stated is not None:
        return stated
    alternates = (link for link in dicts(channel.get("links")) if link.get("rel") == "alternate")
    return next((absolute_address(link.get("href"), base) for link in alternates), None)


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


def _warning(
    document: Document, bounded: Bounded, result: dict[str, Any], *, is_mended: bool
) -> Reason | None:
    if bounded.cut:
        return Reason(
            code="too_many_items",
            text=told(
                "the feed is too long: at most {max_items} items and {max_tags} tags are read",
                max_items=MAX_ITEMS,
                max_tags=MAX_TAGS,
            ),
        )
    if document.repaired:
        return Reason(
            code="wrong_charset",
            text=marked(
                "the feed is not in the encoding that it declares: it was read as what it seems"
            ),
        )
    if result.get("bozo"):
        return _malformed(str(result.get("bozo_exception") or ""))
    if is_mended:
        return _malformed(
            marked("characters that XML forbids, or ampersands that begin no reference")
        )
    return None


def _malformed(detail: str) -> Reason:
    detail = re.sub(r"\s+", " ", detail)[:200]
    if any(sign in detail for sign in _CUT_OFF):
        return Reason(code="truncated", text=told("the feed ends in the middle: {why}", why=detail))
    return Reason(code="malformed", text=told("the feed is not well-formed XML: {why}", why=detail))
