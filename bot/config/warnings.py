"""Settings that are allowed and probably not meant, as far as the configuration alone shows."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from bot.config.mistakes import quote
from bot.config.schema.addresses import has_password
from bot.config.schema.channel_table import MOST_PER_HOUR
from bot.config.schema.timezones import is_turned, unturned
from bot.models.basics import Platform
from bot.models.times import Hours
from bot.wording import marked, told, told_count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bot.config.records import Config
    from bot.config.text.document import Document, Raw
    from bot.config.text.positions import Path as KeyPath
    from bot.models.basics import ChannelId
    from bot.models.settings import Account, Channel, Feed, Prices
    from bot.models.times import WeekHours

_DAY = timedelta(days=1)
_SHORTEST_DAY = timedelta(hours=1)
_MICRO = 1_000_000
_DAYS_OF_MONTH = 30
_SAMPLE = ("sample", "feed.xml")
"""Where `newsbot init` writes it, beside the configuration."""
_BESIDE_RICH = marked(
    "counts only where a plain post takes a rich message's place: that shows pictures itself"
)
_NO_PICTURE = marked('has no effect with image = "never": posts show no picture')
_BEHIND_CARDS = marked(
    "shows nothing: a post with a link shows its card instead of pictures; write "
    'link = "budget" or "never"'
)
_NO_BUTTONS = marked(
    "an album has no buttons: what `share` names stands as links in its text, but "
    '"copy" is left out there'
)
_USES_MORE = re.compile(r"\{[{%][^{}]*\bmore\b")


def note_warnings(document: Document, config: Config) -> None:
    """Warn of everything in a configuration without mistakes that is hardly meant."""
    polled = [feed for feed in config.feeds.values() if feed.enabled]
    used = [channel for channel in config.channels.values() if channel.enabled]
    if isinstance(config.database, str) and has_password(config.database):
        text = told(
            'a password stands in this file; name it instead, such as {{ env = "DATABASE_URL" }}'
        )
        document.warn(("database",), text)
    if "nodes" in document.data and str(config.database).startswith("sqlite"):
        text = marked("means nothing with SQLite, on which one machine does everything")
        document.warn(("nodes",), text)
    if is_turned(config.timezone.key):
        meant = unturned(config.timezone.key)
        text = told(
            "{key} has its sign turned around, as POSIX has it: UTC{offset} is {meant}",
            key=quote(config.timezone.key),
            offset=config.timezone.key.removeprefix("Etc/GMT"),
            meant=quote(meant),
        )
        document.warn(("timezone",), text)
    if not polled:
        document.warn(("feeds",), marked("no feed is enabled, so nothing is polled"))
    if not used:
        document.warn(("channels",), marked("no channel is enabled, so nothing is posted"))
    _warn_of_template_without_more(document, used)
    _warn_of_media(document, used)
    paths = document.paths_of("feeds")
    for feed in polled:
        if config.channels and not any(config.channels[name].enabled for name in feed.channels):
            text = marked("is routed to no enabled channel, so nothing of it is posted")
            document.warn(paths[feed.id], text)
        _warn_of_rare_digests(document, feed, config)
    _warn_of_unmeant_ways(document, polled, config)
    fed = {name for feed in polled for name in feed.channels}
    _warn_of_idle_channels(document, used, fed if polled else {channel.id for channel in used})
    _warn_of_same_chats(document, used)
    for account in config.accounts.values():
        _warn_of_daily_budget(document, account)
        posting = [one for one in used if one.account == account.id and one.id in fed]
        _warn_of_small_budget(document, account, posting)


def _warn_of_unmeant_ways(document: Document, feeds: Iterable[Feed], config: Config) -> None:
    """Warn where a chat gets stories that nobody has written down for it."""
    paths = document.paths_of("feeds")
    unnamed: list[Feed] = []
    reached: dict[ChannelId, None] = {}
    # Nothing but its only channel can be meant by a file that has one.
    is_clear = "channels" in document.table("defaults") or len(config.channels) == 1
    for feed in feeds:
        chats = [name for name in feed.channels if _is_read_by_others(config.channels[name])]
        if not chats:
            continue
        if feed.is_local and PurePath(feed.url).parts[-2:] == _SAMPLE:
            text = told(
                "is the sample, and is routed to {names}: its readers get an "
                "article of 2025; take the feed out of the file",
                names=" and ".join(map(quote, chats)),
            )
            document.warn(paths[feed.id], text)
        elif not is_clear and "channels" not in _table_at(document, paths[feed.id]):
            unnamed.append(feed)
            reached.update(dict.fromkeys(chats))
    if unnamed:
        ids = [quote(name) for name in reached]
        text = told(
            "no channels: {what} routed to {names} although nobody named that: "
            "write `channels` in each, or once [defaults] channels = [{ids}]",
            what=told_count("{count} feed is", "{count} feeds are", len(unnamed)),
            names=" and ".join(ids),
            ids=", ".join(ids),
        )
        document.warn((*paths[unnamed[0].id],), text)


def _is_read_by_others(channel: Channel) -> bool:
    return channel.enabled and channel.platform is not Platform.CONSOLE


def _table_at(document: Document, path: KeyPath) -> Raw:
    table: Any = document.data
    for part in path:
        table = table[part]
    found: Raw = table
    return found


def _warn_of_template_without_more(document: Document, channels: Iterable[Channel]) -> None:
    for channel in channels:
        template = channel.template
        if channel.more == "expandable" and not _USES_MORE.search(template.source):
            text = told(
                "shows nothing: {template} has no {{{{ more }}}}; write under "
                "its lead: {{% if more %}}<blockquote expandable>{{{{ more "
                "}}}}</blockquote>{{% endif %}}",
                template=template.name,
            )
            document.warn((*document.paths_of("channels")[channel.id], "more"), text)


def _warn_of_media(document: Document, channels: Iterable[Channel]) -> None:
    for channel in channels:
        path = document.paths_of("channels")[channel.id]
        share = _table_at(document, path).get("share", ())
        for key, text in _unmeant_media(channel, share):
            document.warn((*path, key), text)


def _unmeant_media(channel: Channel, share: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the keys of albums, films and recordings that have not the effect that they seem to.

    `share` is as the operator wrote it.
    """
    has_album = channel.images > 1
    if channel.layout == "rich":
        asked = {
            "images": has_album,
            "video": channel.video == "auto",
            "audio": channel.audio == "auto",
        }
        for key in (key for key, is_asked in asked.items() if is_asked):
            yield key, _BESIDE_RICH
    elif has_album and channel.image == "never":
        yield "images", _NO_PICTURE
    elif has_album and channel.platform is Platform.X and channel.link == "always":
        yield "images", _BEHIND_CARDS
    elif has_album and "copy" in share:
        yield "share", _NO_BUTTONS


