"""A fetched document -> its feed; where it is a web page, the reason names the feed of the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.collect.addresses import public_url
from bot.collect.discover.links import links_of_page
from bot.collect.parse import parse_feed
from bot.models.feeds import FetchedPage, FetchFailed
from bot.models.reasons import ReasonCode
from bot.wording import told

if TYPE_CHECKING:
    from bot.models.feeds import FetchedFeed, ParsedFeed


def feed_or_page(fetched: FetchedFeed, language: str | None = None) -> ParsedFeed | FetchFailed:
    """Return as `parse_feed` does. Raises nothing."""
    parsed = parse_feed(fetched, language)
    if not isinstance(parsed, FetchFailed) or parsed.reason.code != ReasonCode.HTML_PAGE:
        return parsed
    page = FetchedPage(url=fetched.url, body=fetched.body, content_type=fetched.content_type)
    named = [link for link in links_of_page(page).named if link != fetched.url]
    if not named:
        return parsed
    text = told(
        "{why}; the page names a feed: {named}", why=parsed.reason.text, named=public_url(named[0])
    )
    return replace(parsed, reason=replace(parsed.reason, text=text))
