"""One entry as feedparser understood it -> one Item."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from bot.collect.addresses import absolute_address
from bot.collect.parse.clips import clips_of
from bot.collect.parse.dates import parse_date
from bot.collect.parse.images import (
    base_in_html,
    image,
    images_in_html,
    is_picture,
    without_repetitions,
)
from bot.collect.parse.repair import AUTHOR, STATED_TEXT
from bot.collect.parse.values import (
    author_of,
    categories_of,
    html_of,
    html_of_text,
    id_of,
    language_of,
    text_of,
)
from bot.models.feeds import Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.collect.parse.dates import DateStyle
    from bot.models.feeds import Image

_PAGE_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_HTML_TYPES: Final = _PAGE_TYPES | {"", "text/plain", STATED_TEXT}
# How HTML looks that an Atom feed has in a text without a type: it should be text (RFC 4287 3.1.1).
_MARKUP: Final = re.compile(r"\s*<[a-zA-Z!]|.*?(?:</[a-zA-Z]|<[a-zA-Z]+\s[^<>]*=)", re.DOTALL)
# "an@example.org (Nguyễn An)" is how RSS names its authors.
_MAILBOX: Final = re.compile(r"^\s*\S{1,200}@\S{1,200}\s+\(([^()]{1,200})\)\s*$")
_ORIGINAL_LINKS: Final = ("feedburner_origlink", "pheedo_origlink")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The properties of a feed that all of its entries share.

    `base` resolves relative addresses; `home` is the page of the whole feed.
    """

    base: str
    home: str | None
    is_atom: bool
    dates: DateStyle


def item_of(entry: dict[str, Any], source: Source) -> Item:
    """Return the Item of a plain dict with feedparser's names."""
    link = _link(entry, source)
    title = _stated(entry, "title", source)
    contents = list(_contents(entry, source))
    content = max((text for text, _ in contents), key=len, default="")
    summary = _summary(entry, content, source)
    published, updated, created = (
        parse_date(entry.get(name), entry.get(f"{name}_parsed"), style=source.dates)
        for name in ("published", "updated", "created")
    )
    return Item(
        id=id_of(entry.get("id"), link, title, content or summary),
        link=link,
        title=title,
        summary=summary,
        content=content,
        published=published or updated or created,
        updated=updated,
        categories=categories_of(_categories(entry)),
        images=without_repetitions(_images(entry, summary, contents, source.base)),
        comments=_comments(entry, source.base),
        language=language_of(entry.get("language")) or _detail_language(entry),
        author=author_of(_authors(entry)),
        clips=clips_of(_files(entry), source.base, entry.get("itunes_duration")),
    )


def date_texts(entry: dict[str, Any]) -> Iterator[object]:
    """Yield the dates of an entry as they are written."""
    yield from (entry.get("published"), entry.get("updated"))


def dicts(value: object) -> Iterator[dict[str, Any]]:
    """Yield the dicts of a list: an element with a telling name can put anything in its place."""
    if isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                yield dict(one)


def _link(entry: dict[str, Any], source: Source) -> str | None:
    """Return the article's address: that before a proxy, the link, an id that is one, a file's.

    feedparser turns any guid into the link, so "1234" is no address here, "/1234" is.
    """
    base, permalink = source.base, bool(entry.get("guidislink"))
    original = (absolute_address(entry.get(name), base) for name in _ORIGINAL_LINKS)
    stated = None if permalink else absolute_address(entry.get("link"), base)
    link = (
        next(filter(None, original), None)
        or stated
        or _alternate(entry, base, _PAGE_TYPES)
        or (_permalink(entry.get("id"), base) if permalink or entry.get("link") == "" else None)
        or _alternate(entry, base, None)
        or _enclosure(entry, base)
    )
    if link and "x-permalink" in entry and _is_home(link, source.home):
        return _permalink(entry.get("id"), base) or link
    return link


def _permalink(guid: object, base: str) -> str | None:
    return absolute_address(guid, base if text_of(guid).startswith("/") else "")


def _is_home(link: str, home: str | None) -> bool:
    """Tell whether the feed's own page stands where an article's should."""
    parts = urlsplit(link)
    page = parts.path.strip("/") + parts.query + parts.fragment
    return not page or link.rstrip("/") == (home or "").rstrip("/")


