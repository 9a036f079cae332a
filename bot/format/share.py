"""Share links and the buttons under a post; the forms are the services' own documented ones."""

from __future__ import annotations

import html
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from bot.format.illustration import has_keyboard
from bot.models.basics import Platform
from bot.models.posts import Button
from bot.wording import marked, wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.models.settings import Channel
    from bot.models.stories import Article

    Rows = tuple[tuple[Button, ...], ...]

MAX_COPY_TEXT = 256  # Bot API, CopyTextButton.text
MAX_BUTTON_URL = 2_048  # every browser and every service takes so many
MAX_TITLE = 200  # Bluesky takes 300 graphemes, link included
BUTTONS_PER_ROW = 4
"""More do not fit beside each other on a telephone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """An article as a reader passes it on; all of it unencoded."""

    link: str
    title: str
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A service that takes shared links: its brand, its address, and the values it takes by name.

    The values are made of the fields of `Shared`; those that stay empty are left out.
    """

    brand: str
    base: str
    values: Mapping[str, str]

    def address(self, shared: Shared) -> str:
        """Return the address that shares `shared`."""
        made = {
            name: value.format(
                link=shared.link, title=shared.title, image=shared.image or ""
            ).strip()
            for name, value in self.values.items()
        }
        # "%20", never "+": mailto (RFC 6068) and some apps show a plus sign as it is.
        pairs = (f"{name}={_percent(value)}" for name, value in made.items() if value)
        return f"{self.base}?{'&'.join(pairs)}"


def _percent(value: str) -> str:
    return quote(value, safe="", encoding="utf-8", errors="ignore")


TARGETS: Mapping[str, Target] = {
    "telegram": Target("Telegram", "https://t.me/share/url", {"url": "{link}", "text": "{title}"}),
    "x": Target("X", "https://x.com/intent/tweet", {"text": "{title}", "url": "{link}"}),
    "facebook": Target("Facebook", "https://www.facebook.com/sharer/sharer.php", {"u": "{link}"}),
    "linkedin": Target(
        "LinkedIn", "https://www.linkedin.com/sharing/share-offsite/", {"url": "{link}"}
    ),
    "pinterest": Target(
        "Pinterest",
        "https://www.pinterest.com/pin/create/button/",
        {"url": "{link}", "media": "{image}", "description": "{title}"},
    ),
    "reddit": Target(
        "Reddit", "https://www.reddit.com/submit", {"url": "{link}", "title": "{title}"}
    ),
    "whatsapp": Target("WhatsApp", "https://wa.me/", {"text": "{title} {link}"}),
    "threads": Target(
        "Threads", "https://www.threads.com/intent/post", {"text": "{title}", "url": "{link}"}
    ),
    "bluesky": Target("Bluesky", "https://bsky.app/intent/compose", {"text": "{title} {link}"}),
    "hackernews": Target(
        "Hacker News", "https://news.ycombinator.com/submitlink", {"u": "{link}", "t": "{title}"}
    ),
    # RFC 6068: a line break in the body is %0D%0A.
    "email": Target("", "mailto:", {"subject": "{title}", "body": "{title}\r\n{link}"}),
    "copy": Target("", "", {}),
}
"""Name of a share target -> how it is shared to; `copy` copies the link alone."""

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

_WORDS = {"email": marked("Email"), "copy": marked("Copy link"), "comments": marked("Comments")}


def share_buttons(article: Article, channel: Channel) -> Rows:
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


class Placed(NamedTuple):
    """All buttons of a post in `rows`, and where they stand: `under` it, or as links `in_text`."""

    rows: Rows
    under: Rows
    in_text: Rows


def placed_buttons(article: Article, channel: Channel, without: frozenset[str]) -> Placed:
    """Return the buttons of a plain post; `without` as of `render_post`."""
    rows = () if "buttons" in without else share_buttons(article, channel)
    if has_keyboard(article, channel, without):
        return Placed(rows, under=rows, in_text=())
    return Placed(rows, under=(), in_text=() if "markup" in without else rows)


def with_links(text: str, rows: Rows, article: Article, channel: Channel) -> str:
    """Return a post's HTML with the buttons of `rows` as links below it.

    Those that copy are left out, as are addresses that the text links to already: a template may
    show them itself.
    """
    buttons = [one for row in rows for one in row if html.escape(one.url or "") not in text]
    links = [_link(one) for one in buttons if one.url != article.comments]
    label = html.escape(wording(channel.language).phrase("Share"), quote=False)
    lines = [f"{label}: {' · '.join(links)}"] if links else []
    lines += [_link(one) for one in buttons if one.url == article.comments]
    return "\n\n".join([text, "\n".join(lines)]) if lines else text


def _link(button: Button) -> str:
    return f'<a href="{html.escape(button.url or "")}">{html.escape(button.text, quote=False)}</a>'


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
    text = _label(target, channel)
    if target == "copy":
        return Button(text=text, copy_text=shared.link)
    return Button(text=text, url=TARGETS[target].address(shared))


def _label(name: str, channel: Channel) -> str:
    own = channel.share_labels.get(name) or (TARGETS[name].brand if name in TARGETS else "")
    return own or wording(channel.language).phrase(_WORDS[name])


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
