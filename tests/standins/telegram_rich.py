"""Rich HTML -> blocks as Telegram answers them, with its refusals (Bot API 10.3, "Rich HTML style").

Only what the documentation names is taken. Texts of refusals are those that live servers gave.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from tests.standins.telegram_checks import bad_request, wrong_url

if TYPE_CHECKING:
    from tests.standins.telegram_checks import ApiError

MOST_TEXT, MOST_BLOCKS, DEEPEST, MOST_MEDIA = 32_768, 500, 16, 50
_INLINE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "mark": "marked",
    "sub": "subscript",
    "sup": "superscript",
    "tg-spoiler": "spoiler",
    "a": "url",
}
_HEADINGS = {f"h{size}": size for size in range(1, 7)}
_TEXTS = {"p": "paragraph", "pre": "pre", "footer": "footer", "aside": "pullquote"}
_LISTS = {"ul", "ol"}
_HOLDERS = {"details": "details", "blockquote": "blockquote", "tg-collage": "collage"}
_HOLDERS |= {"tg-slideshow": "slideshow"}
_OTHERS = {"li", "summary", "img", "hr", "br", "figure", "figcaption", "cite"}
_BLOCKS = {*_HEADINGS, *_TEXTS, *_LISTS, *_HOLDERS, "img", "hr", "figure"}
_KNOWN = {*_INLINE, *_BLOCKS, *_OTHERS}
_VOID = {"img", "hr", "br"}
_ENTITY = re.compile(r"&(?!#\d+;|#x[0-9a-fA-F]+;)([a-zA-Z]+);")
_NAMED = {
    "lt",
    "gt",
    "amp",
    "quot",
    "apos",
    "nbsp",
    "hellip",
    "mdash",
    "ndash",
    "lsquo",
    "rsquo",
    "ldquo",
    "rdquo",
}


def rich_blocks(source: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the blocks, and the addresses of the pictures in them. Raises ApiError."""
    if unknown := {name for name in _ENTITY.findall(source) if name not in _NAMED}:
        raise _unreadable(f"unsupported named entities {sorted(unknown)}")
    reader = _Reader()
    reader.feed(source)
    reader.close()
    if len(reader.open) > 1:
        raise _unreadable(f'can\'t find end tag corresponding to start tag "{reader.open[-1].tag}"')
    if reader.deepest > DEEPEST:
        raise bad_request("RICH_MESSAGE_DEPTH_INVALID")
    writer = _Blocks()
    blocks = writer.all_of(reader.root, [*reader.root.children])
    for count, most, what in (
        (reader.length, MOST_TEXT, "TEXT_TOO_LONG"),
        (writer.count, MOST_BLOCKS, "BLOCKS_TOO_MANY"),
        (len(writer.media), MOST_MEDIA, "MEDIA_TOO_MANY"),
    ):
        if count > most:
            raise bad_request(f"RICH_MESSAGE_{what}")
    return blocks, writer.media


def _unreadable(what: str) -> ApiError:
    return bad_request(f"can't parse rich message: {what}")


def _no_content() -> ApiError:
    return bad_request("RICH_MESSAGE_CONTENT_REQUIRED")


@dataclass
class _Node:
    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[_Node | str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node("")
        self.open = [self.root]
        self.length = self.deepest = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _KNOWN:
            raise _unreadable(f'unsupported start tag "{tag}"')
        node = _Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)
            self.deepest = max(self.deepest, len(self.open) - 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if len(self.open) == 1 or self.open[-1].tag != tag:
            raise _unreadable(f'unmatched end tag "{tag}"')
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)
        self.length += len(data)


class _Blocks:
    """Makes blocks of nodes; counts them, and keeps the media."""

    def __init__(self) -> None:
        self.count = 0
        self.media: list[str] = []

    def all_of(self, holder: _Node, nodes: list[_Node | str]) -> list[dict[str, Any]]:
        blocks = [self._block(node) for node in nodes if not isinstance(node, str)]
        loose = "".join(node for node in nodes if isinstance(node, str)).strip()
        if loose or not blocks:
            if not loose or holder.tag not in {"li", "details", "blockquote"} or blocks:
                raise _no_content()
            blocks = [{"type": "paragraph", "text": loose}]
        return blocks

    def _block(self, node: _Node) -> dict[str, Any]:
        tag = node.tag
        self.count += 1
        if tag in _HEADINGS:
            return {"type": "heading", "size": _HEADINGS[tag], "text": _text(node)}
        if tag in _TEXTS:
            return {"type": _TEXTS[tag], "text": _text(node)}
        if tag == "hr":
            return {"type": "divider"}
        if tag == "img":
            return self._photo(node)
        if tag in _LISTS:
            return {"type": "list", "items": [self._item(one) for one in _elements(node, "li")]}
        if tag == "figure":
            return self._photo(_elements(node, "img")[0])
        if tag in _HOLDERS:
            return self._holder(node)
        raise _unreadable(f'"{tag}" is no block')

    def _photo(self, node: _Node) -> dict[str, Any]:
        url = node.attributes.get("src") or ""
        if not url.startswith(("http://", "https://")) or wrong_url(url):
            raise bad_request("wrong HTTP URL specified")
        self.media.append(url)
        size = {"file_id": url, "file_unique_id": url, "width": 800, "height": 450}
        return {"type": "photo", "photo": [size]}

    def _item(self, node: _Node) -> dict[str, Any]:
        self.count += 1
        if any(isinstance(one, str) or one.tag in _INLINE for one in node.children):
            return {"label": "•", "blocks": [{"type": "paragraph", "text": _text(node)}]}
        return {"label": "•", "blocks": self.all_of(node, node.children)}

    def _holder(self, node: _Node) -> dict[str, Any]:
        found: dict[str, Any] = {"type": _HOLDERS[node.tag]}
        rest = list(node.children)
        if node.tag == "details":
            summary = next((one for one in rest if _is(one, "summary")), None)
            if not isinstance(summary, _Node):
                raise _no_content()
            rest.remove(summary)
            found["summary"] = _text(summary)
        return {**found, "blocks": self.all_of(node, rest)}


def _is(node: _Node | str, tag: str) -> bool:
    return isinstance(node, _Node) and node.tag == tag


def _elements(node: _Node, tag: str) -> list[_Node]:
    """Return the children, all of which must be `tag`, at least one."""
    found = [one for one in node.children if isinstance(one, _Node)]
    if not found or any(one.tag != tag for one in found):
        raise _no_content()
    return found


def _text(node: _Node) -> Any:
    """Return the RichText of an element, whose white space a browser would fold."""
    parts = [_inline(one, is_kept=node.tag == "pre") for one in node.children]
    if not _letters(parts).strip():
        raise _no_content()
    return parts[0] if len(parts) == 1 else parts


def _inline(node: _Node | str, *, is_kept: bool) -> Any:
    if isinstance(node, str):
        return node if is_kept else re.sub(r"\s+", " ", node)
    if node.tag == "br":
        return "\n"
    if node.tag not in _INLINE:
        raise _no_content()  # a block inside a paragraph
    text = [_inline(one, is_kept=is_kept) for one in node.children]
    found: dict[str, Any] = {"type": _INLINE[node.tag], "text": text[0] if len(text) == 1 else text}
    if node.tag == "a":
        url = node.attributes.get("href") or ""
        if "://" not in url or wrong_url(url):
            raise bad_request("RICH_MESSAGE_URL_INVALID")
        found["url"] = url
    return found


def _letters(text: Any) -> str:
    if isinstance(text, dict):
        return _letters(text["text"])
    return text if isinstance(text, str) else "".join(map(_letters, text))
