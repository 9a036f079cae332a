"""Item -> article: the entry of a feed, cleaned into the text that a post is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.format.blocks import read_blocks, read_title
from bot.format.body import body_of, size_of
from bot.format.boilerplate import CUT_MARK
from bot.format.clip import best_clip
from bot.format.headline import made_title, sentence_case, without_name, without_rubric
from bot.format.image import best_image, further_images
from bot.format.lead import lead_paragraphs
from bot.format.limits import cut_text
from bot.format.links import web_address
from bot.format.removal import removals_of
from bot.format.repeats import NO_REPEATS
from bot.format.source import MOST_SOURCE, name_parts, source_name
from bot.format.text import fold, is_seen, one_line
from bot.models.stories import Article

if TYPE_CHECKING:
    from bot.format.repeats import Repeats
    from bot.models.feeds import Item, ParsedFeed
    from bot.models.settings import Feed

MOST_TITLE = 300
MOST_CATEGORIES = 20
MOST_AUTHOR = 200


def write_article(
    item: Item, feed: Feed, parsed: ParsedFeed, *, link: str | None, repeats: Repeats = NO_REPEATS
) -> Article:
    """Return `item` as an article; `link` is its address without tracking parameters.

    `repeats` are left out, and the phrases that the operator removes. Never raises for any
    item. An item without a title gets the first sentence of its text for one, or else its
    source's name.
    """
    address = web_address(link)
    source = source_name(feed.name, parsed.title)
    language = one_line(item.language or parsed.language or feed.language)[:35]
    names = {fold(name) for name in (source, *name_parts(source), _host(address)) if name}
    removals = removals_of(feed.remove, feed.cut_after)
    stated = removals.title(read_title(item.title))
    title = without_rubric(without_name(cut_text(stated, MOST_TITLE, len), names))
    title = _seen(title)
    repeated = frozenset(repeats.lines)
    summary = removals.blocks(read_blocks(item.summary))
    content = removals.blocks(read_blocks(item.content))
    told = lead_paragraphs(summary, content, title, repeated)
    paragraphs = tuple(one.text for one in told)
    bodies = (body_of(text, title, repeated, feed.body) for text in (summary, content))
    if not title:
        title, paragraphs = made_title(paragraphs)
    source = source or _host(address)
    title = _seen(title) or _seen(source) or CUT_MARK
    title = sentence_case(title, language.lower().partition("-")[0], paragraphs)
    images = [each for each in item.images if each.url not in repeats.images]
    image = best_image(images, title=title)
    return Article(
        title=title,
        paragraphs=paragraphs,
        origins=tuple(one.origin for one in told[len(told) - len(paragraphs) :]),
        link=address,
        source="" if fold(title) == fold(source) else source,  # said once
        published=item.published,
        categories=categories_of(item),
        hashtags=feed.hashtags,
        image=image,
        clip=best_clip(item.clips),
        comments=web_address(item.comments),
        language=language,
        author=read_title(item.author)[:MOST_AUTHOR],
        body=max(bodies, key=size_of),
        pictures=further_images(images, image, title=title),
    )


def _seen(text: str) -> str:
    return text if is_seen(text) else ""


def left_out_by_operator(item: Item, feed: Feed) -> tuple[str, ...]:
    """Return the pieces of the item's texts that `remove` and `cut_after` of its feed take out."""
    if not feed.remove and not feed.cut_after:
        return ()
    removals = removals_of(feed.remove, feed.cut_after)
    texts = (read_blocks(item.summary), read_blocks(item.content))
    found = (piece for blocks in texts for piece in removals.left_out(blocks))
    return tuple(dict.fromkeys(filter(None, found)))


def categories_of(item: Item) -> tuple[str, ...]:
    """Return the names of the item's categories as clean text."""
    names = (read_title(name) for name in item.categories[:MOST_CATEGORIES])
    return tuple(dict.fromkeys(name for name in names if name))


def _host(address: str | None) -> str:
    host = urlsplit(address).hostname if address else None
    return cut_text((host or "").removeprefix("www."), MOST_SOURCE, len)
