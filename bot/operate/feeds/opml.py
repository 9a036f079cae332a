"""OPML, in which feed readers exchange their lists (http://opml.org/spec2.opml)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from lxml import etree

from bot.collect.addresses import secret_parts
from bot.collect.parse.charset import settle_encoding
from bot.collect.parse.repair import well_formed
from bot.errors import NewsbotError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bot.models.settings import Feed

_MOST_BYTES = 10_000_000
_LONGEST_TITLE = 200


class Outline(NamedTuple):
    """One feed of the list; the title is one line of text, None where there is none."""

    url: str
    title: str | None


def read_opml(path: Path) -> list[Outline]:
    """Return the feeds of an OPML file, those in folders too. Raises NewsbotError if it is none.

    Entities are not expanded, and nothing is fetched.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise NewsbotError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > _MOST_BYTES:
        raise NewsbotError(
            f"{path} is larger than {_MOST_BYTES // 1_000_000} MB, which no list of feeds is"
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(_mended(content), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NewsbotError(f"{path} is not XML: {error}") from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise NewsbotError(
            f"{path} declares entities, which no list of feeds needs; it is not read"
        )
    if etree.QName(root).localname.lower() != "opml":
        raise NewsbotError(f"{path} is not OPML: it begins with <{etree.QName(root).localname}>")
    return list(_outlines(root))


def _mended(content: bytes) -> bytes:
    """Return the document in UTF-8 without the faults of programs that write lists.

    They leave ampersands bare, use HTML's "&nbsp;", and begin with an empty line.
    """
    return well_formed(settle_encoding(content.lstrip(), "").body.lstrip())


def _outlines(root: etree._Element) -> Iterator[Outline]:
    for element in root.iter(etree.Element):
        if etree.QName(element).localname.lower() != "outline":
            continue
        given = {name.lower(): value for name, value in element.attrib.items()}
        if url := given.get("xmlurl", "").strip():
            yield Outline(url, _title(given.get("title") or given.get("text") or ""))


def _title(text: str) -> str | None:
    shown = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.split())[:_LONGEST_TITLE].strip() or None


def write_opml(feeds: Iterable[Feed]) -> tuple[str, list[str]]:
    """Return OPML 2.0 of the feeds on the web, and notes on those that are left out.

    Passwords stay here: the list is made to be given away.
    """
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "newsbot"
    body = etree.SubElement(root, "body")
    notes = []
    for feed in feeds:
        if feed.is_local:
            notes.append(f"{feed.id} is left out: it is a local file")
            continue
        url = _without_login(feed.url)
        if secret_parts(url):
            notes.append(f"{feed.id} is left out: its address holds a key")
            continue
        if url != feed.url:
            notes.append(f"{feed.id} is written without its password")
        title = feed.name or str(feed.id)
        etree.SubElement(body, "outline", type="rss", text=title, title=title, xmlUrl=url)
    text = etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8")
    return text.decode(), notes


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return (
        urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        if "@" in parts.netloc
        else url
    )
