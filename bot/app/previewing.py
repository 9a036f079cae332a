"""Fetches the feeds and pages of `preview`; sends nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.app.adapters import feed_fetcher, page_fetcher, picture_fetcher
from bot.app.enabled import template_of
from bot.clock import utc_now
from bot.errors import NewsbotError
from bot.models.pictures import Fetchable, Unfit, Uploadable
from bot.offload import child_processes
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from bot.config import Config
    from bot.models.feeds import Page
    from bot.models.pictures import Clip, Verdict
    from bot.models.settings import Channel, Feed
    from bot.operate.preview.looked_at import Looks
    from bot.operate.preview.previews import Preview, Read
    from bot.operate.preview.remembered import Remembered
    from bot.ports import PictureSource

    Wanted = Sequence[tuple[Feed, Sequence[Channel]]]

_PICTURES_AT_ONCE = 4


async def previews(
    config: Config,
    wanted: Wanted,
    environ: Mapping[str, str],
    *,
    limit: int,
    note: Callable[[str], None],
    images: bool = False,
) -> list[list[Preview]]:
    """Return the previews of each feed in its channels; all feeds are fetched side by side.

    With `images` the pictures are looked at, as the service does before it posts them. `note` is
    told why the decisions are those of a first run where the database cannot be read.
    """
    from bot.operate.preview.looked_at import wanted_media
    from bot.operate.preview.previews import Stage, render_previews, wanted_pages

    pairs = [(feed, {channel.id: channel for channel in channels}) for feed, channels in wanted]
    templates = {id_: template_of(one) for _, channels in pairs for id_, one in channels.items()}
    now = utc_now()
    reads = await read_feeds(config, [feed for feed, _ in pairs])
    recalled = await recall_all(config, wanted, reads, environ, note=note)
    links = [
        (feed, wanted_pages(feed, read, now, limit=limit))
        for (feed, _), read in zip(pairs, reads, strict=True)
    ]
    pages = await read_pages(config, links)
    stage = Stage(channels={}, templates=templates, now=now, accounts=config.accounts)

    def render(looks: Looks) -> list[list[Preview]]:
        return [
            render_previews(
                feed,
                read,
                replace(stage, channels=channels, looks=looks),
                limit=limit,
                pages=pages,
                remembered=remembered,
            )
            for (feed, channels), read, remembered in zip(pairs, reads, recalled, strict=True)
        ]

    found = render({})
    if not images:
        return found
    wanting = wanted_media(one for part in found for one in part)
    return render(await look_at(config, wanting))


async def look_at(config: Config, media: Mapping[str | Clip, Feed]) -> dict[str, Verdict]:
    """Fetch and decode pictures, and look at clips, of the feeds beside them.

    Return the verdicts by their address, of a clip only where no post can play it.
    """
    from bot.publish.pictures.source import CheckedPictures

    async with (
        child_processes() as offload,
        picture_fetcher(config) as fetcher,
        CheckedPictures(fetcher, offload) as source,
    ):
        turn = asyncio.Semaphore(_PICTURES_AT_ONCE)

        async def look(one: str | Clip, feed: Feed) -> Verdict | None:
            async with turn:
                return await _look(one, source, feed.allow_hosts)

        looks = await asyncio.gather(*(look(*one) for one in media.items()))
    addresses = [one if isinstance(one, str) else one.url for one in media]
    return {url: seen for url, seen in zip(addresses, looks, strict=True) if seen is not None}


async def _look(
    one: str | Clip, source: PictureSource, allow_hosts: Collection[str]
) -> Verdict | None:
    if not isinstance(one, str):
        reason = await source.why_no_clip(one, allow_hosts=allow_hosts)
        return Unfit(reason=reason) if reason else None
    look = await source.examine(one, allow_hosts=allow_hosts)
    if isinstance(look, Fetchable | Uploadable):
        # Nothing is uploaded, so that the bytes of many pictures need no memory.
        return replace(look, picture=replace(look.picture, data=b""))
    return look


async def recall_all(
    config: Config,
    wanted: Wanted,
    reads: Sequence[Read],
    environ: Mapping[str, str],
    *,
    note: Callable[[str], None],
) -> list[Remembered]:
    """Return what the database knows of each feed that was read, nothing where there is none.

    Looking at posts needs no right to read the service's database: `note` is told why it cannot be.
    """
    from bot.app.stores import existing_store
    from bot.operate.preview.remembered import FIRST_RUN, recall

    try:
        async with existing_store(config, environ) as store:
            if store is not None:
                clock = await store.clock(utc_now)
                return [
                    await recall(feed, read, channels, store, clock(), timezone=config.timezone)
                    for (feed, channels), read in zip(wanted, reads, strict=True)
                ]
    except NewsbotError as error:
        note(told("the decisions are those of a first run: {why}", why=error))
    return [FIRST_RUN] * len(wanted)


async def read_feeds(config: Config, feeds: Sequence[Feed]) -> list[Read]:
    """Return each feed as it was read, or why it cannot be; all are fetched side by side."""
    from bot.operate.preview.previews import read_feed

    async with child_processes() as offload, feed_fetcher(config) as fetcher:
        reads = (read_feed(feed, fetcher=fetcher, offload=offload) for feed in feeds)
        return await asyncio.gather(*reads)


async def read_pages(
    config: Config, wanted: Iterable[tuple[Feed, Sequence[str]]]
) -> dict[str, Page]:
    """Return the pages by their address; an empty one where it cannot be read."""
    from bot.models.feeds import Page
    from bot.pipeline.articles import pages_of

    wanted = [(feed, links) for feed, links in wanted if links]
    if not wanted:
        return {}
    found: dict[str, Page] = {}
    async with child_processes() as offload:
        async with page_fetcher(config) as fetcher:
            answers = await asyncio.gather(*(fetcher.fetch_pages(*one) for one in wanted))
        for (_, links), fetched in zip(wanted, answers, strict=True):
            pages = await pages_of(fetched, links, offload)
            read = (page if isinstance(page, Page) else Page() for page in pages)
            found |= zip(links, read, strict=True)
    return found
