"""The list of feeds: shown, and edited in the configuration file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from bot.collect.addresses import public_url
from bot.config.mistakes import Mistake
from bot.config.schema.addresses import scheme_of
from bot.config.schema.values import parse_id
from bot.dedupe.urls import canonical_link
from bot.errors import UsageError
from bot.operate.feeds.discovery import is_file
from bot.operate.names import known
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from bot.config import Config
    from bot.operate.feeds.configfile import ConfigFile
    from bot.operate.feeds.opml import Outline

_COMMON = {"www", "rss", "feed", "feeds", "m", "news", "blog"}
_SECOND_LEVEL = {"com", "co", "net", "org", "edu", "gov", "ac", "or", "ne"}
_NO_ID = re.compile(r"[^a-z0-9._-]+")


class Imported(NamedTuple):
    """The result of an import: new ids with their addresses, and skipped addresses with reasons."""

    added: list[tuple[str, str]]
    skipped: list[tuple[str, str]]


def feed_rows(config: Config) -> list[dict[str, Any]]:
    """Return the feeds in the order of the file, their addresses fit to be shown."""
    return [
        {
            "id": feed.id,
            "url": public_url(feed.url),
            "name": feed.name,
            "enabled": feed.enabled,
            "channels": list(feed.channels),
        }
        for feed in config.feeds.values()
    ]


def add_feed(
    file: ConfigFile, url: str, *, name: str | None, channels: Sequence[str], cwd: Path
) -> str:
    """Add one feed and return its id: `name`, or one made from the host.

    A path is relative to `cwd`. Raises UsageError where id or address is taken or a channel
    unknown, ConfigError where the file would become wrong.
    """
    entry = new_entry(file.config, url, name=name, channels=channels, cwd=cwd)
    file.append_feeds([entry])
    return str(entry["id"])


def new_entry(
    config: Config, url: str, *, name: str | None, channels: Sequence[str], cwd: Path
) -> dict[str, object]:
    """Return the entry of [[feeds]] that `add_feed` writes. Raises UsageError as that does."""
    named = require_new(config, url, name=name, channels=channels, cwd=cwd)
    url = _address(url, config, cwd)
    return _entry(name or _free_id(url, config.feeds), url, None, named)


def require_new(
    config: Config, url: str, *, name: str | None, channels: Sequence[str], cwd: Path
) -> list[str]:
    """Return the channels of a new feed. Raises UsageError as `add_feed` does."""
    taken = feed_at(config, _address(url, config, cwd))
    if taken is not None:
        raise UsageError(told("feed {taken} has this address already", taken=taken))
    if name in config.feeds:
        raise UsageError(told("there is a feed {name} already: choose another --id", name=name))
    return _checked(channels, config)


def feed_at(config: Config, url: str) -> str | None:
    """Return the id of the feed with this address, or path from the folder of the file."""
    is_path = scheme_of(url) is None
    return _by_address(config).get(str(config.base_dir / url) if is_path else _same(url))


def remove_feed(file: ConfigFile, name: str) -> None:
    """Remove a feed. Raises UsageError where there is none, ConfigError where the rest is wrong."""
    ids = list(file.config.feeds)
    file.remove_feed([str(id_) for id_ in ids].index(known("feed", name, ids)))


def renaming(file: ConfigFile, old: str, new: str) -> Callable[[], None] | None:
    """Return a function that renames feed `old` to `new` in the file, None where it is `new` now.

    Raises UsageError for ids that no feed can have, that stand in the file both or neither, and
    ConfigError where the file would become wrong.
    """
    for name in (old, new):
        try:
            parse_id(name)
        except Mistake as mistake:
            raise UsageError(told("the id of a feed {why}", why=mistake)) from None
    ids = [str(id_) for id_ in file.config.feeds]
    if old == new or {old, new}.issubset(ids):
        raise UsageError(
            told(
                "{old} and {new} must be two ids of one feed, of which {path} has only one",
                old=old,
                new=new,
                path=file.path,
            )
        )
    if old in ids:
        return file.renaming_feed(ids.index(old), new)
    known("feed", new, ids)
    return None


def import_feeds(
    file: ConfigFile, outlines: Iterable[Outline], *, channels: Sequence[str]
) -> Imported:
    """Add the feeds of an OPML file that are not there yet, all at once.

    Raises UsageError and ConfigError like `add_feed`.
    """
    config = file.config
    named = _checked(channels, config)
    known_addresses = _by_address(config)
    entries: list[dict[str, object]] = []
    skipped: list[tuple[str, str]] = []
    ids = {str(id_) for id_ in config.feeds}
    for outline in outlines:
        why = _unfit(outline.url)
        if why is None and (twin := known_addresses.get(_same(outline.url))):
            why = told("feed {twin} has this address already", twin=twin)
        if why is not None:
            skipped.append((public_url(outline.url), why))
            continue
        id_ = _free_id(outline.url, ids)
        ids.add(id_)
        known_addresses[_same(outline.url)] = id_
        entries.append(_entry(id_, outline.url, outline.title, named))
    if entries:
        file.append_feeds(entries)
    return Imported([(str(entry["id"]), str(entry["url"])) for entry in entries], skipped)


def _entry(id_: str, url: str, title: str | None, channels: Sequence[str]) -> dict[str, object]:
    entry: dict[str, object] = {"id": id_}
    if title:
        entry["name"] = title
    entry["url"] = url
    if channels:
        entry["channels"] = list(channels)
    return entry


def _checked(channels: Sequence[str], config: Config) -> list[str]:
    return [known("channel", name, config.channels) for name in dict.fromkeys(channels)]


def _address(url: str, config: Config, cwd: Path) -> str:
    if not is_file(url, cwd):
        return url
    path = (cwd / url).resolve()
    base = config.base_dir.resolve()
    return str(path.relative_to(base) if path.is_relative_to(base) else path)


def _unfit(url: str) -> str | None:
    if scheme_of(url) not in {"http", "https"}:
        return marked("the address does not begin with https:// or http://")
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not host or not url.isprintable() or " " in url:
        return marked("the address is not valid")
    return None


def _by_address(config: Config) -> dict[str, str]:
    return {_same(feed.url): str(feed.id) for feed in config.feeds.values()}


def _same(url: str) -> str:
    return canonical_link(url) if "://" in url else url


def _free_id(url: str, taken: Collection[str]) -> str:
    """Make an id from the host: vnexpress of rss.vnexpress.net, then vnexpress-2 and so on."""
    stem = _stem(url)
    ids = {str(id_).casefold() for id_ in taken}
    if stem not in ids:
        return stem
    return next(name for n in range(2, len(ids) + 3) if (name := f"{stem}-{n}") not in ids)


def _stem(url: str) -> str:
    try:
        host = (urlsplit(url).hostname or "") if "://" in url else Path(url).stem
    except ValueError:
        host = ""
    labels = [label for label in host.lower().split(".") if label]
    if not labels or host.replace(".", "").isdigit():
        return "feed"
    *labels, _ = labels if len(labels) > 1 else [*labels, ""]
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    while len(labels) > 1 and labels[0] in _COMMON:
        labels.pop(0)
    return _NO_ID.sub("-", labels[-1]).strip("._-") or "feed"
