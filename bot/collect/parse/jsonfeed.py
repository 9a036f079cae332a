"""JSON Feed 1.0 and 1.1 (jsonfeed.org), tolerant of wrong types and of an end that is missing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from bot.collect.addresses import absolute_address, base_address
from bot.collect.parse.bounds import MAX_ITEMS
from bot.collect.parse.clips import clips_of
from bot.collect.parse.dates import DateStyle, are_numeric, parse_date, style_of
from bot.collect.parse.images import (
    base_in_html,
    image,
    images_in_html,
    is_picture,
    without_repetitions,
)
from bot.collect.parse.values import (
    author_of,
    categories_of,
    html_of,
    html_of_text,
    id_of,
    language_of,
    text_of,
)
from bot.models.basics import Reason
from bot.models.feeds import FetchedFeed, FetchFailed, Item, ParsedFeed
from bot.wording import marked, told, told_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models.feeds import Image

_VERSION: Final = "jsonfeed.org/version/"
_ITEMS: Final = re.compile(r'"items"\s*:\s*\[')
_HUB_TYPES: Final = frozenset({"websub", "pubsubhubbub"})
_MOST_HUBS: Final = 10
_BETWEEN: Final = re.compile(r"[\s,]*")


def parse_json(
    fetched: FetchedFeed, body: bytes, language: str | None = None
) -> ParsedFeed | FetchFailed:
    """Return the JSON Feed in `body`; "not_a_feed" if it is JSON of another kind or none."""
    document, warning = _load(body)
    if document is None or not _is_feed(document):
        reason = Reason(code="not_a_feed", text=marked("the document is JSON, but no JSON Feed"))
        return FetchFailed(reason=reason)
    address = base_address(fetched.url)
    home = absolute_address(document.get("home_page_url"), address)
    base = base_address(home or "") or address
    language = language or language_of(document.get("language"))
    items = _dicts(document.get("items"))
    if len(items) > MAX_ITEMS:
        warning = Reason(
            code="too_many_items",
            text=told("only the first {max_items} items are read", max_items=MAX_ITEMS),
        )
    texts = [entry.get(name) for entry in items for name in ("date_published", "date_modified")]
    style = style_of(language, texts)
    return ParsedFeed(
        title=html_of_text(document.get("title")),
        language=language,
        link=home,
        items=tuple(_item(entry, base, style) for entry in items[:MAX_ITEMS]),
        warning=warning,
        frame="" if are_numeric(texts) else repr((language, base, style)),
        links=_hub_links(document),
    )


def _hub_links(document: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return relation and address of the WebSub hubs and of the feed itself."""
    hubs = [
        ("hub", text_of(one.get("url")))
        for one in _dicts(document.get("hubs"))[:_MOST_HUBS]
        if text_of(one.get("type")).lower() in _HUB_TYPES
    ]
    own = text_of(document.get("feed_url"))
    return (*hubs, ("self", own)) if hubs and own else tuple(hubs)


def _is_feed(document: dict[str, Any]) -> bool:
    return _VERSION in text_of(document.get("version")) or isinstance(document.get("items"), list)


def _load(body: bytes) -> tuple[dict[str, Any] | None, Reason | None]:
    encoding, warning = json.detect_encoding(body), None
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        text = body.decode(encoding, "replace")
        warning = Reason(
            code="wrong_charset", text=marked("the feed is not valid UTF-8: it was repaired")
        )
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return _salvage(text)
    return (document, warning) if isinstance(document, dict) else (None, None)


def _salvage(text: str) -> tuple[dict[str, Any] | None, Reason | None]:
    """Read the whole items of a document that breaks off or is damaged further on."""
    start = _ITEMS.search(text)
    if start is None:
        return None, None
    items = list(_whole_items(text, start.end()))
    if not items:
        return None, None
    version = _VERSION if _VERSION in text[: start.start()].replace("\\/", "/") else ""
    warning = Reason(
        code="truncated",
        text=told(
            "the feed is damaged or ends in the middle: {what} read",
            what=told_count("{count} item", "{count} items", len(items)),
        ),
    )
    return {"version": version, "items": items}, warning


def _whole_items(text: str, position: int) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    for _ in range(MAX_ITEMS):
        between = _BETWEEN.match(text, position)
        position = between.end() if between else position
        try:
            entry, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        yield entry


def _item(entry: dict[str, Any], base: str, style: DateStyle) -> Item:
    link = _link(entry, base)
    title, summary = html_of_text(entry.get("title")), html_of_text(entry.get("summary"))
    content = html_of(entry.get("content_html")) or html_of_text(entry.get("content_text"))
    published = parse_date(entry.get("date_published"), style=style)
    updated = parse_date(entry.get("date_modified"), style=style)
    tags = entry.get("tags")
    return Item(
        id=id_of(_id(entry.get("id")), link, title, content or summary),
        link=link,
        title=title,
        summary=summary,
        content=content,
        published=published or updated,
        updated=updated,
        categories=categories_of(tags if isinstance(tags, list) else [tags]),
        images=without_repetitions(_images(entry, content, base)),
        clips=clips_of(_files(entry), base, None),
        comments=absolute_address(entry.get("comments_url"))
        or absolute_address(entry.get("comments")),
        language=language_of(entry.get("language")),
        author=author_of(one.get("name") for one in _authors(entry)),
    )


def _link(entry: dict[str, Any], base: str) -> str | None:
    """Return the item's page, else an id that is an address, else the file that it is about."""
    files = (one.get("url") for one in _dicts(entry.get("attachments")) if not _is_picture(one))
    return (
        absolute_address(entry.get("url"), base)
        or absolute_address(entry.get("external_url"), base)
        or absolute_address(entry.get("id"))
        or absolute_address(next(files, None), base)
    )


def _authors(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the authors; version 1.0 has one."""
    return _dicts(entry.get("authors")) or _dicts([entry.get("author")])


def _id(value: object) -> str | None:
    """Return an id as text: version 1.0 says that a number must be read as one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def _images(entry: dict[str, Any], content: str, base: str) -> Iterator[Image]:
    pictures = [one for one in _dicts(entry.get("attachments")) if _is_picture(one)]
    stated = [
        image(entry.get("image"), base, "media"),
        image(entry.get("banner_image"), base, "media"),
        *(image(one.get("url"), base, "enclosure") for one in pictures),
    ]
    yield from filter(None, stated)
    yield from images_in_html(content, base_in_html(content, base))


def _files(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in _dicts(entry.get("attachments")):
        if not _is_picture(one):
            length = one.get("duration_in_seconds")
            yield {"url": one.get("url"), "type": one.get("mime_type"), "duration": length}


def _is_picture(attachment: dict[str, Any]) -> bool:
    return is_picture({"type": attachment.get("mime_type"), "url": attachment.get("url")})


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
