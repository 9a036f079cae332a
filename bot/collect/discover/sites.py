"""The feeds of well-known sites, made from the addresses that people copy there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.models.feeds import FetchedPage

USUAL_PATHS: Final = (
    *("/feed", "/rss", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/feed.json"),
    *("/feeds/posts/default", "/rss/index.rss"),
)
"""Where programs for sites keep their feeds: WordPress, Ghost, Hugo, Jekyll, Blogger and others."""

_HANDLE: Final = re.compile(r"@([\w.-]{1,64})@([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})")
_FEED_SCHEME: Final = re.compile(r"^feed:(?://)?", re.IGNORECASE)
_PREFIX: Final = re.compile(r"^(?:www|m|old|new|mobile)\.")
_NO_MASTODON: Final = frozenset(
    {"medium.com", "youtube.com", "tiktok.com", "threads.net", "threads.com", "substack.com"}
)
_CHANNEL: Final = re.compile(
    rb"""(?:youtube\.com/channel/|"(?:externalId|channelId)":")(UC[\w-]{22})(?![\w-])"""
)
_YOUTUBE: Final = "https://www.youtube.com/feeds/videos.xml"


def with_scheme(text: str) -> tuple[str, ...]:
    """Return the addresses that `text` may mean: "vnexpress.net", "@name@host", or one itself.

    Browsers wrote "feed://host/rss" and "feed:https://host/rss".
    """
    text = _FEED_SCHEME.sub("", text, count=1)
    if "://" in text:
        return (text,)
    handle = _HANDLE.fullmatch(text)
    if handle:
        return (f"https://{handle[2]}/@{handle[1]}",)
    return f"https://{text}", f"http://{text}"


def feeds_of_site(url: str) -> tuple[str, ...]:
    """Return the addresses at which a well-known site should have the feeds of `url`, best first.

    Whether there is a feed shows only when it is fetched.
    """
    parts = _split(url)
    if parts is None or parts.path.endswith((".atom", ".rss", ".xml")):
        return ()
    host, steps = _host(parts), [step for step in parts.path.split("/") if step]
    rule = _RULES.get(host)
    if rule is not None:
        return tuple(rule(parts, steps))
    is_mastodon = host not in _NO_MASTODON and not host.endswith(".substack.com")
    return tuple(_mastodon(parts, steps)) if is_mastodon else ()


def advice_for(url: str) -> str | None:
    """Return what to do about a site that is known to have no feeds, None for every other."""
    parts = _split(url)
    if parts is None or _host(parts) not in {"t.me", "telegram.me"}:
        return None
    steps = [step for step in parts.path.split("/") if step and step != "s"]
    name = steps[0] if steps else "NAME"
    return told(
        "Telegram has no feeds of its channels; a bridge such as RSSHub makes "
        "them: https://rsshub.app/telegram/channel/{name}",
        name=quote(name),
    )


def feed_of_youtube_page(page: FetchedPage) -> str | None:
    """Return the feed of the channel whose page this is: "@name" tells no id, the page does."""
    parts = _split(page.url)
    if parts is None or _host(parts) != "youtube.com":
        return None
    found = _CHANNEL.search(page.body)
    return f"{_YOUTUBE}?channel_id={found[1].decode()}" if found else None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts if parts.hostname else None


def _host(parts: SplitResult) -> str:
    return _PREFIX.sub("", (parts.hostname or "").lower(), count=1)


def _youtube(parts: SplitResult, steps: list[str]) -> list[str]:
    """https://developers.google.com/youtube/v3/guides/push_notifications names these feeds."""
    playlist = parse_qs(parts.query).get("list")
    if playlist:
        return [f"{_YOUTUBE}?playlist_id={quote(playlist[0])}"]
    kinds = {"channel": "channel_id", "user": "user"}
    if len(steps) > 1 and steps[0] in kinds:
        return [f"{_YOUTUBE}?{kinds[steps[0]]}={quote(steps[1])}"]
    return []


def _github(_: SplitResult, steps: list[str]) -> list[str]:
    if len(steps) < 2:  # noqa: PLR2004 - owner and repository
        return [f"https://github.com/{steps[0]}.atom"] if steps else []
    base = f"https://github.com/{steps[0]}/{steps[1].removesuffix('.git')}"
    match steps[2:]:
        case ["releases" | "tags" as kind, *_]:
            return [f"{base}/{kind}.atom"]
        case ["commits", *branch]:
            return ["/".join([f"{base}/commits", *branch]) + ".atom"]
        case _:
            return [f"{base}/{kind}.atom" for kind in ("releases", "tags", "commits")]


def _reddit(_: SplitResult, steps: list[str]) -> list[str]:
    return ["/".join(["https://www.reddit.com", *steps, ".rss"])]


def _medium(_: SplitResult, steps: list[str]) -> list[str]:
    return [f"https://medium.com/feed/{steps[0]}"] if steps and steps[0] != "feed" else []


def _bluesky(_: SplitResult, steps: list[str]) -> list[str]:
    has_profile = len(steps) > 1 and steps[0] == "profile"
    return [f"https://bsky.app/profile/{steps[1]}/rss"] if has_profile else []


def _mastodon(parts: SplitResult, steps: list[str]) -> list[str]:
    """The address of a profile or tag and ".rss" (docs.joinmastodon.org/user/profile)."""
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    match steps:
        case [name, *_] if name.startswith("@") and (handle := _HANDLE.fullmatch(name)):
            return [f"https://{handle[2]}/@{handle[1]}.rss"]
        case [name, *_] if name.startswith("@") and len(name) > 1:
            return [f"{base}/{name}.rss"]
        case ["users" | "tags" as kind, name]:
            return [f"{base}/{kind}/{name}.rss"]
        case _:
            return []


_RULES: Final[dict[str, Callable[[SplitResult, list[str]], list[str]]]] = {
    "youtube.com": _youtube,
    "github.com": _github,
    "reddit.com": _reddit,
    "medium.com": _medium,
    "bsky.app": _bluesky,
}
