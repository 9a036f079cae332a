"""`newsbot preview --serve`: the page, made again when a file behind it is saved."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import ConfigError, NewsbotError
from bot.file_watch import FileWatch
from bot.format.templates import compile_template
from bot.operate.preview.looked_at import changes_posts, wanted_media
from bot.operate.preview.page import Page, content_policy, render_page
from bot.operate.preview.previews import Preview, Stage, render_previews, wanted_pages
from bot.operate.preview.remembered import FIRST_RUN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.config import Config
    from bot.models.pictures import Clip, Verdict
    from bot.models.settings import Channel, Feed
    from bot.operate.preview.looked_at import Looks
    from bot.operate.preview.previews import Pages, Read
    from bot.operate.preview.remembered import Remembered

_LOOK_EVERY = 0.25  # seconds: a file that is saved, and the same at two looks, shows within one


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The feeds to show, each with its channels, and their configuration."""

    config: Config
    wanted: Sequence[tuple[Feed, Sequence[Channel]]]


async def _first_run(_: Scene, reads: Sequence[Read]) -> Sequence[Remembered]:
    return [FIRST_RUN] * len(reads)


async def _none_seen(_: Config, __: Mapping[str | Clip, Feed]) -> Looks:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the page's parts come from; `load` raises NewsbotError for a wrong configuration.

    `recall` returns what the database knows of each feed, `look` the verdicts on pictures.
    """

    load: Callable[[], Scene]
    fetch: Callable[[Config, Sequence[Feed]], Awaitable[Sequence[Read]]]
    pages: Callable[[Config, Sequence[tuple[Feed, Sequence[str]]]], Awaitable[Pages]]
    now: Callable[[], datetime]
    recall: Callable[[Scene, Sequence[Read]], Awaitable[Sequence[Remembered]]] = _first_run
    look: Callable[[Config, Mapping[str | Clip, Feed]], Awaitable[Looks]] = _none_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Show:
    """All that one page is made from."""

    scene: Scene
    reads: Sequence[Read]
    recalled: Sequence[Remembered]
    stages: Sequence[Stage]
    limit: int
    pages: Pages

    def previews(self) -> list[Preview]:
        return [
            preview
            for ((feed, _), read, stage), remembered in zip(
                self._parts(), self.recalled, strict=True
            )
            for preview in render_previews(
                feed, read, stage, limit=self.limit, pages=self.pages, remembered=remembered
            )
        ]

    def missing_pages(self) -> list[tuple[Feed, Sequence[str]]]:
        wanted = (
            (feed, wanted_pages(feed, read, stage.now, limit=self.limit))
            for (feed, _), read, stage in self._parts()
        )
        missing = (
            (feed, [link for link in links if link not in self.pages]) for feed, links in wanted
        )
        return [(feed, links) for feed, links in missing if links]

    def _parts(self) -> Iterator[tuple[tuple[Feed, Sequence[Channel]], Read, Stage]]:
        return zip(self.scene.wanted, self.reads, self.stages, strict=True)


@dataclass(slots=True, kw_only=True)
class LivePage:
    """The page and its version; feeds are fetched once and kept until `refresh(refetch=True)`.

    Posts show at once; additions from the pages of their articles follow (`watch`).
    `images` and `limit` are as for the other kinds of preview.
    """

    sources: Sources
    limit: int
    images: bool = False
    html: str = ""
    policy: str = ""
    version: str = ""
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _scene: Scene | None = None
    _previews: Sequence[Preview] = ()
    _kept: dict[object, Read] = field(default_factory=dict)
    _pages: Pages = field(default_factory=dict)
    _missing: Sequence[tuple[Feed, Sequence[str]]] = ()
    _looks: dict[str, Verdict] = field(default_factory=dict)
    _looked_at: set[str | Clip] = field(default_factory=set)
    _unseen: Mapping[str | Clip, Feed] = field(default_factory=dict)
    _incomplete: asyncio.Event = field(default_factory=asyncio.Event)
    _files: FileWatch = field(init=False)
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> None:
        """Make the first page. Raises NewsbotError where the configuration is wrong."""
        async with self._busy:
            scene = self._scene = self.sources.load()
            self._files = FileWatch(lambda: _watched(self._scene or scene))
            await self._show(scene)

    async def refresh(self, *, refetch: bool = False) -> None:
        """Make the page again; mistakes of the configuration show on it, above the old posts."""
        async with self._busy:
            if refetch:
                self._kept.clear()
                self._pages = {}
                self._looks.clear()
                self._looked_at.clear()
            try:
                scene = await asyncio.to_thread(self.sources.load)
                await self._show(scene)
            except NewsbotError as error:
                await self._publish(problems=_problems(error))

    async def watch(self) -> None:
        """Refresh when the configuration, a template or a local feed is saved; never ends.

        Also reads the pages of articles, with `images` their pictures, too, and refreshes then.
        """
        async with asyncio.TaskGroup() as both:
            both.create_task(self._watch_files())
            both.create_task(self._complete())

    async def _watch_files(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            if await asyncio.to_thread(self._files.has_changed):
                await self.refresh()

    async def _complete(self) -> None:
        """Add what takes time beside the rest: files saved meanwhile show without waiting."""
        while True:
            await self._incomplete.wait()
            self._incomplete.clear()
            if self._scene is not None and (
                await self._add_pages(self._scene.config) or await self._look(self._scene.config)
            ):
                await self.refresh()

    async def _add_pages(self, config: Config) -> bool:
        """Read the missing pages; tell whether one says something."""
        found = await self.sources.pages(config, self._missing)
        self._pages = {**self._pages, **found}
        return any(page.description or page.text or page.image for page in found.values())

    async def _look(self, config: Config) -> bool:
        """Look at the pictures not seen yet; tell whether posts change by them."""
        unseen = dict(self._unseen)
        looks = await self.sources.look(config, unseen) if unseen else {}
        self._looked_at |= unseen.keys()
        self._looks |= looks
        return changes_posts(self._looks) if looks else False

    async def wait_for_other(self, version: str) -> str:
        """Return the page's version as soon as it is another one."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.version != version)
            return self.version

    async def _show(self, scene: Scene) -> None:
        stages = await asyncio.to_thread(_stages, scene, self.sources.now(), dict(self._looks))
        reads = await self._reads(scene)
        show = _Show(
            scene=scene,
            reads=reads,
            recalled=await self.sources.recall(scene, reads),
            stages=stages,
            limit=self.limit,
            pages=self._pages,
        )
        self._previews = await asyncio.to_thread(show.previews)
        self._missing = await asyncio.to_thread(show.missing_pages)
        self._scene = scene
        await self._publish(problems=())
        wanted = wanted_media(self._previews) if self.images else {}
        self._unseen = {one: feed for one, feed in wanted.items() if one not in self._looked_at}
        if self._missing or self._unseen:
            self._incomplete.set()

    async def _reads(self, scene: Scene) -> list[Read]:
        """Return each feed as it was read, fetching those that are new or stand on this machine."""
        feeds = [feed for feed, _ in scene.wanted]
        missing = [feed for feed in feeds if feed.is_local or _origin(feed) not in self._kept]
        fetched = await self.sources.fetch(scene.config, missing) if missing else ()
        kept = {**self._kept, **dict(zip(map(_origin, missing), fetched, strict=True))}
        self._kept = {_origin(feed): kept[_origin(feed)] for feed in feeds}
        return [kept[_origin(feed)] for feed in feeds]

    async def _publish(self, *, problems: Sequence[str]) -> None:
        page = Page(
            now=self.sources.now(),
            images=self.images,
            version=secrets.token_hex(8),
            problems=problems,
            timezone=self._scene.config.timezone if self._scene else UTC,
        )
        self.html = await asyncio.to_thread(render_page, self._previews, page)
        self.policy = content_policy(page)
        async with self.changed:
            self.version = page.version or ""
            self.changed.notify_all()


