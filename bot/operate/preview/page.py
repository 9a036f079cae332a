"""Previews -> one self-contained HTML page that runs nothing of a feed and loads nothing.

The page's own style and script are named by their hashes in its Content-Security-Policy.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from hashlib import blake2b, sha256
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from bot.collect.addresses import public_url
from bot.operate.browser.html import asset, new_environment, showable
from bot.wording import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    import jinja2

    from bot.models.feeds import Item
    from bot.operate.preview.previews import Preview

_FOLDER = Path(__file__).parent
_MOST_SOURCE = 6_000  # characters of each raw text; a feed may carry whole books
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How the page is made.

    `images`: the browser may load the posts' pictures. A served page compares its
    `version` with the server's; a file has none. `problems` are mistakes of the configuration
    now; the posts are then those of the last good one. Times are shown in `timezone`, the file's.
    """

    now: datetime
    images: bool = False
    version: str | None = None
    problems: Sequence[str] = ()
    timezone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """One raw text of an item; `more` counts the characters that are left out."""

    name: str
    text: str
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One item with its posts, as the page groups them."""

    item: Item | None
    previews: tuple[Preview, ...]
    sources: tuple[_Source, ...]


def render_page(previews: Sequence[Preview], page: Page) -> str:
    """Return the page for `previews`, in their order."""
    text: str = _template().render(
        page=page,
        policy=content_policy(page),
        style=_style(),
        script=_asset("page.js"),
        entries=_entries(previews),
        counts={name: _count(previews, name) for name in ("post", "skip", "error")},
        feeds=_unique(preview.feed.id for preview in previews),
        channels=_unique(preview.channel.id for preview in previews),
        card_ids=_card_ids(previews),
    )
    return showable(text)


def content_policy(page: Page) -> str:
    """Return the page's Content-Security-Policy (CSP 3): its own style and script, nothing else.

    A served page may ask its own server, too.
    """
    served = page.version is not None
    own = "'self'" if served else "'none'"
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src {_hash(_style())}",
            f"script-src {_hash(_asset('page.js'))}",
            f"img-src {'https: http:' if page.images else own}",
            f"connect-src {own}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _style() -> str:
    return asset("posts.css") + _asset("page.css")


@cache
def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _template() -> jinja2.Template:
    environment = new_environment()
    environment.filters.update(local=_local, id=id, feed_address=public_url)
    environment.globals["phrase"] = ENGLISH.phrase
    return environment.from_string(_asset("page.html.j2"))


def _entries(previews: Iterable[Preview]) -> list[_Entry]:
    """Group the previews: one item's posts for its channels stand together."""
    groups = groupby(previews, key=lambda preview: (preview.feed.id, id(preview.item)))
    entries = []
    for _, group in groups:
        shown = tuple(group)
        item = shown[0].item
        entries.append(_Entry(item=item, previews=shown, sources=_sources(item)))
    return entries


def _sources(item: Item | None) -> tuple[_Source, ...]:
    if item is None:
        return ()
    texts = {"title": item.title, "summary": item.summary, "content": item.content}
    return tuple(
        _Source(
            name=name,
            text=_BIDI.sub(_code_point, text[:_MOST_SOURCE]),
            more=max(len(text) - _MOST_SOURCE, 0),
        )
        for name, text in texts.items()
        if text
    )


def _code_point(found: re.Match[str]) -> str:
    return f"\N{REPLACEMENT CHARACTER}[U+{ord(found[0]):04X}]"


def _card_ids(previews: Sequence[Preview]) -> dict[int, str]:
    """Return a name for each card that stays the same when the page is made again."""
    names: dict[int, str] = {}
    used: set[str] = set()
    for preview in previews:
        item = preview.item.id if preview.item else ""
        known = f"{preview.feed.id}\n{preview.channel.id}\n{item}".encode("utf-8", "replace")
        name = f"post-{blake2b(known, digest_size=6).hexdigest()}"
        while name in used:
            name += "-"
        used.add(name)
        names[id(preview)] = name
    return names


def _count(previews: Iterable[Preview], decision: str) -> int:
    return sum(preview.decision == decision for preview in previews)


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _local(moment: datetime, page: Page) -> str:
    """Return a time in the form of the page's script, which shows it in another zone."""
    return f"{moment.astimezone(page.timezone):%Y-%m-%d %H:%M} {page.timezone}"
