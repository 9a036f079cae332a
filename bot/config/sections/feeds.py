"""[[feeds]]: the feeds that are polled, how often, and the channels of their stories."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bot.config.mistakes import no_such, one_of, quote
from bot.config.schema.addresses import file_name, scheme_of
from bot.config.schema.tables import CollectTable, DefaultsTable, FeedTable
from bot.config.sections.intervals import check_intervals, intervals_of
from bot.config.sections.routes import check_urgent
from bot.config.sections.table import read_entries, record
from bot.dedupe.urls import canonical_link
from bot.models.basics import ChannelId, FeedId, Platform
from bot.models.settings import Feed, FeedRoute, Filter
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import timedelta
    from pathlib import Path

    from bot.config.schema.route_table import RouteTable
    from bot.config.sections.digests import DigestReader
    from bot.config.text.document import Document
    from bot.config.text.positions import Path as KeyPath
    from bot.models.basics import AccountId
    from bot.models.settings import Channel, Digest

_LIKE_A_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.[a-z]{2,}/", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class FeedReader:
    """Reads the feeds of one document; the other fields are those of the file."""

    document: Document
    collect: CollectTable
    channels: Mapping[ChannelId, Channel]
    digests: DigestReader
    language: str
    defaults: DefaultsTable
    same_story: timedelta | None = None

    def read(self) -> dict[FeedId, Feed]:
        """Return all feeds, and note the mistakes of all."""
        found: dict[FeedId, Feed] = {}
        for path, _, table in read_entries(FeedTable, "feeds", self.document):
            check_intervals(table, path, self.document)
            check_urgent(table, path, self.document)
            feed = self._feed(table, path)
            self._check_posts_on_x(feed, path)
            found.setdefault(feed.id, feed)
        self._check_same_addresses(feed for feed in found.values() if feed.id)
        return found

    def _feed(self, table: FeedTable, path: KeyPath) -> Feed:
        inherited = CollectTable.model_fields.keys() - table.model_fields_set
        settings = table.model_copy(update={key: getattr(self.collect, key) for key in inherited})
        routes = self._routes(table, path)
        filters = {name: self._filters(table, route) for name, route in routes.items()}
        self._check_filters(filters, path)
        is_local = bool(table.url) and scheme_of(table.url) not in {"http", "https"}
        return record(
            Feed,
            settings,
            url=self._local_path(table.url, path) if is_local else table.url,
            is_local=is_local,
            channels=tuple(routes),
            routes={name: one for name, one in routes.items() if one != FeedRoute(channel=name)},
            filters={name: each for name, each in filters.items() if each},
            languages=self._languages,
            also_at=frozenset(name for name, one in self.channels.items() if one.also_at),
            same_story=self.same_story,
            body=max((self.channels[name].body for name in routes), default=0),
            language=table.language or self.language,
            stated_language=table.language,
            **intervals_of(table, self.collect),
        )

    @cached_property
    def _languages(self) -> Mapping[ChannelId, tuple[str, ...]]:
        return {name: one.languages for name, one in self.channels.items() if one.languages}

    @cached_property
    def _unnamed(self) -> tuple[ChannelId, ...]:
        """Return where the stories of feeds go that name no channels."""
        if self.defaults.channels is None:
            every = self.channels.values()
            return tuple(channel.id for channel in every if channel.platform is not Platform.X)
        for index, name in enumerate(self.defaults.channels):
            if name not in self._channel_names:
                where = ("defaults", "channels", index)
                self.document.problem(where, no_such("channel", name, self._channel_names))
        named = (ChannelId(name) for name in dict.fromkeys(self.defaults.channels))
        return tuple(name for name in named if name in self.channels)

    @cached_property
    def _channel_names(self) -> Mapping[str, KeyPath]:
        return self.document.paths_of("channels")

    def _local_path(self, url: str, path: KeyPath) -> str:
        base = self.document.base_dir
        place = base / file_name(url)
        try:
            is_file, exists = place.is_file(), place.exists()
        except OSError:
            is_file = exists = False
        if not is_file:
            self.document.problem((*path, "url"), _absent(url, base, exists=exists))
        return str(place)

    def _routes(self, table: FeedTable, path: KeyPath) -> dict[ChannelId, FeedRoute]:
        if table.channels is None:
            return {name: FeedRoute(channel=name) for name in self._unnamed}
        found: dict[ChannelId, FeedRoute] = {}
        for index, one in enumerate(table.channels):
            where, channel = (*path, "channels", index), self.channels.get(ChannelId(one.id))
            if one.id not in self._channel_names:
                self.document.problem(where, no_such("channel", one.id, self._channel_names))
            elif channel is not None:
                route = record(
                    FeedRoute, one, channel=channel.id, digest=self._digest(one, channel, where)
                )
                if found.setdefault(channel.id, route) != route:
                    text = told(
                        "is routed to {channel} twice; keep one of them", channel=quote(one.id)
                    )
                    self.document.problem(where, text)
        return found

    def _filters(self, table: FeedTable, route: FeedRoute) -> tuple[Filter, ...]:
        """Return the filters on the way of the feed's items to a channel, the feed's first."""
        feed, name = f"feeds.{table.id}", route.channel
        every = (
            record(Filter, table, place=feed),
            Filter(place=f"{feed}.channels.{name}", include=route.include, exclude=route.exclude),
            Filter(
                place=f"channels.{name}",
                include=self.channels[name].include,
                exclude=self.channels[name].exclude,
            ),
        )
        return tuple(one for one in every if one.include or one.exclude)

    def _check_filters(self, filters: Mapping[ChannelId, Sequence[Filter]], path: KeyPath) -> None:
        """Note the channels that nothing can get to."""
        for channel, each in filters.items():
            excluded = {term for one in each for term in one.exclude}
            for one in each:
                if one.include and excluded.issuperset(one.include):
                    text = told(
                        "nothing can pass to {channel}: each term of "
                        "{place}.include is excluded, too; take it out of one of "
                        "the lists",
                        channel=quote(channel),
                        place=one.place,
                    )
                    self.document.problem(path, text)

    def _digest(self, way: RouteTable, channel: Channel, path: KeyPath) -> Digest | None:
        if way.digest is None:
            return None
        quiet = channel.quiet_hours
        return self.digests.read(way.digest, channel.platform, quiet, (*path, "digest"))

    def _on_x(self, feed: Feed) -> dict[ChannelId, AccountId | None]:
        """Return the enabled X channels of an enabled feed, with their accounts."""
        channels = [self.channels[name] for name in feed.channels if feed.enabled]
        return {c.id: c.account for c in channels if c.enabled and c.platform is Platform.X}

    def _check_posts_on_x(self, feed: Feed, path: KeyPath) -> None:
        on_x = self._on_x(feed)
        if len(on_x) < 2:  # noqa: PLR2004 - identical posts need two
            return
        several = len(set(on_x.values())) > 1
        names = one_of(on_x).replace(" or ", " and ")
        text = (
            told(
                "{names} belong to different X accounts; X forbids identical posts "
                "on several accounts, keep one of them",
                names=names,
            )
            if several
            else told(
                "{names} belong to one X account; X refuses to post the same text "
                "again, keep one of them",
                names=names,
            )
        )
        self.document.problem((*path, "channels"), text)

    def _check_same_addresses(self, feeds: Iterable[Feed]) -> None:
        """X refuses identical posts of one account and forbids them on several."""
        paths = self.document.paths_of("feeds")
        first: dict[str, tuple[Feed, set[ChannelId]]] = {}
        for feed in feeds:
            leading = set(self._on_x(feed))
            if not leading or feed.is_local or not feed.url:
                continue
            other, before = first.setdefault(canonical_link(feed.url), (feed, leading))
            if other is not feed and before | leading != before & leading:
                line = self.document.line_of((*paths[other.id], "url"))
                text = told(
                    "is the address of feed {other} as well (line {line}), and "
                    "the two are routed to different X channels; X forbids that, "
                    "keep one of them",
                    other=quote(other.id),
                    line=line,
                )
                self.document.problem((*paths[feed.id], "url"), text)


def _absent(url: str, base: Path, *, exists: bool) -> str:
    if exists:
        return marked("is not a file, expected the path of a feed")
    if _LIKE_A_HOST.match(url):
        return marked("no such local file; a web address begins with https:// or http://")
    is_absolute = file_name(url).startswith("/")
    return marked("no such local file") + (
        "" if is_absolute else told("; paths are relative to {base}", base=base)
    )
