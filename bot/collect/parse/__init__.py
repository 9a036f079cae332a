"""A feed's bytes -> its items. Pure, and safe on any bytes that a server sends."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Final

from bot.collect.inflate import GZIP_MAGIC, BrokenEncodingError, TooLargeError, gunzip
from bot.collect.parse.bounds import ITEM, MAX_BYTES
from bot.collect.parse.jsonfeed import parse_json
from bot.collect.parse.xml import parse_xml
from bot.models.basics import Reason
from bot.models.feeds import FetchedFeed, FetchFailed, ParsedFeed
from bot.models.reasons import ReasonCode
from bot.wording import marked, told

_SNIFF: Final = 64 * 1024
_FIRST_TAG: Final = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_FEED_TAG: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_WRAPPED_FEED: Final = re.compile(
    rb"<((?:[\w.-]{1,40}:)?(?:rss|feed|rdf))\s[^<>]{0,2000}?(?:version|xmlns)", re.IGNORECASE
)
_XML_DECLARATION: Final = re.compile(rb"<\?xml[^>]{0,400}\?>")
_TITLE: Final = re.compile(rb"<title\b[^<>]{0,200}>([^<]{0,500})", re.IGNORECASE)


def parse_feed(fetched: FetchedFeed, language: str | None = None) -> ParsedFeed | FetchFailed:
    """Return the feed, or the reason why it is none. Raises nothing.

    `language` is the operator's word, which counts more than all claims of feed and items.

    FetchFailed has the code "empty", "html_page", "not_a_feed", "too_complex", "too_large" or
    "broken_encoding". ParsedFeed.warning has "truncated", "wrong_charset", "malformed" or
    "too_many_items". Every entry becomes exactly one item.
    """
    body = fetched.body
    if body.startswith(GZIP_MAGIC):
        try:
            body = gunzip(body, MAX_BYTES)
        except TooLargeError:
            return _failed(
                ReasonCode.TOO_LARGE,
                told("the feed is larger than {max_bytes} MiB", max_bytes=MAX_BYTES >> 20),
            )
        except BrokenEncodingError as exc:
            return _failed(
                "broken_encoding", told("the gzip data cannot be unpacked: {why}", why=exc)
            )
    parsed = _parse(fetched, body, language)
    if isinstance(parsed, ParsedFeed) and parsed.language:
        return _with_language(parsed, stated=language)
    return parsed


def _parse(fetched: FetchedFeed, body: bytes, language: str | None) -> ParsedFeed | FetchFailed:
    body = body.lstrip(b" \t\r\n")
    if not body:
        return _failed("empty", marked("the server sent an empty document"))
    if body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return parse_json(fetched, body.removeprefix(b"\xef\xbb\xbf"), language)
    feed = _without_page(body)
    if feed is None:
        return _failed(
            "html_page", marked("the server sent a web page instead of a feed") + _title(body)
        )
    return parse_xml(fetched, feed, language)


def _with_language(parsed: ParsedFeed, *, stated: str | None) -> ParsedFeed:
    """Fill in the language of the items: the stated one, their own, or else their feed's."""
    items = (
        replace(item, language=stated or item.language or parsed.language) for item in parsed.items
    )
    return replace(parsed, items=tuple(items))


def _failed(code: str, text: str) -> FetchFailed:
    return FetchFailed(reason=Reason(code=code, text=text))


def _without_page(body: bytes) -> bytes | None:
    """Return the document, without the <html><body> that some servers put around all they send.

    None where it is a web page and holds no feed.
    """
    page = _FIRST_TAG.search(body, 0, _SNIFF)
    feed = _FEED_TAG.search(body) if page else None
    if page is None or (feed and feed.start() < page.start()):
        return body
    if feed and b"</html" not in body[feed.start() :].lower():
        return body
    wrapped = _WRAPPED_FEED.search(body)
    end = body.rfind(b"</" + wrapped[1]) if wrapped else -1
    if wrapped is None or end < 0 or not ITEM.search(body, wrapped.start(), end):
        return None
    declaration = _XML_DECLARATION.match(body)
    start = body[: declaration.end()] if declaration else b""
    return start + body[wrapped.start() : end] + b"</" + wrapped[1] + b">"


def _title(body: bytes) -> str:
    found = _TITLE.search(body, 0, _SNIFF)
    if found is None:
        return ""
    title = " ".join(unescape(found[1].decode("utf-8", "replace")).split())
    # Between backticks stand commands of newsbot, in messages about it.
    printable = "".join(char for char in title if char.isprintable()).replace("`", "'")[:100]
    return told(', titled "{title}"', title=printable) if printable else ""
