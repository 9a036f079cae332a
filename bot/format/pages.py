"""Lead and picture of an article's page, where it is that article's page."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.format.blocks import read_blocks, read_title
from bot.format.body import body_of, is_short, size_of
from bot.format.boilerplate import CUT_MARK, is_wall
from bot.format.image import best_image, further_images, is_small
from bot.format.lead import (
    Paragraph,
    about_it,
    capped,
    is_good_lead,
    lead_paragraphs,
    says_little,
    whole_paragraphs,
)
from bot.format.links import web_address
from bot.format.removal import removals_of
from bot.format.repeats import NO_REPEATS
from bot.format.sentences import join_sentences, split_sentences
from bot.format.text import fold, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.format.blocks import Block
    from bot.format.repeats import Repeats
    from bot.models.feeds import Item, Page
    from bot.models.settings import Feed
    from bot.models.stories import Article, ArticlePart, Passage

# Editors change a headline after the feed was written: this share of its words must be there.
_SAME_HEADLINE = 0.6
# A headline of fewer words ("Chrome 150") must be there whole.
_FEW_WORDS = 4
# Letters of a text's beginning by which it is found on the page; fewer are no proof.
_BEGINNING = 60
_SHORTEST_BEGINNING = 24


def wants_page(article: Article, item: Item, feed: Feed) -> bool:
    """Tell whether the page of `article`, made of `item`, is to be read: `fetch_page` of the feed.

    "auto": when the feed gives no whole sentence that says something, or a short one only, no
    picture of some size, or less of the article itself than a channel shows.
    """
    if feed.fetch_page == "never" or article.link is None:
        return False
    is_poor = not is_good_lead(article.paragraphs) or not _has_large_image(article, item)
    is_poor = is_poor or says_little(article.paragraphs) or _lacks_body(article, feed)
    return feed.fetch_page == "always" or is_poor


def _has_large_image(article: Article, item: Item) -> bool:
    same = [image for image in item.images if web_address(image.url) == article.image]
    return article.image is not None and not all(map(is_small, same))


def is_page_of(page: Page, article: Article, item: Item) -> bool:
    """Tell whether `page` shows the headline of `article`, or the beginning of its own text.

    A consent wall, a log-in form, a challenge for robots and an apology show neither.
    """
    title = article.title if read_title(item.title) else ""
    if any(_is_headline(heading, title) for heading in page.headings):
        return True
    shown = fold(page.shown)
    return any(beginning in shown for beginning in _beginnings(article))


def _is_headline(heading: str, title: str) -> bool:
    wanted = set(words_of(title))
    there = len(wanted.intersection(words_of(read_title(heading))))
    least = 1 if len(wanted) < _FEW_WORDS else _SAME_HEADLINE
    return bool(wanted) and there >= least * len(wanted)


def _beginnings(article: Article) -> Iterator[str]:
    for text in (article.title, *article.paragraphs[:3]):
        said = fold(text.removesuffix(CUT_MARK))[:_BEGINNING]
        if len(said) >= _SHORTEST_BEGINNING:
            yield said


def with_page(
    article: Article, page: Page, item: Item, feed: Feed, repeats: Repeats = NO_REPEATS
) -> Article:
    """Return `article` with its page's lead, where it has no good one, and the best picture.

    The feed's text comes first: its editors wrote it to be read without the page. Where the feed
    cut it off, the page has the end of the sentence; a short one is followed by the page's text. A
    page that is not the article's (`is_page_of`) adds nothing. A longer text of the article itself
    counts, too, where a channel of `feed` shows it.
    """
    if not is_page_of(page, article, item):
        return article
    told = _told_with(article, page, feed, repeats)
    offered = item.images if page.image is None else (*item.images, page.image)
    images = [each for each in offered if each.url not in repeats.images]
    shown = best_image(images, title=article.title)
    return replace(
        article,
        paragraphs=tuple(one.text for one in told),
        origins=tuple(one.origin for one in told),
        image=shown,
        pictures=further_images(images, shown, title=article.title),
        body=_longer_body(article, page, feed, repeats),
    )


def _longer_body(article: Article, page: Page, feed: Feed, repeats: Repeats) -> tuple[Passage, ...]:
    if not feed.body:
        return article.body
    text, lines = _text_of(page, feed), frozenset(repeats.lines)
    return max(article.body, body_of(text, article.title, lines, feed.body), key=size_of)


def _text_of(page: Page, feed: Feed) -> list[Block]:
    markup = "".join(f"<p>{html.escape(line)}</p>" for line in page.text.splitlines() if line)
    text = [block for block in read_blocks(markup) if not is_wall(block.text)]
    return removals_of(feed.remove, feed.cut_after).blocks(text)


def _told_with(article: Article, page: Page, feed: Feed, repeats: Repeats) -> tuple[Paragraph, ...]:
    own = [*map(Paragraph, article.paragraphs, article.origins)]
    said = [" ".join(text.split()) for text in (page.description, page.text) if text]
    told = whole_paragraphs(own, said)
    texts = [one.text for one in told]
    is_good = is_good_lead(texts)
    if is_good and not says_little(texts):
        return capped(told)
    found = _paragraphs_of(page, article, feed, repeats)
    if is_good:
        more = [*_unsaid(found, told)]
        about = about_it([one.text for one in more], article.title, article.paragraphs)
        return capped([*told, *more[len(more) - len(about) :]] if about else told)
    return found if is_good_lead([one.text for one in found]) else capped(told) or found


def _paragraphs_of(
    page: Page, article: Article, feed: Feed, repeats: Repeats
) -> tuple[Paragraph, ...]:
    removals = removals_of(feed.remove, feed.cut_after)
    found = lead_paragraphs(
        removals.blocks(read_blocks(html.escape(page.description))),
        _text_of(page, feed),
        article.title,
        frozenset(repeats.lines),
    )
    return tuple(Paragraph(one.text, "page") for one in found)


def _unsaid(found: Iterable[Paragraph], told: Iterable[Paragraph]) -> Iterator[Paragraph]:
    """Yield the paragraphs without the sentences that are told already."""
    known = {fold(each) for one in told for each in split_sentences(one.text)}
    for one in found:
        new = [each for each in split_sentences(one.text) if fold(each) not in known]
        if new:
            yield Paragraph(join_sentences(new), one.origin)


def lacks_without_page(article: Article, feed: Feed) -> frozenset[ArticlePart]:
    """Return the parts that `article`, whose page was wanted and not read, may have got from it."""
    lacks: set[ArticlePart] = {"image"}
    if not is_good_lead(article.paragraphs):
        lacks.add("paragraphs")
    elif says_little(article.paragraphs):
        lacks.add("following")
    if _lacks_body(article, feed):
        lacks.add("body")
    return frozenset(lacks)


def _lacks_body(article: Article, feed: Feed) -> bool:
    return feed.body > 0 and is_short(article.body)
