from __future__ import annotations

import pytest

from bot.collect.parse import parse_feed
from bot.collect.parse.charset import encoding_named
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
def test_an_encoding_that_is_declared_rightly_is_used(
    title, encoding, declared, content_type
) -> None:
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
def test_a_wrong_declaration_is_repaired(title, encoding, declared, content_type) -> None:
    parsed = parse(a_feed(title, encoding, declared), content_type)
    assert parsed.title == title
    assert parsed.warning is not None
    assert parsed.warning.code == "wrong_charset"


def test_one_bad_byte_costs_one_letter() -> None:
    body = a_feed(TITLE, "utf-8", "utf-8").replace("điện".encode(), b"\xff")
    assert parse(body).title == TITLE.replace("điện", "\N{REPLACEMENT CHARACTER}")


RUSSIAN = "Новый аккумулятор для электровелосипеда"


@pytest.mark.parametrize(
    ("title", "encoding", "declared"),
    [
        (RUSSIAN, "cp1251", "cp-1251"),
        (RUSSIAN, "cp1251", "win-1251"),
        (RUSSIAN, "cp1251", "WINDOWS_1251"),
        (RUSSIAN, "koi8-r", "KOI8R"),
        (RUSSIAN, "cp866", "cp866"),
        ("新しい携帯", "cp932", "x-sjis"),
        ("新しい携帯", "cp932", "MS932"),
        ("新しい携帯", "euc-jp", "x-euc-jp"),
        ("新手机", "gb18030", "CP936"),
        ("Žluťoučký kůň", "iso-8859-2", "latin2"),
        ("Žluťoučký kůň", "cp1250", "cp-1250"),
        ("Yeni telefon şaşırttı", "cp1254", "iso-8859-9"),
        ("“Été” – déjà vu", "cp1252", "Latin-1"),
    ],
)
def test_an_encoding_is_known_by_the_names_that_feeds_give_it(title, encoding, declared) -> None:
    for content_type, stated in (("", declared), (f"text/xml; charset={declared}", None)):
        parsed = parse(a_feed(title, encoding, stated), content_type)
        assert parsed.title == title
        assert parsed.warning is None


@pytest.mark.parametrize(
    "label",
    [
        "punycode",
        "idna",
        "utf-7",
        "rot13",
        "unicode_escape",
        "hex",
        "base64",
        "undefined",
        "cp037",
        "",
    ],
)
def test_a_codec_that_no_browser_knows_is_never_used(label: str) -> None:
    assert encoding_named(label) is None


@pytest.mark.parametrize(
    ("title", "encoding", "language"),
    [
        (RUSSIAN, "cp1251", "ru-RU"),
        (RUSSIAN, "koi8-r", "ru"),
        (RUSSIAN, "cp1251", ""),
        ("新しい携帯電話が発売されました", "euc-jp", "ja"),
        ("新しい携帯電話が発売されました", "cp932", ""),
        ("Příliš žluťoučký kůň úpěl", "cp1250", "cs"),
        ("Yeni telefon şaşırttı", "cp1254", "tr"),
        ("Νέο τηλέφωνο στην Αθήνα", "cp1253", ""),
        (FRENCH, "cp1252", "fr"),
    ],
)
@pytest.mark.parametrize("declared", ["x-klingon", "utf-8", "us-ascii"])
def test_an_encoding_that_is_not_the_declared_one_is_guessed(
    title, encoding, language, declared
) -> None:
    body = a_feed(f"{title}</title><language>{language}</language><title>", encoding, declared)
    parsed = parse(body)
    assert parsed.title == title
    assert parsed.warning is not None
    assert parsed.warning.code == "wrong_charset"


def test_the_declaration_counts_where_the_server_names_no_known_encoding() -> None:
    body = a_feed(RUSSIAN, "cp1251", "windows-1251")
    assert parse(body, "text/xml; charset=none").title == RUSSIAN


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_wide_encodings_need_no_mark(encoding: str) -> None:
    assert parse(a_feed(TITLE, encoding, "utf-16")).title == TITLE


@pytest.mark.parametrize(
    ("title", "encoding"),
    [
        ("台北市政府今天宣布新的科技政策", "big5"),
        ("새로운 휴대전화가 서울에서 공개되었다", "euc-kr"),
        ("הטלפון החדש הוצג בתל אביב היום. מחירו אלף שקלים, והוא יימכר בכל החנויות בארץ", "cp1255"),
        ("الهاتف الجديد في القاهرة اليوم", "cp1256"),
        ("โทรศัพท์ใหม่เปิดตัวในกรุงเทพฯ", "cp874"),
    ],
)
def test_a_script_tells_the_encoding_where_nothing_is_declared(title: str, encoding: str) -> None:
    assert parse(a_feed(title, encoding, None)).title == title
