"""What the page of feeds changes: the file, by the functions of `newsbot feeds`, and pauses."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.collect.addresses import public_url
from bot.errors import NewsbotError, UsageError
from bot.models.basics import FeedId
from bot.operate.browser.file_edits import file_of, followed, to_paste
from bot.operate.browser.html import render
from bot.operate.browser.now import pause, resume
from bot.operate.feeds.configfile import block
from bot.operate.feeds.discovery import is_file
from bot.operate.feeds.feedlist import add_feed, feed_at, new_entry, remove_feed
from bot.operate.feeds.offers import about
from bot.operate.feeds.opml import write_opml
from bot.operate.preview.markup import nodes_of
from bot.operate.rewriting import NotWritable
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.config import Config
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Action, Fields, Visitor
    from bot.operate.feeds.looks import Offer
    from bot.operate.preview.markup import Node
    from bot.operate.preview.previews import Preview

_MOST: Final = 5
"""Feeds of a site that are shown with their newest items as posts."""
_POSTS: Final = 3
_FOUND_WITHIN: Final = 50.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A feed that was found; `taken` is the id that it has in the file already."""

    offer: Offer
    about: str
    shown: str
    taken: str | None
    posts: Sequence[tuple[str, list[Node]]]


async def find(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Show the feeds of an address with their newest items as posts; nothing is changed."""
    asked, config = form.get("url", "").strip(), newsroom.config
    if not asked:
        raise UsageError(newsroom.words.phrase("Paste the address of a feed or of a site."))
    if is_file(asked, config.base_dir):
        raise UsageError(
            told("{asked} is a file: add it with `newsbot feeds add FILE`", asked=asked)
        )
    channels = _channels(form, config)
    try:
        async with asyncio.timeout(_FOUND_WITHIN):
            found = await newsroom.fetching.discover(config, asked)
            if found.reason is not None:
                raise NewsbotError(found.reason.text)
            offers = found.offers[:_MOST]
            posts = await _posts(newsroom, offers, channels)
    except TimeoutError:
        raise NewsbotError(
            told(
                "{asked} did not answer within {found_within} seconds",
                asked=public_url(asked),
                found_within=f"{_FOUND_WITHIN:.0f}",
            )
        ) from None
    return render(
        "found",
        config.language,
        asked=asked,
        channels=channels,
        name=form.get("name", ""),
        candidates=[
            Candidate(
                offer=offer,
                about=about(offer, config.timezone),
                shown=public_url(offer.url),
                taken=feed_at(config, offer.url),
                posts=[
                    (one.channel.id, nodes_of(one.post)) for one in previews if one.post is not None
                ][:_POSTS],
            )
            for offer, previews in zip(offers, posts, strict=True)
        ],
    )


async def _posts(
    newsroom: Newsroom, offers: Sequence[Offer], channels: Sequence[str]
) -> list[list[Preview]]:
    """Return the newest posts of each feed, as they would be with it in the file."""
    file, feeds = await file_of(newsroom), []
    for offer in offers:
        try:
            entry = new_entry(file.config, offer.url, name=None, channels=channels, cwd=Path("/"))
            config = await asyncio.to_thread(file.with_feeds, [entry])
            feeds.append(config.feeds[FeedId(str(entry["id"]))])
        except UsageError:
            taken = feed_at(file.config, offer.url)
            feeds.append(file.config.feeds[FeedId(str(taken))])
    return await newsroom.fetching.previews(newsroom.config, feeds, _POSTS)


async def add(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Write a feed into the file, and wait until the service has it."""
    file, url, name = await file_of(newsroom), form.get("url", "").strip(), form.get("name") or None
    channels, before = _channels(form, file.config), file.config
    if "://" not in url:
        raise UsageError(newsroom.words.phrase("Paste the address of a feed or of a site."))
    try:
        id_ = await asyncio.to_thread(
            add_feed, file, url, name=name, channels=channels, cwd=Path("/")
        )
    except NotWritable as error:
        entry = new_entry(file.config, url, name=name, channels=channels, cwd=Path("/"))
        lines = "\n".join(block(entry))
        return _paste(newsroom, str(error), lines)
    said = newsroom.words.phrase("added {name}", name=id_)
    return await followed(newsroom, said, lambda config: id_ in config.feeds, before=before)


async def remove(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Cut a feed out of the file, and wait until the service has done without it."""
    file, name = await file_of(newsroom), form.get("name", "")
    before = file.config
    if form.get("sure") != "yes":
        raise UsageError(newsroom.words.phrase("Tick the box: {name} is to be removed.", name=name))
    try:
        await asyncio.to_thread(remove_feed, file, name)
    except NotWritable as error:
        return _paste(
            newsroom, told("{why}; take the entry of {name} out yourself", why=error, name=name), ""
        )
    said = newsroom.words.phrase("removed {name}", name=name)
    return await followed(newsroom, said, lambda config: name not in config.feeds, before=before)


def _paste(newsroom: Newsroom, why: str, lines: str) -> str:
    return to_paste(newsroom, why, lines, newsroom.config.path, back="../feeds")


def _channels(form: Fields, config: Config) -> list[str]:
    """Return the channels that the form names, separated by spaces; none is the usual ones."""
    named = form.get("channels", "").split()
    unknown = [one for one in named if one not in config.channels]
    if unknown:
        raise UsageError(told("there is no channel {name}", name=unknown[0]))
    return named


async def export(newsroom: Newsroom) -> tuple[str, bytes]:
    """Return the list of feeds as OPML, without passwords and keys."""
    text, _ = write_opml(newsroom.config.feeds.values())
    return "text/x-opml", text.encode()


ACTIONS: Final[Mapping[str, Action]] = {
    "find": find,
    "add": add,
    "remove": remove,
    "pause": pause,
    "resume": resume,
}