def _warn_of_rare_digests(document: Document, feed: Feed, config: Config) -> None:
    """Compare the time between two digests with the age that stories may reach."""
    for name in feed.channels:
        digest = config.channels[name].digest_of(feed.id)
        if digest is not None and feed.max_age and digest.at.longest_wait > feed.max_age:
            hours = digest.at.longest_wait // timedelta(hours=1)
            text = told(
                "stories wait up to {what} for the digest of {name}, and older "
                "ones than max_age are dropped before it: raise max_age of the "
                "feed",
                what=told_count("{count} hour", "{count} hours", hours),
                name=quote(name),
            )
            document.warn(document.paths_of("feeds")[feed.id], text)


def _warn_of_idle_channels(
    document: Document, channels: Iterable[Channel], fed: Iterable[str]
) -> None:
    paths = document.paths_of("channels")
    for channel in channels:
        if channel.id not in fed:
            document.warn(
                paths[channel.id], marked("no enabled feed leads here, so nothing is posted")
            )
        if channel.quiet_hours is None:
            continue
        left = min(map(_time_left, _spans(channel.quiet_hours)), default=_DAY)
        if left < _SHORTEST_DAY:
            minutes = left // timedelta(minutes=1)
            left_over = told_count("{count} minute", "{count} minutes", minutes)
            text = told(
                "leave {what} a day to post in, and waiting stories may grow too old",
                what=left_over,
            )
            document.warn((*paths[channel.id], "quiet_hours"), text)


