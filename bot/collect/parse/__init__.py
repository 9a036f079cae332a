"""A feed's bytes -> its items. Pure, and safe on whatever a server sends."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Final

from bot.collect.inflate import GZIP_MAGIC, BrokenEncodingError, TooLargeError, gunzip
from bot.collect.parse.bounds import MAX_BYTES
from bot.collect.parse.jsonfeed import parse_json
from bot.collect.parse.xml import parse_xml
from bot.models.basics import Reason
from bot.models.feeds import FetchedFeed, FetchFailed, ParsedFeed

_SNIFF: Final = 64 * 1024
_FIRST_TAG: Final = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_FEED_TAG: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_TITLE: Final = re.compile(rb"<title\b[^<>]{0,200}>([^<]{0,500})", re.IGNORECASE)


def parse_feed(fetched: FetchedFeed) -> ParsedFeed | FetchFailed:
    """Return what the feed says, or why it is none. Raises nothing.

    FetchFailed has the code "empty", "html_page", "not_a_feed", "too_complex", "too_large" or
    "broken_encoding". ParsedFeed.warning has "truncated", "wrong_charset", "malformed" or
    "too_many_items". Every entry becomes exactly one item.
    """
    body = fetched.body
    if body.startswith(GZIP_MAGIC):
        try:
            body = gunzip(body, MAX_BYTES)
        except TooLargeError:
            return _failed("too_large", f"the feed is larger than {MAX_BYTES >> 20} MiB")
        except BrokenEncodingError as exc:
            return _failed("broken_encoding", f"the gzip data cannot be unpacked: {exc}")
    return _with_language(_parse(fetched, body))


def _parse(fetched: FetchedFeed, body: bytes) -> ParsedFeed | FetchFailed:
    body = body.lstrip(b" \t\r\n")
    if not body:
        return _failed("empty", "the server sent an empty document")
    if body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return parse_json(fetched, body.removeprefix(b"\xef\xbb\xbf"))
    if _is_html_page(body):
        return _failed("html_page", f"the server sent a web page instead of a feed{_title(body)}")
    return parse_xml(fetched, body)


def _with_language(parsed: ParsedFeed | FetchFailed) -> ParsedFeed | FetchFailed:
    """What an item does not claim of its language, its feed claims for it."""
    if not isinstance(parsed, ParsedFeed) or parsed.language is None:
        return parsed
    items = (
        item if item.language else replace(item, language=parsed.language) for item in parsed.items
    )
    return replace(parsed, items=tuple(items))


def _failed(code: str, text: str) -> FetchFailed:
    return FetchFailed(reason=Reason(code=code, text=text))


def _is_html_page(body: bytes) -> bool:
    """Tell whether the document begins as a web page and holds no feed further on."""
    first = _FIRST_TAG.search(body, 0, _SNIFF)
    if first is None:
        return False
    feed = _FEED_TAG.search(body)
    return feed is None or (
        feed.start() > first.start() and b"</html" in body[feed.start() :].lower()
    )


def _title(body: bytes) -> str:
    found = _TITLE.search(body, 0, _SNIFF)
    if found is None:
        return ""
    title = " ".join(unescape(found[1].decode("utf-8", "replace")).split())
    printable = "".join(char for char in title if char.isprintable())[:100]
    return f', titled "{printable}"' if printable else ""