def _origin(feed: Feed) -> object:
    """Return the settings that fetching depends on: no other change needs a new fetch."""
    return feed.url, tuple(feed.headers.items()), feed.allow_hosts


def _stages(scene: Scene, now: datetime, looks: Looks) -> list[Stage]:
    """Compile each channel's template once. Raises TemplateError."""
    channels = {channel.id: channel for _, shown in scene.wanted for channel in shown}
    templates = {
        id_: compile_template(channel.template, channel.platform)
        for id_, channel in channels.items()
    }
    return [
        Stage(
            channels={channel.id: channel for channel in shown},
            templates=templates,
            now=now,
            accounts=scene.config.accounts,
            looks=looks,
        )
        for _, shown in scene.wanted
    ]


def _problems(error: NewsbotError) -> Sequence[str]:
    return error.problems if isinstance(error, ConfigError) else str(error).splitlines()


def _watched(scene: Scene) -> Iterator[Path]:
    """Yield the files and folders that the page rests on."""
    yield scene.config.path
    # As a whole: a new file there may take the place of a shipped template.
    yield scene.config.base_dir / "templates"
    for feed, shown in scene.wanted:
        yield from (Path(one.name) for channel in shown for one in channel.templates)
        if feed.is_local:
            yield Path(feed.url)
