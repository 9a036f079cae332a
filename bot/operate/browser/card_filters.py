"""What `card.html.j2` shows of a post, on the desk's pages and on those of previews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot.format.choosing import lead_of
from bot.format.rich import is_rich
from bot.operate.preview.markup import nodes_of, web_link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.models.pictures import Clip
    from bot.models.posts import Post
    from bot.operate.preview.previews import Preview


def _clock(moment: datetime, preview: Preview) -> str:
    return f"{moment.astimezone(preview.channel.timezone):%H:%M}"


def _host(address: str | None) -> str:
    try:
        host = urlsplit(address or "").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _lead(preview: Preview) -> str:
    return lead_of(preview.article).text if preview.article else ""


def _duration(clip: Clip) -> str:
    """Return how long a film or recording is, "1:02:03" or "2:03", empty where nobody says."""
    if clip.seconds is None:
        return ""
    minutes, seconds = divmod(clip.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _is_rich(post: Post) -> bool:
    return is_rich(post.text)


FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "nodes": nodes_of,
    "weblink": web_link,
    "clock": _clock,
    "host": _host,
    "lead": _lead,
    "duration": _duration,
}
TESTS: Final[Mapping[str, Callable[..., bool]]] = {"rich": _is_rich}
