"""Share links and the buttons under a post; the forms are the services' own documented ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from bot.models.basics import Platform
from bot.models.posts import Button

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.models.settings import Channel
    from bot.models.stories import Article

MAX_COPY_TEXT = 256  # Bot API, CopyTextButton.text
MAX_BUTTON_URL = 2_048  # what every browser and every service takes
MAX_TITLE = 200  # Bluesky takes 300 graphemes, link included
BUTTONS_PER_ROW = 4
"""More do not fit beside each other on a telephone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a reader passes on; all of it unencoded."""

    link: str
    title: str
    image: str | None = None


def _encoded(base: str, **values: str | None) -> str:
    # "%20", never "+": mailto (RFC 6068) and some apps show a plus sign as it is.
    pairs = (f"{name}={_percent(value)}" for name, value in values.items() if value)
    return f"{base}?{'&'.join(pairs)}"


def _percent(value: str) -> str:
    return quote(value, safe="", encoding="utf-8", errors="ignore")


def _telegram(shared: Shared) -> str:
    return _encoded("https://t.me/share/url", url=shared.link, text=shared.title)


def _x(shared: Shared) -> str:
    return _encoded("https://x.com/intent/tweet", text=shared.title, url=shared.link)


def _facebook(shared: Shared) -> str:
    return _encoded("https://www.facebook.com/sharer/sharer.php", u=shared.link)


def _linkedin(shared: Shared) -> str:
    return _encoded("https://www.linkedin.com/sharing/share-offsite/", url=shared.link)


def _pinterest(shared: Shared) -> str:
    return _encoded(
        "https://www.pinterest.com/pin/create/button/",
        url=shared.link,
        media=shared.image,
        description=shared.title,
    )


def _reddit(shared: Shared) -> str:
    return _encoded("https://www.reddit.com/submit", url=shared.link, title=shared.title)


def _whatsapp(shared: Shared) -> str:
    return _encoded("https://wa.me/", text=_title_and_link(shared, " "))


def _threads(shared: Shared) -> str:
    return _encoded("https://www.threads.com/intent/post", text=shared.title, url=shared.link)


def _bluesky(shared: Shared) -> str:
    return _encoded("https://bsky.app/intent/compose", text=_title_and_link(shared, " "))


def _hackernews(shared: Shared) -> str:
    return _encoded("https://news.ycombinator.com/submitlink", u=shared.link, t=shared.title)


def _email(shared: Shared) -> str:
    # RFC 6068: a line break in the body is %0D%0A.
    return _encoded("mailto:", subject=shared.title, body=_title_and_link(shared, "\r\n"))


def _copy(shared: Shared) -> str:
    return shared.link


def _title_and_link(shared: Shared, between: str) -> str:
    return f"{shared.title}{between}{shared.link}" if shared.title else shared.link


TARGETS: Mapping[str, Callable[[Shared], str]] = {
    "telegram": _telegram,
    "x": _x,
    "facebook": _facebook,
    "linkedin": _linkedin,
    "pinterest": _pinterest,
    "reddit": _reddit,
    "whatsapp": _whatsapp,
    "threads": _threads,
    "bluesky": _bluesky,
    "hackernews": _hackernews,
    "email": _email,
    "copy": _copy,
}
"""Name of a share target -> its address for what is shared; `copy` gives the text to copy."""

CLOSED: Mapping[str, str] = {
    "gplus": "facebook",
    "google+": "facebook",
    "delicious": "pinterest",
    "stumbleupon": "reddit",
    "digg": "reddit",
    "pocket": "copy",
    "zalo": "copy",  # alive, but without a documented share address
}
"""Name of a service that cannot be shared to by an address -> the target to use instead."""

_BRANDS = {
    "telegram": "Telegram",
    "x": "X",
    "facebook": "Facebook",
    "linkedin": "LinkedIn",
    "pinterest": "Pinterest",
    "reddit": "Reddit",
    "whatsapp": "WhatsApp",
    "threads": "Threads",
    "bluesky": "Bluesky",
    "hackernews": "Hacker News",
}
_WORDS = {
    "vi": {"email": "Email", "copy": "Chép link", "comments": "Bình luận"},
    "en": {"email": "Email", "copy": "Copy link", "comments": "Comments"},
}


def share_buttons(article: Article, channel: Channel) -> tuple[tuple[Button, ...], ...]:
    """Return the channel's share buttons and the comments button: one row, several if need be.

    X has no buttons. Telegram refuses a whole post for one bad button (BUTTON_URL_INVALID), so
    there only http(s) addresses whose host has a dot are given.
    """
    if channel.platform is Platform.X:
        return ()
    buttons = [button for button in _buttons(article, channel) if _is_allowed(button, channel)]
    rows = -(-len(buttons) // BUTTONS_PER_ROW)
    # Rows of the same length, or one button longer: no button stands alone.
    ends = [round(len(buttons) * row / rows) for row in range(rows + 1)] if rows else []
    return tuple(tuple(buttons[start:end]) for start, end in pairwise(ends))


def _buttons(article: Article, channel: Channel) -> Iterator[Button]:
    if article.link:
        shared = Shared(
            link=article.link, title=_short(article.title), image=_public(article.image)
        )
        for target in dict.fromkeys(channel.share):
            yield _button(target, shared, channel)
    if channel.comments and article.comments:
        yield Button(text=_label("comments", channel), url=article.comments)


def _button(target: str, shared: Shared, channel: Channel) -> Button:
    value = TARGETS[target](shared)
    text = _label(target, channel)
    return Button(text=text, copy_text=value) if target == "copy" else Button(text=text, url=value)


def _label(name: str, channel: Channel) -> str:
    is_vietnamese = channel.language.lower().partition("-")[0] == "vi"
    return (
        channel.share_labels.get(name)
        or _BRANDS.get(name)
        or _WORDS["vi" if is_vietnamese else "en"][name]
    )


def _short(title: str) -> str:
    if len(title) <= MAX_TITLE:
        return title
    return title[:MAX_TITLE].rsplit(" ", 1)[0] + "…"


def _public(url: str | None) -> str | None:
    return url if url and _has_dotted_host(url) else None


def _is_allowed(button: Button, channel: Channel) -> bool:
    if button.copy_text is not None:
        return len(button.copy_text) <= MAX_COPY_TEXT
    url = button.url or ""
    if len(url) > MAX_BUTTON_URL:
        return False
    return channel.platform is not Platform.TELEGRAM or _has_dotted_host(url)


def _has_dotted_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in (parts.hostname or "").strip(".")
