from __future__ import annotations

import pytest

from bot.collect.parse import parse_feed
from bot.models.feeds import FetchedFeed, ParsedFeed

TITLE = "Công nghệ: điện thoại mới"
FRENCH = "Été à Genève: déjà vu"


def a_feed(title: str, encoding: str, declared: str | None) -> bytes:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = f"{declaration}<rss version='2.0'><channel><title>{title}</title></channel></rss>"
    return text.encode(encoding)


def parse(body: bytes, content_type: str = "application/rss+xml") -> ParsedFeed:
    parsed = parse_feed(
        FetchedFeed(url="https://example.org/", body=body, content_type=content_type)
    )
    assert isinstance(parsed, ParsedFeed)
    return parsed


@pytest.mark.parametrize(
    ("title", "encoding", "declared", "content_type"),
    [
        (TITLE, "utf-8", "utf-8", ""),
        (TITLE, "utf-8", None, ""),
        (TITLE, "utf-8-sig", "utf-8", ""),
        (TITLE, "utf-16", "utf-16", ""),
        (TITLE, "utf-16-le", "utf-16", ""),
        (TITLE, "utf-8", "utf-8", "text/xml"),
        (TITLE, "utf-8", None, "text/html; charset=UTF-8"),
        (TITLE, "cp1258", "windows-1258", ""),
        (FRENCH, "iso-8859-1", "iso-8859-1", "text/xml"),
        (FRENCH, "iso-8859-1", None, "text/xml; charset=ISO-8859-1"),
        (FRENCH, "cp1252", "utf-8", "text/xml; charset=windows-1252"),
        ("新しい携帯", "shift_jis", "Shift_JIS", ""),
        ("新しい携帯", "iso-2022-jp", "iso-2022-jp", ""),
        ("新手机", "gb18030", "gb2312", ""),
        ("plain", "ascii", "iso-8859-1", "text/xml; charset=us-ascii"),
    ],
)
def test_what_is_declared_rightly(title, encoding, declared, content_type) -> None:
    if encoding == "cp1258":
        title = "Công ngh"  # windows-1258 writes tone marks apart; this part needs none
    parsed = parse(a_feed(title, encoding, declared), content_type)
    assert parsed.title == title
    assert parsed.warning is None


@pytest.mark.parametrize(
    ("title", "encoding", "declared", "content_type"),
    [
        (TITLE, "utf-8", "iso-8859-1", ""),
        (TITLE, "utf-8", "windows-1258", ""),
        (TITLE, "utf-8", "utf-8", "text/xml; charset=ISO-8859-1"),
        (TITLE, "utf-8", "no-such-encoding", ""),
        (TITLE, "utf-8", "hex", ""),
        (TITLE, "utf-8", "undefined", ""),
        (TITLE, "utf-8", "utf-16", ""),
        (FRENCH, "iso-8859-1", "utf-8", ""),
        (FRENCH, "cp1252", None, ""),
        (FRENCH, "cp1252", "us-ascii", ""),
    ],
)
def test_what_is_declared_wrongly_is_repaired(title, encoding, declared, content_type) -> None:
    parsed = parse(a_feed(title, encoding, declared), content_type)
    assert parsed.title == title
    assert parsed.warning is not None
    assert parsed.warning.code == "wrong_charset"


def test_one_bad_byte_costs_one_letter() -> None:
    body = a_feed(TITLE, "utf-8", "utf-8").replace("điện".encode(), b"\xff")
    assert parse(body).title == TITLE.replace("điện", "\N{REPLACEMENT CHARACTER}")
