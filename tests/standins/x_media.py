"""Media of the stand-in for X (X API v2, OpenAPI 2.167): uploads, alternative text, expiry."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from aiohttp import web
from PIL import Image, UnidentifiedImageError

from tests.standins.multipart import read_form

if TYPE_CHECKING:
    from collections.abc import Callable

LIFE = 86_400  # seconds
ALT_TEXT_PRICE = 5_000  # micro-dollars
_MOST_BYTES, _MOST_ALT, _MOST_IDS = 5 * 1024 * 1024, 1000, 4
_FIRST_ID = 1_880_000_000_000_000_000
# MediaUploadRequestOneShot: no GIF, whose way is the chunked one.
_TYPES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_CATEGORIES = {"tweet_image", "dm_image", "subtitles"}
INVALID_IDS = "Your media IDs are invalid."


class MediaError(Exception):
    """A 400 with this message."""


@dataclass(kw_only=True)
class Media:
    """A picture that was uploaded."""

    id: str
    data: bytes
    type: str
    size: tuple[int, int]
    until: float
    alt: str | None = None


class MediaStore:
    """What was uploaded, by its id."""

    def __init__(self, clock: Callable[[], float], charge: Callable[[int], None]) -> None:
        self.all: dict[str, Media] = {}
        self._clock = clock
        self._charge = charge

    async def upload(self, request: web.Request) -> web.Response:
        """POST /2/media/upload. Raises MediaError."""
        data, category, kind = await _read(request)
        if category not in _CATEGORIES:
            raise MediaError(f"$.media_category: [{category}] is not one of {sorted(_CATEGORIES)}")
        if kind is not None and kind not in _TYPES:
            raise MediaError(f"$.media_type: [{kind}] is not one of {sorted(_TYPES)}")
        if not 0 < len(data) <= _MOST_BYTES:
            raise MediaError(f"File size {len(data)} is not between 1 and {_MOST_BYTES} bytes.")
        form, size = _look(data)
        if kind is not None and _TYPES[kind] != form:
            raise MediaError(f"The file is {form}, which is not {kind}.")
        media = Media(
            id=str(_FIRST_ID + len(self.all)),
            data=data,
            type=form,
            size=size,
            until=self._clock() + LIFE,
        )
        self.all[media.id] = media
        told = {
            "id": media.id,
            "media_key": f"3_{media.id}",
            "size": len(data),
            "expires_after_secs": LIFE,
        }
        return web.json_response({"data": told})

    async def describe(self, request: web.Request) -> web.Response:
        """POST /2/media/metadata. Raises MediaError."""
        order = await request.json()
        if not isinstance(order, dict) or order.keys() - {"id", "metadata"}:
            raise MediaError("$: is not defined in the schema")
        media = self.valid(order.get("id"))
        text = ((order.get("metadata") or {}).get("alt_text") or {}).get("text")
        if not isinstance(text, str) or not 0 < len(text) <= _MOST_ALT:
            raise MediaError(f"$.metadata.alt_text.text: must be 1 to {_MOST_ALT} characters")
        media.alt = text
        self._charge(ALT_TEXT_PRICE)
        return web.json_response({"data": {"id": media.id, "associated_metadata": {}}})

    def valid(self, media_id: object) -> Media:
        """Return what was uploaded under an id that still lives. Raises MediaError."""
        media = self.all.get(media_id) if isinstance(media_id, str) else None
        if media is None or media.until <= self._clock():
            raise MediaError(INVALID_IDS)
        return media

    def of_post(self, order: object) -> list[str]:
        """Return the ids that a post names. Raises MediaError."""
        if order is None:
            return []
        if not isinstance(order, dict) or order.keys() - {"media_ids", "tagged_user_ids"}:
            raise MediaError("$.media: is not defined in the schema")
        ids = order.get("media_ids")
        if not isinstance(ids, list) or not 1 <= len(ids) <= _MOST_IDS:
            raise MediaError(f"$.media.media_ids: must have 1 to {_MOST_IDS} items")
        return [self.valid(media_id).id for media_id in ids]


async def _read(request: web.Request) -> tuple[bytes, str, str | None]:
    if request.content_type == "application/json":
        order = await request.json()
        try:
            data = base64.b64decode(order.get("media", ""), validate=True)
        except (binascii.Error, TypeError):
            raise MediaError("$.media: is not base64") from None
        return data, order.get("media_category", ""), order.get("media_type")
    if request.content_type != "multipart/form-data":
        raise MediaError("Content-Type must be multipart/form-data or application/json")
    form = read_form(await request.read(), request.headers["Content-Type"])
    if "media" not in form:
        raise MediaError("$.media: is missing")
    category, kind = (form.get(name) for name in ("media_category", "media_type"))
    return (
        form["media"].value,
        category.value.decode() if category else "",
        kind.value.decode() if kind else None,
    )


def _look(data: bytes) -> tuple[str, tuple[int, int]]:
    try:
        with Image.open(BytesIO(data), formats=list(_TYPES.values())) as image:
            image.load()
            return str(image.format), image.size
    except (UnidentifiedImageError, OSError, SyntaxError):
        raise MediaError("Media type unrecognized.") from None
