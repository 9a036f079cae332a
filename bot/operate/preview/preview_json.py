"""Previews for programs (docs/json.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.format.blocks import read_title
from bot.operate.json_forms import dollars, plain
from bot.operate.preview.markup import pictures_of

if TYPE_CHECKING:
    from bot.models.posts import Button
    from bot.operate.preview.previews import Preview


def preview_json(preview: Preview) -> dict[str, Any]:
    """Return the documented JSON element (docs/json.md)."""
    post, item = preview.post, preview.item
    return {
        "feed": preview.feed.id,
        "channel": preview.channel.id,
        "platform": preview.channel.platform.value,
        "item": item
        and {
            "id": plain(item.id),
            "link": plain(item.link),
            "title": plain(read_title(item.title)),
            "published": plain(item.published),
        },
        "text": post.text if post else "",
        "length": post.length if post else 0,
        "limit": post.limit if post else None,
        "buttons": [[_button_json(button) for button in row] for row in post.buttons]
        if post
        else [],
        "image": post.image if post else None,
        "images": pictures_of(post) if post else [],
        "clip": {"kind": post.clip.kind, "url": post.clip.url} if post and post.clip else None,
        "decision": preview.decision,
        "reason": plain(preview.reason),
        "price": dollars(preview.behind.price),
        "no_picture": plain(preview.behind.no_picture) or None,
        "no_clip": plain(preview.behind.no_clip) or None,
        "from_page": list(preview.behind.from_page),
    }


def _button_json(button: Button) -> dict[str, str | None]:
    if button.url is not None:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "copy_text": button.copy_text}
