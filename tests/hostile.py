"""Feeds as a hostile publisher writes them, by a seed: RSS, Atom and JSON Feed full of mischief.

    for document in documents(seed=1, count=1_000):
        parse_feed(FetchedFeed(url=document.url, body=document.body, ...))

They attack the reader of a post: signs that turn around, join, stack or hide, domains glued to other
scripts, mentions, commands, markup within entities within markup. Documents that attack time and
memory are not made here.
"""

from __future__ import annotations

import html
import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FEED_URL = "https://feed.example.org/rss.xml"

_CALLS = (
    "@here", "@name", "@all", "＠name", "@@name", "rt@name", "RT:@name", "đ@name", "/start", "/ban@bot", "／start", "/r/python", "and/or", "24/7",
    "#MeToo", "#tag", "＃tag", "$TAG", "C# 14", "a.b@c.vn", "x@y", "@", "/", "#", "https://medium.com/@name/x", "http://@here", "http://u:p@a.vn/x", "https://a-.com/@here",
    "https://a.vn:99999/@here", "x.http://a.vn/@here", "v1.2/https://a.vn/@here",
)  # fmt: skip
_HOSTS = (
    "node.io", "example.com", "t.co", "t.co/abcdefgh", "www.a.vn", "a.b.c.d.e.vn", "foo.music", "xn--80ak6aa92e.com", "пример.рф", "例子.中国", "münchen.de",
    "مثال.مصر", "a-.com", "x_y.com", "a..b.com", "-a.com", "1.2.3.4", "1.io", "3.5", "U.S.", "TP.HCM", "PGS.Trần", "foo.comfort", "a.vn:8080/x?y=1#z",
    "ſ.ſe", "K.Kr", "a．com", "a。com", "a｡com", "http://", "https://a.vn/x", "HTTPS://A.VN", "//a.vn/x", "ftp://a.vn", "tg://resolve?domain=x", 'http://".com',
    "http://localhost/x", "https://x.unknown/y", "javascript:alert(1)",
)  # fmt: skip
_SCRIPTS = (
    "Tiếng Việt", "Đây là một câu dài hơn.", "مرحبا", "عرب", "שלום", "नमस्ते", "क्षत्रि", "ข่าว", "中文。", "。", "日本語", "한국", "می\u200cخواهم", "ﷺ", "İıſß",
    "e\u0301", "đ\u0323\u0302", "x" + "\u0301" * 30, "\u0301", "Å", "ﬁ",
)  # fmt: skip
_EMOJI = (
    "😀", "👨\u200d👩\u200d👧\u200d👦", "👍🏽", "🇻🇳", "🇻", "🇽🇽", "☕\ufe0f", "1\ufe0f\u20e3", "#\u20e3", "❤️\u200d🔥", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\u200d", "\ufe0f", "\U0001f3fd", "\U000e0061", "🫱🏻\u200d🫲🏿", "©", "™",
)  # fmt: skip
_INVISIBLE = (
    "\u202e", "\u202d", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e", "\u3164", "\u00a0", "\u2028",
    "\u0085", "\x1f", "\x7f", "\ue000", "\ufffe", "\ufdd0", "\U000f0000",
)  # fmt: skip
_MARKUP = (
    "<b>", "</b>", "</a>", "<a href='https://evil.com/@x'>", '<a href="javascript:x">', "<script>@here</script>", "<i", ">", "<", "&", '"', "'", "<br>", "<p>",
    "</p>", "<!--", "-->", "]]>", "<![CDATA[", "<tg-spoiler>", "<pre>", "{{ title }}", "{% raw %}", "[a](http://b.vn)", "`", "*_~", "\\",
)  # fmt: skip
_ENTITIES = (
    "&amp;", "&lt;", "&#64;name", "&#x2F;start", "&#46;com", "&commat;here", "&sol;start", "&period;io", "&amp;#64;name", "&amp;amp;lt;b&amp;amp;gt;", "&#8238;", "&#xd800;",
    "&#0;", "&#99999999;", "&nbsp;", "&zwj;", "&nosuch;", "&#x40", "&NewLine;",
)  # fmt: skip
_KINDS = (_CALLS, _HOSTS, _SCRIPTS, _EMOJI, _INVISIBLE, _MARKUP, _ENTITIES)
_GLUE = ("", "", "", " ", " ", "\n", ".", "。", ",", "/", "-", "\u200d")
_LONG = (
    "x" * 90,
    "ﷺ" * 150,
    "Chữ " * 80,
    "中" * 150,
    "a." * 40,
    "🇻🇳" * 60,
    "node.io " * 30,
    "@name " * 30,
)


@dataclass(frozen=True, slots=True)
class Document:
    """A feed as it comes from the network."""

    seed: str
    """Makes it again: `document(seed)`."""
    body: bytes
    content_type: str
    url: str = FEED_URL


