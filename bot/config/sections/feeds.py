"""[[feeds]]: what is polled, how often, and where its stories go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bot.config.mistakes import no_such, one_of
from bot.config.schema.addresses import scheme_of
from bot.config.schema.tables import CollectTable, FeedTable
from bot.config.sections.ids import UsedIds, ids_of
from bot.config.sections.intervals import check_rhythm, rhythm_of
from bot.config.sections.table import read_table
from bot.models.basics import ChannelId, FeedId, Platform
from bot.models.settings import Feed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.config.text.document import Document
    from bot.config.text.positions import Path as KeyPath
    from bot.models.settings import Channel

_LIKE_A_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.[a-z]{2,}/", re.IGNORECASE)


class FeedReader:
    """Reads the feeds of one document; the rest is what the file says elsewhere."""

    def __init__(
        self,
        document: Document,
        collect: CollectTable,
        *,
        channels: Mapping[ChannelId, Channel],
        language: str,
    ) -> None:
        self._document = document
        self._collect = collect
        self._channels = channels
        self._language = language
        self._channel_names = ids_of("channels", document)
        self._languages = {
            channel.id: channel.languages for channel in channels.values() if channel.languages
        }
        self._free = [
            channel.id for channel in channels.values() if channel.platform is not Platform.X
        ]

    def read(self) -> dict[FeedId, Feed]:
        """Return all feeds, and note the mistakes of all."""
        found: dict[FeedId, Feed] = {}
        used = UsedIds(self._document)
        for path, raw in self._document.tables("feeds"):
            table = read_table(FeedTable, raw, path, self._document)
            used.take(table.id, path)
            check_rhythm(table, raw, path, self._document)
            feed = self._feed(table, path)
            self._check_routes(feed, path)
            found.setdefault(feed.id, feed)
        return found

    def _feed(self, table: FeedTable, path: KeyPath) -> Feed:
        own = {key: getattr(table, key) for key in CollectTable.model_fields}
        given = {key: own[key] for key in own.keys() & table.model_fields_set}
        settings = self._collect.model_copy(update=given)
        rhythm = rhythm_of(table, self._collect)
        is_local = bool(table.url) and scheme_of(table.url) not in {"http", "https"}
        return Feed(
            id=FeedId(table.id),
            url=self._local_path(table.url, path) if is_local else table.url,
            is_local=is_local,
            channels=self._routes(table, path),
            enabled=table.enabled,
            name=table.name,
            languages=self._languages,
            language=table.language or self._language,
            hashtags=tuple(table.hashtags),
            headers=table.headers,
            every=rhythm.every,
            every_min=rhythm.every_min,
            every_max=rhythm.every_max,
            first_run=settings.first_run,
            max_age=settings.max_age,
            storm=settings.storm,
            fetch_page=settings.fetch_page,
            allow_hosts=tuple(settings.allow_hosts),
        )

    def _local_path(self, url: str, path: KeyPath) -> str:
        base = self._document.base_dir
        place = base / _file_name(url)
        try:
            is_file, exists = place.is_file(), place.exists()
        except OSError:
            is_file = exists = False
        if not is_file:
            self._document.problem((*path, "url"), _absent(url, base, exists=exists))
        return str(place)

    def _routes(self, table: FeedTable, path: KeyPath) -> tuple[ChannelId, ...]:
        if table.channels is None:
            return tuple(self._free)
        for index, name in enumerate(table.channels):
            if name not in self._channel_names:
                text = no_such("channel", name, self._channel_names)
                self._document.problem((*path, "channels", index), text)
        named = (self._channels.get(ChannelId(name)) for name in dict.fromkeys(table.channels))
        return tuple(channel.id for channel in named if channel)

    def _check_routes(self, feed: Feed, path: KeyPath) -> None:
        if not feed.enabled:
            return
        leading = [self._channels[name] for name in feed.channels if self._channels[name].enabled]
        if not leading and self._channel_names:
            self._document.warn(path, "leads to no enabled channel, so nothing of it is posted")
        on_x = {c.id: c.account for c in leading if c.platform is Platform.X}
        if len(on_x) > 1:
            several = len(set(on_x.values())) > 1
            names = one_of(on_x).replace(" or ", " and ")
            text = (
                f"{names} belong to different X accounts; X forbids identical posts on several "
                "accounts, keep one of them"
                if several
                else f"{names} belong to one X account; X refuses to post the same text again, "
                "keep one of them"
            )
            self._document.problem((*path, "channels"), text)


def _file_name(url: str) -> str:
    if scheme_of(url) != "file":
        return url
    return unquote(urlsplit(url).path)


def _absent(url: str, base: Path, *, exists: bool) -> str:
    if exists:
        return "is not a file, expected the path of a feed"
    if _LIKE_A_HOST.match(url):
        return "no such local file; a web address begins with https:// or http://"
    is_absolute = _file_name(url).startswith("/")
    return "no such local file" + ("" if is_absolute else f"; paths are relative to {base}")
