"""A post's text as a tree of nodes, built anew so that nothing of a feed is pasted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.format.limits import is_costly, may_hold_address
from bot.format.rich import is_rich
from bot.format.twitter import extract_urls_with_indices
from bot.models.basics import Platform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models.posts import Post

# Bot API, "HTML style": tag -> kind of node; a custom emoji shows the plain one in it.
_KINDS = {
    "a": "link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strike",
    "strike": "strike",
    "del": "strike",
    "code": "code",
    "pre": "pre",
    "blockquote": "quote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    # Of rich messages ("Rich HTML style"): their lines stand apart already.
    "h3": "heading",
    "h4": "heading",
    "details": "details",
    "summary": "summary",
    "li": "item",
    "footer": "italic",
}
_AROUND_LINES = ("ul", "tg-collage")  # each stands on a line that nobody sees
_DEEPEST = 20  # levels; deeper ones show as plain text
_MOST_SHOWN = 32  # characters of an address that X shows
# Both platforms colour these; a word joiner breaks them, as it does there.
_SPECIAL = re.compile(r"https?://[^\s<>\"]+|(?<![\w/&])[#@＃＠]\w+")


@dataclass(slots=True)
class Node:
    """A piece of text (`kind` "text"), or a frame around others.

    Kinds: text, bold, italic, underline, strike, code, pre, quote, folded (a quotation that opens
    on a tap), spoiler, tag, link, heading, details, summary, item, picture. `href` is an http(s)
    address, of a link or a picture, None also for one that leads elsewhere.
    """

    kind: str
    text: str = ""
    href: str | None = None
    children: list[Node] = field(default_factory=list)


def nodes_of(post: Post) -> list[Node]:
    """Return the text of `post` as its readers see it."""
    return nodes_of_text(post.platform, post.text)


def nodes_of_text(platform: Platform, text: str) -> list[Node]:
    """Return the text of a post on `platform` as its readers see it."""
    if platform is Platform.TELEGRAM:
        return _telegram(text)
    if platform is Platform.X:
        return _x(text)
    return [Node("text", text)]


def web_link(address: str | None) -> str | None:
    """Return `address` where it is an http(s) address with a host, else None."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and parts.netloc else None


def text_of(nodes: list[Node]) -> str:
    """Return the text alone."""
    return "".join(node.text + text_of(node.children) for node in nodes)


def pictures_of(post: Post) -> list[str]:
    """Return the addresses of the pictures that readers of `post` see, in their order."""
    if post.platform is Platform.TELEGRAM and is_rich(post.text):
        return list(_pictures(nodes_of(post)))
    return [one.url for one in post.pictures]


def _pictures(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        if node.kind == "picture" and node.href:
            yield node.href
        yield from _pictures(node.children)


class _EntityParser(HTMLParser):
    """Builds nodes from the tags that Telegram knows; the text of all others stays text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root")
        self._open: list[tuple[str, Node]] = [("", self.root)]
        self._drops_break = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._drops_break = tag in _AROUND_LINES
        href = web_link(dict(attrs).get("src" if tag == "img" else "href"))
        if tag == "img" and href is not None:
            self._open[-1][1].children.append(Node("picture", href=href))
        elif tag in _KINDS and len(self._open) <= _DEEPEST:
            is_folded = tag == "blockquote" and "expandable" in dict(attrs)
            node = Node("folded" if is_folded else _KINDS[tag], href=href)
            self._open[-1][1].children.append(node)
            self._open.append((tag, node))

    def handle_endtag(self, tag: str) -> None:
        self._drops_break = tag in _AROUND_LINES
        if self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        parent = self._open[-1][1]
        inside = {"link", "code", "pre"} & {_KINDS.get(tag) for tag, _ in self._open}
        data = data.removeprefix("\n") if self._drops_break else data
        self._drops_break = False
        parent.children += [Node("text", data)] if inside else _specials(data)


def _telegram(markup: str) -> list[Node]:
    parser = _EntityParser()
    parser.feed(markup)
    parser.close()
    return parser.root.children


def text_around(nodes: list[Node]) -> str:
    """Return the text without lines that are empty because a picture or a list stood there."""
    return re.sub(r"\n{3,}", "\n\n", text_of(nodes)).strip()


def _x(text: str) -> list[Node]:
    nodes: list[Node] = []
    place = 0
    for start, end in _addresses(text):
        nodes += _specials(text[place:start])
        address = text[start:end]
        href = address if "://" in address else f"https://{address}"
        nodes.append(Node("link", href=web_link(href), children=[Node("text", _shown(address))]))
        place = end
    return nodes + _specials(text[place:])


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield where X sees addresses; a text that is costly to read shows the written ones only."""
    if may_hold_address(text) and not is_costly(text):
        for found in extract_urls_with_indices(text):
            yield found["indices"][0], found["indices"][1]


def _shown(address: str) -> str:
    bare = re.sub(r"(?i)^https?://(www\.)?", "", address)
    return bare if len(bare) <= _MOST_SHOWN else bare[: _MOST_SHOWN - 1] + "…"


def _specials(text: str) -> list[Node]:
    """Split `text` at addresses, hashtags and mentions."""
    nodes: list[Node] = []
    place = 0
    for found in _SPECIAL.finditer(text):
        nodes.append(Node("text", text[place : found.start()]))
        word = [Node("text", found[0])]
        is_address = found[0][0] not in "#@＃＠"
        href = web_link(found[0]) if is_address else None
        nodes.append(Node("link" if is_address else "tag", href=href, children=word))
        place = found.end()
    nodes.append(Node("text", text[place:]))
    return [node for node in nodes if node.children or node.text]
