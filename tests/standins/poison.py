"""Documents that once took minutes or gigabytes, each with the cause in its name."""

from __future__ import annotations

import gzip

_DC = "http://purl.org/dc/elements/1.1/"
_ITUNES = "http://www.itunes.com/DTDs/Podcast-1.0.dtd"


def rss(inside: str, *, head: str = "", spaces: str = "") -> bytes:
    return (
        f"{head}<rss version='2.0'{spaces}><channel><title>t</title>"
        f"<item><title>T</title><guid>1</guid>{inside}</item></channel></rss>"
    ).encode()


def _categories(name: str, count: int = 20_000) -> str:
    return "".join(f"<{name}>c{number}</{name}>" for number in range(count))


def _attributes(template: str) -> str:
    return " ".join(template.format(number) for number in range(50_000))


_XML = "<?xml version='1.0'?>"
_ENTITY = f"<!DOCTYPE r [<!ENTITY a '{'x' * 900}'>]>"
_LONG = "a" * 41
_CATEGORIES = _categories("category")

DOCUMENTS: dict[str, bytes] = {
    "line breaks": rss("", head=_XML + "\n" * 120_000),
    "comments before the root": rss("", head=_XML + "\n<!-- -->" * 40_000),
    "commas": rss(f"<description>{',' * 60_000}</description>"),
    "JSON with NUL": b"{\0" * 500_001,
    "JSON with NUL at odd length": b"{\0" + b"a\0" * 500_000 + b"x",
    "JSON too deep": b'{"items":' + b"[" * 500_000,
    "JSON too deep in an item": b'{"version":"https://jsonfeed.org/version/1","items":['
    + b'{"a":' * 100_000,
    "entities": gzip.compress(rss(f"<title>{'&a;' * 400_000}<b>", head=_ENTITY)),
    "references": gzip.compress(rss(f"<title>{'&#65;' * 1_000_000}<b>")),
    "punycode": b"<?xml version='1.0' encoding='punycode'?>"
    + rss(f"<description>{'aé' * 200_000}</description>"),
    "author": rss(f"<author>{'a' * 20_000}</author>"),
    "attributes": rss(f"<a {_attributes('a{}=' + repr('1'))}>x</a>"),
    "attributes, malformed": rss(f"<a {_attributes('a{}=' + repr('1'))}>x</b>"),
    "attributes without quotes": rss(f"<a {_attributes('a{}=1')}>x</b>"),
    "attributes after a quoted bracket": rss(f"<a b='>' {_attributes('a{}=' + repr('1'))}>x</a>"),
    "tags with CDATA": rss("".join(f"<tags><![CDATA[</]]>c{n}</tags>" for n in range(20_000))),
    "tags around categories": rss(f"<tags>{'<![CDATA[</b>]]>' + _CATEGORIES}</tags>"),
    "tags with comments": rss(f"<tags>{''.join(f'<!-- </ -->c{n},' for n in range(20_000))}</tags>"),
    "keywords with CDATA": rss(
        f"<i:keywords>{''.join(f'k{n},<![CDATA[</]]>' for n in range(20_000))}</i:keywords>",
        spaces=f" xmlns:i='{_ITUNES}'",
    ),
    "long prefix": rss(_categories(f"{_LONG}:subject"), spaces=f" xmlns:{_LONG}='{_DC}'"),
    "prefix beyond ASCII": rss(_categories("é:subject"), spaces=f" xmlns:é='{_DC}'"),
    "UTF-16": rss(_CATEGORIES).decode().encode("utf-16"),
    "EBCDIC": rss(_CATEGORIES, head="<?xml version='1.0' encoding='cp037'?>").decode().encode("cp037"),
    "ISO-2022-JP": rss("日本" + _CATEGORIES, head="<?xml version='1.0' encoding='iso-2022-jp'?>")
    .decode()
    .encode("iso-2022-jp"),
    "nested": rss("<a>" * 50_000 + "</a>" * 50_000),
    "sections": rss(f"<description>{'<![CDATA[' * 20_000}"),
    "empty gzip members": gzip.compress(b"") * 200_000,
}  # fmt: skip
