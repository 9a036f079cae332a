"""What Telegram says of uploaded photos (Bot API, sendPhoto; tdlib/td)."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, UnidentifiedImageError

_MOST_BYTES, _MOST_SIDES, _MOST_STRETCHED = 10 * 1024 * 1024, 10_000, 20


def wrong_upload(data: bytes) -> str | None:
    """Return why an uploaded photo is refused, None where it is taken."""
    if len(data) > _MOST_BYTES:
        return "file is too big"
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError):
        return "IMAGE_PROCESS_FAILED"
    sides = sorted(image.size)
    if sum(sides) > _MOST_SIDES or sides[1] > _MOST_STRETCHED * sides[0]:
        return "PHOTO_INVALID_DIMENSIONS"
    return None
