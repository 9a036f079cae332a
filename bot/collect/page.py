"""An article's page -> what it says of the article. Pure, and safe on whatever a server sends."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from lxml import etree, html

from bot.collect.addresses import web_address
from bot.collect.parse.images import pixels
from bot.models.feeds import Image, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models.feeds import FetchedPage

_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_HEAD: Final = 4_096  # the charset stands in the first kilobyte (HTML, "determining the encoding")
_MOST_TEXT: Final = 6_000
_MOST_JSON: Final = 300_000
_MOST_NODES: Final = 500
_MOST_TAGS: Final = 12_000  # trafilatura takes quadratic time; real pages have some thousands
_ENDS: Final = re.compile(r"""(?<!\.)[.!?。！？؟।]["'”’»)]*$""")
_REAL: Final = 60  # characters: a shorter description is a slogan
_ARTICLE: Final = re.compile(r"(?:Article|BlogPosting|Report|Review)$")
# What reading a hostile page with trafilatura may end in; with it the page is only worth less.
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


def read_page(fetched: FetchedPage, link: str) -> Page:
    """Return what the page at `link` says of its article; an empty Page where it is another's.

    The description is Open Graph's, else that of its JSON-LD article, else the meta element's.
    The text is looked for only where that is no whole sentence. Raises nothing.
    """
    source = _decoded(fetched)
    tree = _tree(source)
    if tree is None:
        return Page()
    metas = _metas(tree)
    if _is_front_page(tree, metas, fetched.url, link):
        return Page()
    article = _json_article(tree)
    description = metas.get("og:description") or _text(article.get("description"))
    description = description or metas.get("twitter:description") or metas.get("description") or ""
    is_enough = len(description) >= _REAL and _ENDS.search(description.strip())
    text = "" if is_enough else _text(article.get("articleBody")) or _main_text(source)
    return Page(
        description=description[:_MOST_TEXT],
        text=text[:_MOST_TEXT],
        image=_image(metas, article, fetched.url),
    )


def _decoded(fetched: FetchedPage) -> str:
    """Read the bytes as UTF-8 if they are that, whatever they claim, else as they claim."""
    body = fetched.body.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        stated = _CHARSET.search(fetched.content_type.encode()) or _CHARSET.search(body[:_HEAD])
        try:
            return body.decode(stated[1].decode("ascii") if stated else "cp1252", "replace")
        except (LookupError, UnicodeError):  # no such charset
            return body.decode("utf-8", "replace")


def _tree(source: str) -> Any:
    try:
        # As bytes: lxml refuses text with an encoding declaration in it.
        parser = html.HTMLParser(encoding="utf-8")
        return html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None


def _metas(tree: Any) -> Texts:
    found: Texts = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or ""
        content = (meta.get("content") or "").strip()
        if content:
            found.setdefault(name.strip().lower(), content)
    return found


def _is_front_page(tree: Any, metas: Texts, url: str, link: str) -> bool:
    """Tell whether the server sent its front page for an article that it has no more."""
    canonical = next(
        (each.get("href") for each in tree.iter("link") if each.get("rel") == "canonical"), None
    )
    addresses = (url, canonical or "", metas.get("og:url", ""))
    return bool(_path(link)) and any(
        web_address(address) is not None and not _path(address) for address in addresses
    )


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.path.strip("/") + parts.query


def _json_article(tree: Any) -> dict[str, Any]:
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
            if any(_ARTICLE.search(str(kind)) for kind in _several(node.get("@type"))):
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


def _several(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _image(metas: Texts, article: dict[str, Any], base: str) -> Image | None:
    named = metas.get("og:image") or metas.get("og:image:url") or metas.get("og:image:secure_url")
    if named:
        size = (metas.get("og:image:width"), metas.get("og:image:height"))
        return _page_image(named, base, size)
    stated = next(iter(_several(article.get("image"))), None)
    if isinstance(stated, dict):
        return _page_image(stated.get("url"), base, (stated.get("width"), stated.get("height")))
    return _page_image(stated or metas.get("twitter:image"), base, (None, None))


def _page_image(url: object, base: str, size: tuple[object, object]) -> Image | None:
    address = web_address(url, base)
    if address is None:
        return None
    return Image(url=address, width=pixels(size[0]), height=pixels(size[1]), source="page")


def _main_text(source: str) -> str:
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
