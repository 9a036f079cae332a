"""HTML -> blocks of clean text: the paragraphs, headings and list items that a browser would show.

Never builds a tree, so that nesting of any depth costs nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from bot.format.code import without_code, without_shortcodes
from bot.format.text import MAX_TEXT, clean, decode_again, one_line, word_set

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["text", "heading", "item", "code"]

_DROPPED = word_set(
    """
    script style iframe noscript noembed object embed applet form button select textarea input nav
    figcaption svg math audio video canvas template head title rp rt map dialog footer aside
    """
)
_INSIDE_TEXT = frozenset(("script", "style", "noscript", "svg", "math", "template"))
_NOTE_MARKS = frozenset(("sup", "a"))
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("li", "dt", "dd"), "item"),
}
_BLOCKS = word_set(
    """
    address article aside blockquote body center details dd div dl dt fieldset figure footer h1 h2
    h3 h4 h5 h6 header hr li main ol p pre section summary table tbody td tfoot th thead tr ul
    """
)
_QUOTE = "blockquote"
_TERM = "dt"  # what the next item explains
# Elements that no title is about: always markup.
_NEVER_MEANT = frozenset(("a", "p", "div", "span", "font"))
# Class names under which sites and plug-ins put things around the article.
_BOILERPLATE_CLASSES = word_set(
    """
    share sharing sharedaddy share-buttons social social-share addthis_toolbox a2a_kit
    jp-relatedposts related related-posts relatedposts yarpp comments comment-box feedflare
    mf-viral newsletter newsletter-signup advertisement wp-caption-text caption image-caption
    photo-caption credit photo-credit author byline author-box rating ratings tags post-tags
    breadcrumb breadcrumbs screen-reader-text sr-only visually-hidden toc table-of-contents
    medium-feed-snippet-link caption_en media-caption c-caption pcaption video-caption
    mwc-video-caption
    """
)
_HIDDEN = re.compile(r"(?i)display\s*:\s*none|visibility\s*:\s*hidden")
# The number of a note, and the arrow that leads back from it, as generators of pages name them; one
# in brackets is known by them.
_NOTE = re.compile(r"(?i)(?:^|\s)(?:fn-?ref|fnr\d|footnote|_ftnref)")
# A message of a commit or a mail, whose lines a browser would wrap as those of any other text.
_WRAPS = re.compile(r"(?i)white-space\s*:\s*pre-(?:wrap|line)")
_VOID = word_set("area base br col embed hr img input link meta param source track wbr")
# Markup that was escaped once too often: a closing tag of a common element, a picture, or a line
# break where a line may end. "Use <br> or <img> for that" is about them.
_ESCAPED_MARKUP = re.compile(
    r"(?i)</(?:p|a|div|span|strong|em|ul|li|h[1-6]|table)>|<img\s[^<>]{0,500}="
    r"|(?:[.!?…\"”’)»]\s{0,9}|[\w>])<br\b"
)
# A block that begins so was meant as markup in any surroundings: an article that is about
# HTML begins with words.
_BEGINS_AS_MARKUP = re.compile(r"\s*<(?:!--|(?:div|p|span|table|img)\s[^<>]*=)")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*|/)?)>")
_TAG_OR_LESS = re.compile(f"{_TAG.pattern}|<")
# A parameter of an address, or a sum: "&copy=3" is no sign of copyright.
_PARAMETER = re.compile(r"&(?=[a-zA-Z][a-zA-Z0-9]{0,40}=)")
_NOT_CONTENT = re.compile(r"<!\[CDATA\[|\]\]>|<!--[^<]*?-->")
# Text may be wrapped: a line that goes on in small letters is no line of its own.
_WRAPPED = re.compile(r"(?<=[\w,;)])\n(?=(\w))")
# Enough for any lead: the rest of the article is not looked at.
_ENOUGH = 12_000


@dataclass(frozen=True, slots=True)
class Block:
    """One block of text; single line breaks stay in it.

    `linked` characters stand in links; a `quoted` one stands in a quotation of its own.
    """

    text: str
    kind: Kind = "text"
    linked: int = 0
    quoted: bool = False


@dataclass(slots=True)
class _Collector:
    """A parser target (lxml) that collects blocks and passes over everything but text."""

    blocks: list[Block] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    kind: Kind = "text"
    keeps_lines: bool = False
    linked: int = 0
    in_links: int = 0
    in_quotes: int = 0
    skipping: str = ""
    depth: int = 0
    size: int = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self.skipping:
            self.depth += tag == self.skipping
        elif tag not in _VOID and _is_dropped(tag, attributes):
            if tag not in _INSIDE_TEXT | _NOTE_MARKS:
                self._break()
            self.skipping, self.depth = tag, 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag in _BLOCKS:
            self._begin(tag, attributes)
            self.in_quotes += tag == _QUOTE
        elif tag == "a":
            self.in_links += 1

    def end(self, tag: str) -> None:
        if self.skipping:
            self.depth -= tag == self.skipping
            if not self.depth:
                self.skipping = ""
        elif tag in _BLOCKS:
            if tag == _TERM and self.parts and not self.parts[-1].rstrip().endswith(":"):
                self.parts.append(":")
            self._break()
            self.in_quotes = max(0, self.in_quotes - (tag == _QUOTE))
        elif tag == "a":
            self.in_links = max(0, self.in_links - 1)

    def data(self, text: str) -> None:
        if self.skipping:
            return
        # Outside <pre> a line break in the source is a space.
        self.parts.append(text if self.keeps_lines else text.replace("\n", " "))
        self.size += len(text)
        if self.in_links:
            self.linked += len(text)
        if self.size > _ENOUGH:
            self.skipping, self.depth = "everything that follows", 1

    def close(self) -> list[Block]:
        self._break()
        return self.blocks

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._break()
        is_code = tag == "pre" and not _WRAPS.search(attributes.get("style", ""))
        self.kind = "code" if is_code else _KINDS.get(tag, "text")
        self.keeps_lines = tag == "pre"

    def _break(self) -> None:
        if self.parts:
            self._add("".join(self.parts))
        self.parts, self.kind, self.keeps_lines, self.linked = [], "text", False, 0

    def _add(self, text: str) -> None:
        pieces = [clean(text)] if self.kind == "code" else _pieces(text)
        is_quoted = self.in_quotes > 0
        self.blocks.extend(
            Block(piece, self.kind, self.linked, is_quoted) for piece in pieces if piece
        )


def _pieces(text: str) -> list[str]:
    """Split text that is no code at its empty lines."""
    cleaned = clean(without_code(text))
    return re.split(r"\n\s*\n", _unwrapped(cleaned)) if "\n" in cleaned else [cleaned]


def _is_dropped(tag: str, attributes: Mapping[str, str]) -> bool:
    if tag in _DROPPED or "hidden" in attributes or _HIDDEN.search(attributes.get("style", "")):
        return True
    said = f"{attributes.get('class', '')} {attributes.get('id', '')}"
    if tag in _NOTE_MARKS and _NOTE.search(f"{said} {attributes.get('rel', '')}"):
        return True
    names = said.lower().split()
    return tag not in {"body", "html"} and not _BOILERPLATE_CLASSES.isdisjoint(names)


def read_blocks(markup: str) -> list[Block]:
    """Return the blocks of text in `markup`, which may be plain text, broken or hostile."""
    return list(_read(markup[:MAX_TEXT]))


# A text is read for its lead, for its language and for what its neighbours repeat.
@lru_cache(maxsize=32)
def _read(markup: str) -> tuple[Block, ...]:
    markup = without_shortcodes(markup)
    blocks = _parsed(markup)
    if not _TAG.search(markup) and any(_ESCAPED_MARKUP.search(block.text) for block in blocks):
        return tuple(_parsed("\n".join(block.text for block in blocks)))
    return tuple(each for block in blocks for each in _decoded(block))


def _decoded(block: Block) -> list[Block]:
    if block.kind != "code" and _BEGINS_AS_MARKUP.match(block.text):
        return _parsed(block.text)
    text = decode_again(block.text)
    if text == block.text:
        return [block]
    cleaned = clean(text) if block.kind == "code" else clean(without_code(text))
    return [replace(block, text=cleaned)] if cleaned else []


def _parsed(markup: str) -> list[Block]:
    if "<" not in markup and "&" not in markup:
        return [Block(piece) for piece in _pieces(markup) if piece]
    # Commands that show titles start without it: most titles have no markup.
    from lxml import etree  # noqa: PLC0415

    parser = etree.HTMLParser(target=_Collector(), encoding="utf-8")
    markup = _PARAMETER.sub("&amp;", markup[:MAX_TEXT])
    # A leading element keeps the parser from dropping a document that has none.
    parser.feed(f"<div>{markup}".encode(errors="ignore"))
    blocks: list[Block] = parser.close()
    return blocks


def _unwrapped(text: str) -> str:
    return _WRAPPED.sub(lambda at: " " if at[1].islower() else "\n", text)


def read_title(markup: str) -> str:
    """Return a title as one line of text.

    A feed's title may be text or markup, and nothing says which: a tag that is closed again is
    markup ("a <b>big</b> day"), any other is a word of the title ("Using <video> well").
    """
    raw = markup[:5_000]
    raw = _NOT_CONTENT.sub("", raw)
    closed = {name.lower() for slash, name, _ in _TAG.findall(raw) if slash}
    text = _TAG_OR_LESS.sub(
        lambda tag: tag[0] if _is_markup(tag, closed) else f"&lt;{tag[0][1:]}", raw
    )
    if "<" not in text and "&" not in text:
        return one_line(text)
    return one_line(decode_again(" ".join(block.text for block in _parsed(text))))


def _is_markup(tag: re.Match[str], closed: set[str]) -> bool:
    name = (tag[2] or "").lower()
    return name in closed or name in _VOID or name in _NEVER_MEANT or "=" in (tag[3] or "")
