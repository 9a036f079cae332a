"""Bytes -> verdict: decodes a picture, within bounds, and converts it where platforms need that.

the bytes hold                                       the verdict is
JPEG, PNG within the limits                          Fetchable, uploaded as it is
WEBP within the limits                               Fetchable, uploaded as JPEG
AVIF, GIF (its first frame), CMYK, too large,
or called something else than a picture              Uploadable, as JPEG
too small, too stretched, broken, SVG, HTML, a bomb  Unfit

Telegram: sent by its address at most 5 MB, uploaded 10 MB; width and height together at most
10,000 pixels, one at most 20 times the other (Bot API, "Sending files" and sendPhoto).
X: JPEG, PNG, GIF or WEBP of at most 5 MB (X API, "Media best practices").
"""

from __future__ import annotations

import struct
import warnings
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Final

from bot.format.image import LOWEST, MOST_STRETCHED, NARROWEST
from bot.models.basics import Reason
from bot.models.pictures import Fetchable, Picture, Unfit, Uploadable, Verdict
from bot.models.reasons import ReasonCode
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

MOST_BYTES: Final = 5_000_000
"""Both platforms take it, by address and uploaded, however they count a megabyte."""
MOST_SIDES: Final = 10_000
"""Pixels: width and height together."""
MOST_PIXELS: Final = 30_000_000
"""More is not decoded: one picture must not end the bot on a small server. All that a platform
takes by its address (5,000 × 5,000) is less."""
STEPS: Final = ((2560, 85), (1920, 80), (1280, 70))
"""The longest side in pixels and JPEG's quality of a picture that is made anew; the next step
where the result is still too large. No platform shows more than the first."""

_SKETCH: Final = 16
_LEAST_DECODED: Final = 64  # pixels of the shorter side: of fewer no sketch can be made
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
# Pillow calls a JPEG with further pictures behind the first, as some cameras write it, MPO.
_KEPT: Final = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}
_TAKEN: Final = frozenset({*_KEPT, "WEBP"})
# Decoders raise these for hostile bytes; Pillow promises no more than "an exception".
_BROKEN: Final = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    struct.error,
)


def examine(data: bytes, content_type: str) -> Verdict:
    """Return whether and how a post can show `data`; never raises for bad bytes. Blocks."""
    if not data:
        return _unfit("no_picture", marked("the address answers with nothing"))
    try:
        with _opened(data) as image:
            return _misfit(image) or _judged(image, data, content_type)
    except _BROKEN as error:
        return _unfit(*_other_content(data, error))


@contextmanager
def _opened(data: bytes) -> Iterator[Image]:
    """Open without decoding. Pillow loads here: no command needs it to start."""
    from PIL import Image  # noqa: PLC0415

    with warnings.catch_warnings():
        # Pillow grumbles at odd files, and its warning of a bomb comes where `_misfit` refuses.
        warnings.simplefilter("ignore")
        try:
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                yield image
        except Image.DecompressionBombError as error:
            raise _TooManyPixelsError from error


class _TooManyPixelsError(ValueError):
    """Decoding would take more memory than a picture is worth."""


def _misfit(image: Image) -> Unfit | None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise _TooManyPixelsError
    if width < NARROWEST or height < LOWEST:
        return _unfit(
            "too_small",
            told("{width} × {height} pixels are too small for a post", width=width, height=height),
        )
    if max(width, height) > MOST_STRETCHED * min(width, height):
        return _unfit(
            "too_stretched",
            told(
                "{width} × {height} pixels are too stretched for a post", width=width, height=height
            ),
        )
    return None


def _judged(image: Image, data: bytes, content_type: str) -> Verdict:
    width, height = image.size
    reason = _why_not_by_address(image, data, content_type)
    kept = _KEPT.get(image.format or "")
    is_kept = kept and len(data) <= MOST_BYTES and sum(image.size) <= MOST_SIDES
    if is_kept and image.mode != "CMYK":
        longest, shortest = max(image.size), min(image.size)
        _decode(image, longest=max(longest // 8, _LEAST_DECODED * longest // shortest))
        picture = Picture(
            data=data, type=kept or "", width=width, height=height, sketch=_sketch(image)
        )
    else:
        picture = _made_anew(image)
    if reason is None:
        return Fetchable(picture=picture)
    return Uploadable(picture=picture, reason=reason)


def _why_not_by_address(image: Image, data: bytes, content_type: str) -> Reason | None:
    if image.format not in _TAKEN:
        return Reason(
            code="format", text=told("platforms do not take {format}", format=image.format)
        )
    if image.mode == "CMYK":
        return Reason(code="format", text=marked("platforms do not take the colours of print"))
    if len(data) > MOST_BYTES:
        return Reason(
            code=ReasonCode.TOO_LARGE,
            text=told("platforms do not fetch {data} bytes", data=len(data)),
        )
    if sum(image.size) > MOST_SIDES:
        return Reason(code="too_many_pixels", text=marked("platforms do not take so many pixels"))
    kind = content_type.partition(";")[0].strip().lower()
    if not kind.startswith("image/"):
        # Telegram: "wrong type of the web page content".
        return Reason(
            code="content_type", text=told("its server calls it {kind}", kind=ascii(kind[:60]))
        )
    return None


def _decode(image: Image, longest: int) -> None:
    """Decode, to see that the picture is whole; JPEG down to the `longest` side, which is quick."""
    share = longest / max(image.size)
    image.draft(None, (int(image.width * share), int(image.height * share)))
    image.load()


def _made_anew(image: Image) -> Picture:
    """Return the picture as a JPEG within all limits. Raises ValueError if that cannot be."""
    from PIL import ImageOps  # noqa: PLC0415

    _decode(image, longest=STEPS[0][0])
    mode = "RGBA" if image.has_transparency_data else "RGB"
    image = image if image.mode == mode else image.convert(mode)
    for side, quality in STEPS:
        image.thumbnail((side, side))
        image = ImageOps.exif_transpose(_on_white(image))
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= MOST_BYTES:
            width, height = image.size
            return Picture(
                data=buffer.getvalue(),
                type="image/jpeg",
                width=width,
                height=height,
                sketch=_sketch(image),
            )
    raise ValueError(marked("it stays too large"))


def _sketch(image: Image) -> bytes:
    """Return the picture in as few pixels as are hardly changed by its size and quality."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    image = image if image.mode == mode else image.convert(mode)
    return _on_white(image.resize((_SKETCH, _SKETCH))).tobytes()


def _on_white(image: Image) -> Image:
    """Return the picture as it looks on a white page."""
    from PIL import Image as Pillow  # noqa: PLC0415

    if image.mode != "RGBA":
        return image
    white = Pillow.new("RGBA", image.size, "white")
    return Pillow.alpha_composite(white, image).convert("RGB")


def _other_content(data: bytes, error: Exception) -> tuple[str, str]:
    """Name the content of bytes that could not be decoded as a picture."""
    from PIL import UnidentifiedImageError  # noqa: PLC0415

    if isinstance(error, _TooManyPixelsError):
        return "bomb", marked("it has more pixels than a picture of the news")
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in head:
        return "svg", marked("platforms show no SVG")
    if head.startswith((b"<!doctype", b"<html", b"<head", b"<body")):
        return "not_a_picture", marked("the address leads to a page")
    if isinstance(error, UnidentifiedImageError):
        return "not_a_picture", marked("the address leads to something else than a picture")
    return "broken", marked("the picture is damaged or incomplete")


def _unfit(code: str, text: str) -> Unfit:
    return Unfit(reason=Reason(code=code, text=text))