def _spans(quiet: Hours | WeekHours) -> list[Hours]:
    every = [quiet] if isinstance(quiet, Hours) else [quiet.weekdays, quiet.weekend]
    return [hours for hours in every if hours is not None]


def _time_left(hours: Hours) -> timedelta:
    start, end = (datetime.combine(date.min, time) for time in (hours.start, hours.end))
    return _DAY - (end - start) % _DAY


def _warn_of_same_chats(document: Document, channels: Iterable[Channel]) -> None:
    paths = document.paths_of("channels")
    first: dict[object, Channel] = {}
    for channel in channels:
        if channel.chat is None:
            continue
        other = first.setdefault((str(channel.chat).casefold(), channel.thread), channel)
        if other is not channel:
            line = document.line_of((*paths[other.id], "chat"))
            text = told(
                "is the chat of channel {other} as well (line {line}): a story "
                "that is routed to both is posted there twice",
                other=quote(other.id),
                line=line,
            )
            document.warn((*paths[channel.id], "chat"), text)


def _warn_of_daily_budget(document: Document, account: Account) -> None:
    budget = account.budget
    if budget is not None and budget.per_day > budget.per_month:
        text = told(
            "per_day ({per_day} USD) is more than per_month ({per_month} USD): "
            "one day may spend the whole month's budget; {daily} a day "
            "would last for a month",
            per_day=f"{budget.per_day / _MICRO:.2f}",
            per_month=f"{budget.per_month / _MICRO:.2f}",
            daily=f"{budget.per_month / _DAYS_OF_MONTH / _MICRO:.2f}",
        )
        document.warn(("accounts", account.id, "budget", "per_day"), text)


def _warn_of_small_budget(document: Document, account: Account, channels: list[Channel]) -> None:
    """Compare the posts that the channels may send in a day with those that the budget pays."""
    if account.budget is None or account.prices is None or not channels:
        return
    posts = sum(_most_per_day(channel) for channel in channels)
    cost = sum(_most_per_day(channel) * _price(channel, account.prices) for channel in channels)
    daily = min(account.budget.per_day, account.budget.per_month / _DAYS_OF_MONTH)
    if cost <= daily:
        return
    paid = int(posts * daily / cost)
    is_linked = any(channel.link != "never" for channel in channels)
    cheaper = 'link = "never"' if is_linked else 'image = "never"'
    rest = (
        marked("has fewer pictures or waits") if any(map(_pictures, channels)) else marked("waits")
    )
    text = told(
        "pays for {what} a day, while the channels of this account may post "
        "{posts} a day for {cost} USD ({monthly} a month): the rest {why}; raise "
        "it, lower max_per_day, or write {cheaper}",
        what=told_count("{count} post", "{count} posts", paid),
        posts=posts,
        cost=f"{cost / _MICRO:.2f}",
        monthly=f"{cost * _DAYS_OF_MONTH / _MICRO:.2f}",
        why=rest,
        cheaper=cheaper,
    )
    document.warn(("accounts", account.id, "budget"), text)


def _price(channel: Channel, prices: Prices) -> int:
    """Return the price of a usual post of the channel."""
    text = prices.post_with_link if channel.link == "always" else prices.post
    return text + _pictures(channel) * prices.alt_text


def _pictures(channel: Channel) -> int:
    """Return how many pictures a post on X shows; beside a link it shows none."""
    return 0 if channel.link == "always" or channel.image == "never" else channel.images


def _most_per_day(channel: Channel) -> int:
    per_day = 24 * MOST_PER_HOUR[Platform.X]
    return min(channel.max_per_day or per_day, 24 * (channel.max_per_hour or per_day), per_day)
