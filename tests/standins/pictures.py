"""Pictures as the web has them, good and bad, drawn when they are asked for."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

from tests.standins.feeds import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="800" height="450"/>'
HTML = b"<!DOCTYPE html><html><title>Hotlinking is not allowed</title></html>"
_ORIENTATION = 0x0112  # Exif


@cache
def drawn(
    form: str = "JPEG", size: tuple[int, int] = (640, 360), mode: str = "RGB", **options: Any
) -> bytes:
    """Return a picture: darker to the lower right, so that up and down can be told."""
    buffer = BytesIO()
    shade = Image.linear_gradient("L").resize(size)
    image = shade.convert("L").convert(mode) if mode != "RGBA" else shade.convert("RGB")
    if mode == "RGBA":
        image.putalpha(shade)
    image.save(buffer, form, **options)
    return buffer.getvalue()


def turned() -> bytes:
    """Return a picture whose Exif data say that it lies on its side."""
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    buffer = BytesIO()
    image = Image.new("RGB", (640, 360), "red")
    image.paste("blue", (0, 0, 320, 360))
    image.save(buffer, "WEBP", exif=exif.tobytes())
    return buffer.getvalue()


def animated(form: str) -> bytes:
    buffer = BytesIO()
    frames = [Image.new("RGB", (400, 300), colour) for colour in ("red", "green", "blue")]
    frames[0].save(buffer, form, save_all=True, append_images=frames[1:], duration=100)
    return buffer.getvalue()


def noise(size: tuple[int, int], form: str = "PNG", **options: Any) -> bytes:
    """Return a picture that no compression makes small."""
    buffer = BytesIO()
    grains = [Image.effect_noise(size, 90) for _ in range(3)]
    Image.merge("RGB", grains).save(buffer, form, **options)
    return buffer.getvalue()


def bomb() -> bytes:
    """Return a small file that becomes 100 million pixels."""
    buffer = BytesIO()
    Image.new("1", (10_000, 10_000)).save(buffer, "PNG")
    return buffer.getvalue()


def served(data: bytes, content_type: str = "image/jpeg", **settings: Any) -> Reply:
    """Return what a server of pictures answers."""
    return Reply(data, content_type=content_type, **settings)


PICTURES: dict[str, tuple[Callable[[], bytes], str]] = {
    "/photo.jpg": (drawn, "image/jpeg"),
    "/photo.png": (lambda: drawn("PNG"), "image/png"),
    "/photo.webp": (lambda: drawn("WEBP"), "image/webp"),
    "/photo.avif": (lambda: drawn("AVIF", speed=10), "image/avif"),
    "/moving.gif": (lambda: animated("GIF"), "image/gif"),
    "/drawing.svg": (lambda: SVG, "image/svg+xml"),
    "/seen.gif": (lambda: drawn("GIF", (1, 1)), "image/gif"),
    "/torn.jpg": (lambda: drawn()[:-900], "image/jpeg"),
    "/wall.jpg": (lambda: HTML, "image/jpeg"),
}
"""Path -> what stands there, and what its server calls it."""