def documents(seed: int, count: int) -> Iterator[Document]:
    """Yield `count` documents, the same for the same `seed`."""
    return (document(f"{seed}-{number}") for number in range(count))


def document(seed: str) -> Document:
    """Return the document of `seed`."""
    chance = random.Random(seed)
    body, content_type = chance.choice((_rss, _rss, _atom, _json))(chance)
    if chance.random() < 0.03:  # lost bytes
        at = chance.randrange(len(body))
        body = body[:at] + bytes(chance.randrange(256) for _ in range(3)) + body[at + 3 :]
    return Document(seed, body, content_type)


def hostile_text(chance: random.Random, most: int = 12) -> str:
    """Return a text of up to `most` pieces, glued together or not."""
    pieces = []
    for _ in range(chance.randint(0, most)):
        kind = chance.choice(_KINDS)
        pieces += [chance.choice(kind), chance.choice(_GLUE)]
    if chance.random() < 0.1:
        pieces.insert(chance.randint(0, len(pieces)), chance.choice(_LONG))
    return "".join(pieces)


def _link(chance: random.Random) -> str:
    host = chance.choice(("a.vn", "bao.example.com", "عرب.com", "münchen.de", "127.0.0.1", "x.unknown", "u:p@a.vn"))  # fmt: skip
    path = hostile_text(chance, 3) if chance.random() < 0.5 else str(chance.randrange(10**6))
    return chance.choice((f"https://{host}/{path}", f"https://{host}/{path}", f"//{host}/{path}", path))  # fmt: skip


def _written(chance: random.Random, text: str) -> str:
    """Return `text` as XML holds it: escaped once or twice, in CDATA, or as it is."""
    text = "".join(char for char in text if char >= " " or char in "\n\t")
    how = chance.randrange(8)
    if how == 0:
        return text
    if how == 1:
        return html.escape(html.escape(text))
    if how < 4:
        return f"<![CDATA[{text.replace(']]>', '')}]]>"
    return html.escape(text)


def _elements(chance: random.Random, names: tuple[tuple[str, int], ...]) -> str:
    return "".join(
        f"<{name}>{_written(chance, hostile_text(chance, most))}</{name}>" for name, most in names
    )


def _rss(chance: random.Random) -> tuple[bytes, str]:
    items = "".join(
        f"<item>{_elements(chance, (('title', 8), ('description', 14), ('category', 2), ('author', 2)))}"
        f"<link>{_written(chance, _link(chance))}</link><guid>{number}</guid>"
        f"<comments>{_written(chance, _link(chance))}</comments>"
        f"<enclosure type='image/jpeg' url='{html.escape(_link(chance))}'/></item>"
        for number in range(chance.randint(1, 2))
    )
    text = f"<rss version='2.0'><channel>{_elements(chance, (('title', 3), ('language', 1)))}{items}</channel></rss>"
    return _encoded(chance, text, "application/rss+xml")


def _atom(chance: random.Random) -> tuple[bytes, str]:
    kind = chance.choice(("html", "text", "xhtml"))
    body = _written(chance, hostile_text(chance, 14))
    if kind == "xhtml":
        body = f"<div xmlns='http://www.w3.org/1999/xhtml'><p>{body}</p></div>"
    text = (
        f"<feed xmlns='http://www.w3.org/2005/Atom'>{_elements(chance, (('title', 3),))}<entry>"
        f"<id>1</id>{_elements(chance, (('title', 8), ('summary', 6)))}"
        f"<category term='{html.escape(hostile_text(chance, 2))}'/>"
        f"<link href='{html.escape(_link(chance))}'/><content type='{kind}'>{body}</content></entry></feed>"
    )
    return _encoded(chance, text, "application/atom+xml")


def _encoded(chance: random.Random, text: str, content_type: str) -> tuple[bytes, str]:
    encoding = chance.choice(("utf-8",) * 8 + ("utf-16",))
    declared = f"<?xml version='1.0' encoding='{encoding}'?>{text}"
    return declared.encode(encoding, "surrogatepass"), f"{content_type}; charset={encoding}"


def _json(chance: random.Random) -> tuple[bytes, str]:
    def text(most: int) -> str:
        lone = chance.choice(("", "", "", "\ud83d", "\udc00"))
        return hostile_text(chance, most) + lone

    make: tuple[tuple[str, Callable[[], object]], ...] = (
        ("id", lambda: "1"),
        ("url", lambda: _link(chance)),
        ("title", lambda: text(8)),
        ("content_html", lambda: text(14)),
        ("content_text", lambda: text(6)),
        ("tags", lambda: [text(2), text(2)]),
        ("image", lambda: _link(chance)),
        ("language", lambda: text(1)),
    )
    item = {name: made() for name, made in make if chance.random() < 0.85}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": text(3), "items": [item]}
    is_escaped = chance.random() < 0.5
    return json.dumps(feed, ensure_ascii=is_escaped).encode(
        "utf-8", "surrogatepass"
    ), "application/json"