def _enclosure(entry: dict[str, Any], base: str) -> str | None:
    """Return the address of an episode's file."""
    files = (
        absolute_address(link.get("href"), base)
        for link in dicts(entry.get("links"))
        if link.get("rel") == "enclosure" and not is_picture(link)
    )
    return next(filter(None, files), None)


def _alternate(entry: dict[str, Any], base: str, types: frozenset[str] | None) -> str | None:
    """Return the first alternate link of one of `types`, of any type where None."""
    for link in dicts(entry.get("links")):
        if link.get("rel") == "alternate" and (types is None or link.get("type") in types):
            address = absolute_address(link.get("href"), base)
            if address is not None:
                return address
    return None


def stated_html(value: object, detail: object, *, is_atom: bool) -> str:
    """Return `value` as HTML: `detail` tells whether it is that or text."""
    kind = dict(detail).get("type") if isinstance(detail, dict) else None
    if kind == STATED_TEXT:
        return html_of_text(value)
    is_text = is_atom and kind == "text/plain" and not _MARKUP.match(text_of(value))
    return html_of_text(value) if is_text else html_of(value)


def _stated(entry: dict[str, Any], name: str, source: Source) -> str:
    return stated_html(entry.get(name), entry.get(f"{name}_detail"), is_atom=source.is_atom)


def _contents(entry: dict[str, Any], source: Source) -> Iterator[tuple[str, str]]:
    """Yield HTML and base address of each content that is text."""
    for detail in dicts(entry.get("content")):
        if str(detail.get("type") or "") in _HTML_TYPES:
            html = stated_html(detail.get("value"), detail, is_atom=source.is_atom)
            yield html, text_of(detail.get("base"))


def _summary(entry: dict[str, Any], content: str, source: Source) -> str:
    """Return the summary; feedparser repeats the content there if the feed has none."""
    summary = _stated(entry, "summary", source)
    summary = summary or html_of(entry.get("media_caption"))
    return "" if summary == content else summary


def _categories(entry: dict[str, Any]) -> Iterator[object]:
    for tag in dicts(entry.get("tags")):
        if tag.get("scheme") != AUTHOR:
            yield tag.get("label") or tag.get("term")


def _authors(entry: dict[str, Any]) -> Iterator[object]:
    for tag in dicts(entry.get("tags")):
        if tag.get("scheme") == AUTHOR:
            yield _MAILBOX.sub(r"\1", text_of(tag.get("term")))


def _images(
    entry: dict[str, Any], summary: str, contents: list[tuple[str, str]], base: str
) -> Iterator[Image]:
    yield from filter(None, _attached_images(entry, base))
    yield from images_in_html(summary, base_in_html(summary, base))
    for text, own_base in contents:
        yield from images_in_html(
            text, base_in_html(text, absolute_address(own_base, base) or base)
        )


def _attached_images(entry: dict[str, Any], base: str) -> Iterator[Image | None]:
    for media in dicts(entry.get("media_content")):
        if is_picture(media):
            size = (media.get("width"), media.get("height"))
            yield image(media.get("url"), base, "media", size=size)
    for link in dicts(entry.get("links")):
        if link.get("rel") == "enclosure" and is_picture(link):
            yield image(link.get("href"), base, "enclosure")
    for media in dicts(entry.get("media_thumbnail")):
        size = (media.get("width"), media.get("height"))
        yield image(media.get("url"), base, "thumbnail", size=size)
    cover = entry.get("image")
    if isinstance(cover, dict):
        yield image(dict(cover).get("href"), base, "thumbnail")


def _files(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the files of an entry that are no pictures."""
    yield from (one for one in dicts(entry.get("media_content")) if not is_picture(one))
    for link in dicts(entry.get("links")):
        if link.get("rel") == "enclosure" and not is_picture(link):
            yield {"url": link.get("href"), "type": link.get("type")}


def _comments(entry: dict[str, Any], base: str) -> str | None:
    """Return the comments page: RSS <comments>, or Atom's rel="replies" (RFC 4685)."""
    stated = absolute_address(entry.get("comments"), base)
    if stated is not None:
        return stated
    for link in dicts(entry.get("links")):
        if link.get("rel") == "replies" and "xml" not in str(link.get("type") or "text/html"):
            return absolute_address(link.get("href"), base)
    return None


def _detail_language(entry: dict[str, Any]) -> str | None:
    detail = entry.get("title_detail")
    return language_of(dict(detail).get("language")) if isinstance(detail, dict) else None
