"""A page's markup: its metadata, its headings, the text that it shows. Safe on hostile pages."""

from __future__ import annotations

import codecs
import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from lxml import etree, html

from bot.collect.addresses import absolute_address
from bot.collect.parse.charset import encoding_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models.feeds import FetchedPage

_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_HEAD: Final = 4_096  # the charset stands in the first kilobyte (HTML, "determining the encoding")
_MOST_JSON: Final = 300_000
_MOST_NODES: Final = 500
_MOST_TAGS: Final = 12_000  # trafilatura takes quadratic time; real pages have some thousands
_MOST_ATTRIBUTES: Final = 2_000  # of one tag: libxml2 compares each of them with all others
_VALUE: Final = re.compile(r"""=\s{0,9}(?:"[^"]*"|'[^']*')""")
_RAW: Final = ("script", "style")
_MOST_SHOWN: Final = 20_000  # characters
_MOST_HEADINGS: Final = 8
_LONGEST_HEADING: Final = 400  # characters
_NOT_SHOWN: Final = frozenset(  # but form: a whole page may stand in one
    [
        "a",
        "head",
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "header",
        "footer",
        "aside",
        "button",
        "select",
        "svg",
        "iframe",
        "title",
    ]
)
_ARTICLE: Final = re.compile(r"(?:Article|BlogPosting|Report|Review)$")
# Errors of trafilatura on hostile pages; such a page is only worth less.
_EXTRACTION_ERRORS: Final = (
    etree.LxmlError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

Texts = dict[str, str]


def decoded(fetched: FetchedPage) -> str:
    """Return the bytes as UTF-8 if they are that in spite of their claim, else as they claim."""
    body = fetched.body.removeprefix(codecs.BOM_UTF8)
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        stated = _CHARSET.search(fetched.content_type.encode()) or _CHARSET.search(body[:_HEAD])
        label = stated[1].decode("ascii", "replace") if stated else "windows-1252"
        return body.decode(encoding_named(label) or "utf-8", "replace")


def tree_of(source: str) -> Any:
    """Return the document, None where there is none, or where reading it would take minutes."""
    if _has_too_many_attributes(source):
        return None
    try:
        # As bytes: lxml refuses text with an encoding declaration in it.
        parser = html.HTMLParser(encoding="utf-8")
        return html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None


def _has_too_many_attributes(source: str) -> bool:
    raw_end = ""
    for piece in _VALUE.sub("= ", source).split("<"):
        if raw_end and not piece[:7].lower().startswith(raw_end):
            continue  # scripts compare by "<", too
        raw_end = next((f"/{name}" for name in _RAW if piece[:6].lower().startswith(name)), "")
        tag = piece.partition(">")[0]
        if len(tag.replace("/", " ").split(None, _MOST_ATTRIBUTES)) > _MOST_ATTRIBUTES:
            return True
    return False


def metas_of(tree: Any) -> Texts:
    """Return the meta elements: the first of each name or property."""
    found: Texts = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or ""
        content = (meta.get("content") or "").strip()
        if content:
            found.setdefault(name.strip().lower(), content)
    return found


def base_of(tree: Any, url: str) -> str:
    """Return the base of the page's relative addresses (HTML, "document base URL")."""
    stated = next((base.get("href") for base in tree.iter("base") if base.get("href")), None)
    return absolute_address(stated, url) or url


def headings_of(tree: Any, metas: Texts, article: dict[str, Any]) -> Iterator[str]:
    """Yield the page's titles, in its metadata and on it."""
    stated = (metas.get("og:title"), metas.get("twitter:title"), text_of(article.get("headline")))
    written = (
        "".join(islice(element.itertext(), _MOST_NODES))
        for element in islice(tree.iter("title", "h1"), _MOST_HEADINGS)
    )
    for text in (*stated, *written):
        if text and (heading := " ".join(text[:_LONGEST_HEADING].split())):
            yield heading


def shown_text(tree: Any) -> str:
    """Return the text of the page's body that stands in no link, menu or script."""
    parts: list[str] = []
    size = 0
    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        if event == "start" and element.tag in _NOT_SHOWN:
            walker.skip_subtree()
        text = element.tail if event == "end" else _own_text(element)
        if text:
            parts.append(text)
            size += len(text)
        if size > _MOST_SHOWN:
            break
    return " ".join(" ".join(parts).split())[:_MOST_SHOWN]


def _own_text(element: Any) -> str | None:
    return None if element.tag in _NOT_SHOWN else element.text


def json_article(tree: Any) -> dict[str, Any]:
    """Return the article that the page's JSON-LD describes (schema.org), {} if it does not."""
    for script in tree.iter("script"):
        content = script.text or ""
        if script.get("type") != "application/ld+json" or len(content) > _MOST_JSON:
            continue
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(document):
            if any(_ARTICLE.search(str(kind)) for kind in several(node.get("@type"))):
                return node
    return {}


def _nodes(document: object) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-LD document, breadth first and bounded."""
    waiting = [document]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting += node[:_MOST_NODES]
        elif isinstance(node, dict):
            yield node
            waiting += [node.get("@graph"), node.get("mainEntity")]


def several(value: object) -> list[object]:
    """Return the values of a JSON-LD property, which may be one or a list."""
    return value if isinstance(value, list) else [value]


def text_of(value: object) -> str:
    """Return the text of a JSON-LD property, "" where it is none."""
    return value.strip() if isinstance(value, str) else ""


def main_text(source: str) -> str:
    """Return the article's paragraphs, apart by empty lines."""
    if source.count("<") > _MOST_TAGS:
        return ""
    import trafilatura  # noqa: PLC0415  # half a second to load, and most polls need no page

    try:
        text = trafilatura.extract(
            source, fast=True, favor_precision=True, include_comments=False, include_tables=False
        )
    except _EXTRACTION_ERRORS:
        return ""
    return "\n\n".join((text or "").split("\n"))
