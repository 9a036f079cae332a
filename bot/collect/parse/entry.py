"""One entry as feedparser understood it -> one Item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.collect.addresses import web_address
from bot.collect.parse.dates import parse_date
from bot.collect.parse.images import image, images_in_html, is_picture, without_repetitions
from bot.collect.parse.values import categories_of, id_of, language_of, text_of
from bot.models.feeds import Item

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.models.feeds import Image

_PAGE_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_HTML_TYPES: Final = _PAGE_TYPES | {"", "text/plain"}


def item_of(entry: dict[str, Any], base: str, *, vietnamese: bool) -> Item:
    """Return the Item of a plain dict with feedparser's names; `base` resolves relative links."""
    link = _link(entry, base)
    title = text_of(entry.get("title"))
    contents = list(_contents(entry))
    content = max((text for text, _ in contents), key=len, default="")
    summary = _summary(entry, content)
    published = _date(entry, "published", vietnamese=vietnamese)
    updated = _date(entry, "updated", vietnamese=vietnamese)
    return Item(
        id=id_of(entry.get("id"), link, title, content or summary),
        link=link,
        title=title,
        summary=summary,
        content=content,
        published=published or updated or _date(entry, "created", vietnamese=vietnamese),
        updated=updated,
        categories=categories_of(_categories(entry)),
        images=without_repetitions(_images(entry, summary, contents, base)),
        comments=_comments(entry, base),
        language=language_of(entry.get("language")) or _detail_language(entry),
    )


def dicts(value: object) -> Iterator[dict[str, Any]]:
    """Yield the dicts of a list: an element with a telling name can put anything in its place."""
    if isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                yield dict(one)


def _link(entry: dict[str, Any], base: str) -> str | None:
    """Return the article's address: the link, else an id that is one by itself.

    feedparser turns a guid into the link whatever it is, so "1234" is no address here, "/1234" is.
    """
    permalink = bool(entry.get("guidislink"))
    stated = None if permalink else web_address(entry.get("link"), base)
    return (
        stated
        or _alternate(entry, base, _PAGE_TYPES)
        or (_permalink(entry.get("id"), base) if permalink or entry.get("link") == "" else None)
        or _alternate(entry, base, None)
    )


def _permalink(guid: object, base: str) -> str | None:
    return web_address(guid, base if text_of(guid).startswith("/") else "")


def _alternate(entry: dict[str, Any], base: str, types: frozenset[str] | None) -> str | None:
    """Return the first alternate link of one of `types`, of any type where None."""
    for link in dicts(entry.get("links")):
        if link.get("rel") == "alternate" and (types is None or link.get("type") in types):
            address = web_address(link.get("href"), base)
            if address is not None:
                return address
    return None


def _contents(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield text and base address of each content that is text."""
    for detail in dicts(entry.get("content")):
        if str(detail.get("type") or "") in _HTML_TYPES:
            yield text_of(detail.get("value")), text_of(detail.get("base"))


def _summary(entry: dict[str, Any], content: str) -> str:
    """Return the summary; feedparser repeats the content there if the feed has none."""
    summary = text_of(entry.get("summary")) or text_of(entry.get("media_caption"))
    return "" if summary == content else summary


def _date(entry: dict[str, Any], name: str, *, vietnamese: bool) -> datetime | None:
    return parse_date(entry.get(name), entry.get(f"{name}_parsed"), vietnamese=vietnamese)


def _categories(entry: dict[str, Any]) -> Iterator[object]:
    for tag in dicts(entry.get("tags")):
        yield tag.get("label") or tag.get("term")


def _images(
    entry: dict[str, Any], summary: str, contents: list[tuple[str, str]], base: str
) -> Iterator[Image]:
    yield from filter(None, _attached_images(entry, base))
    yield from images_in_html(summary, base)
    for text, own_base in contents:
        yield from images_in_html(text, web_address(own_base, base) or base)


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


def _comments(entry: dict[str, Any], base: str) -> str | None:
    """Return the comments page: RSS <comments>, or Atom's rel="replies" (RFC 4685)."""
    stated = web_address(entry.get("comments"), base)
    if stated is not None:
        return stated
    for link in dicts(entry.get("links")):
        if link.get("rel") == "replies" and "xml" not in str(link.get("type") or "text/html"):
            return web_address(link.get("href"), base)
    return None


def _detail_language(entry: dict[str, Any]) -> str | None:
    detail = entry.get("title_detail")
    return language_of(dict(detail).get("language")) if isinstance(detail, dict) else None
