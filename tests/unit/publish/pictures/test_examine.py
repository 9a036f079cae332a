"""What becomes of a picture's bytes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.models.pictures import Fetchable, OutOfReach, Unfit, Uploadable, Verdict
from bot.publish.pictures.examine import MOST_BYTES, MOST_PIXELS, MOST_SIDES, examine
from tests.standins.pictures import HTML, SVG, animated, bomb, drawn, noise, turned

Made = Callable[[], bytes]
"""A picture that is drawn for its test only: each worker of a test run reads this module."""


def opened(verdict: Verdict) -> Image.Image:
    """Return what would be uploaded, decoded, after comparing it with what is said of it."""
    assert isinstance(verdict, Fetchable | Uploadable)
    picture = verdict.picture
    image = Image.open(BytesIO(picture.data))
    image.load()
    assert image.size == (picture.width, picture.height)
    assert Image.MIME[image.format or ""] == picture.type
    assert len(picture.data) <= MOST_BYTES
    assert sum(image.size) <= MOST_SIDES
    return image


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (drawn, "image/jpeg"),
        (drawn, "image/jpg"),
        (drawn, "IMAGE/JPEG; charset=binary"),
        (lambda: drawn(progressive=True), "image/jpeg"),
        (lambda: drawn(mode="L"), "image/jpeg"),
        (lambda: drawn("PNG"), "image/png"),
        (lambda: drawn("PNG", mode="RGBA"), "image/png"),
        (lambda: drawn("PNG", mode="P"), "image/png"),
        (lambda: drawn(size=(300, 100)), "image/jpeg"),
        (lambda: drawn(size=(300, 6000)), "image/jpeg"),
        (lambda: drawn(size=(6000, 4000), quality=10), "image/jpeg"),
    ],
)
def test_a_picture_that_platforms_take_is_left_as_it_is(make: Made, kind: str) -> None:
    data = make()
    verdict = examine(data, kind)
    assert isinstance(verdict, Fetchable)
    assert verdict.picture.data == data
    assert repr(data[:10])[2:-1] not in repr(verdict)
    opened(verdict)


@pytest.mark.parametrize("data", [drawn("WEBP"), drawn("WEBP", mode="RGBA"), animated("WEBP")])
def test_webp_goes_by_its_address_and_is_uploaded_as_jpeg(data: bytes) -> None:
    verdict = examine(data, "image/webp")
    assert isinstance(verdict, Fetchable)
    assert opened(verdict).format == "JPEG"


@pytest.mark.parametrize(
    ("make", "kind", "code"),
    [
        (lambda: drawn("AVIF", speed=10), "image/avif", "format"),
        (lambda: drawn("AVIF", mode="RGBA", speed=10), "image/avif", "format"),
        (lambda: drawn("AVIF", speed=10), "image/jpeg", "format"),
        (lambda: drawn("GIF"), "image/gif", "format"),
        (lambda: animated("GIF"), "image/gif", "format"),
        (lambda: drawn(mode="CMYK"), "image/jpeg", "format"),
        (lambda: noise((1700, 1100)), "image/png", "too_large"),
        (lambda: noise((2600, 2000), "JPEG", quality=95), "image/jpeg", "too_large"),
        (lambda: drawn(size=(7000, 3100), quality=10), "image/jpeg", "too_many_pixels"),
        (lambda: drawn("PNG", size=(9500, 600)), "image/png", "too_many_pixels"),
        (drawn, "application/octet-stream", "content_type"),
        (drawn, "binary/octet-stream", "content_type"),
        (lambda: drawn("PNG"), "text/plain", "content_type"),
        (drawn, "", "content_type"),
    ],
)
def test_a_picture_that_platforms_would_refuse_is_made_fit(
    make: Made, kind: str, code: str
) -> None:
    verdict = examine(make(), kind)
    assert isinstance(verdict, Uploadable)
    assert verdict.reason.code == code
    image = opened(verdict)
    assert image.mode in {"RGB", "RGBA", "L", "P"}


def test_the_proportions_stay() -> None:
    image = opened(examine(drawn(size=(7000, 3500), quality=10), "image/jpeg"))
    assert image.size == (2560, 1280)


def test_a_moving_picture_is_told_by_its_first_frame() -> None:
    red, green, blue = opened(examine(animated("GIF"), "image/gif")).getpixel((9, 9))
    assert (red > 240, green < 20, blue < 20) == (True, True, True)


def test_transparent_parts_become_white() -> None:
    image = opened(examine(drawn("AVIF", mode="RGBA", speed=10), "image/avif"))
    assert min(image.getpixel((9, 1))) > 240


def test_a_picture_made_anew_stands_upright() -> None:
    image = opened(examine(turned(), "image/webp"))
    assert image.size == (360, 640)
    red, _, blue = image.getpixel((180, 20))
    assert blue > red


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "no_picture"),
        (lambda: SVG, "svg"),
        (lambda: b"  <svg/>", "svg"),
        (lambda: HTML, "not_a_picture"),
        (lambda: b"\xef\xbb\xbf <html>", "not_a_picture"),
        (lambda: b"%PDF-1.7", "not_a_picture"),
        (lambda: b"BM" + b"\0" * 100, "not_a_picture"),
        (lambda: drawn("GIF", (1, 1)), "too_small"),
        (lambda: drawn(size=(299, 400)), "too_small"),
        (lambda: drawn(size=(400, 99)), "too_small"),
        (lambda: drawn(size=(300, 6001)), "too_stretched"),
        (lambda: drawn(size=(6200, 301)), "too_stretched"),
        (lambda: drawn()[:-900], "broken"),
        (lambda: drawn("PNG")[:-900], "broken"),
        (lambda: drawn("GIF")[:2000], "broken"),
        (lambda: drawn("AVIF", speed=10)[:-200], "broken"),
        (lambda: drawn("WEBP")[:-200], "broken"),
        (bomb, "bomb"),
    ],
)
def test_a_picture_that_no_post_can_show_is_left_out(make: Made, code: str) -> None:
    verdict = examine(make(), "image/jpeg")
    assert isinstance(verdict, Unfit)
    assert verdict.reason.code == code
    assert not isinstance(verdict, OutOfReach)


def test_no_picture_is_decoded_that_takes_too_much_memory() -> None:
    side = int(MOST_PIXELS**0.5) + 1
    verdict = examine(drawn("PNG", (side, side), mode="L"), "image/png")
    assert isinstance(verdict, Unfit)
    assert verdict.reason.code == "bomb"


_STEMS = [
    drawn(size=(300, 100)),
    drawn("PNG", (300, 100)),
    drawn("GIF", (300, 100)),
    drawn("WEBP", (300, 100)),
    drawn("AVIF", (300, 100), speed=10),
]


@given(st.sampled_from(_STEMS), st.data())
def test_damage_never_raises(stem: bytes, data: st.DataObject) -> None:
    damaged = bytearray(stem)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(stem) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(stem)))
    verdict = examine(bytes(damaged[: cut or None]), "image/jpeg")
    assert isinstance(verdict, Fetchable | Uploadable | Unfit)
    if not isinstance(verdict, Unfit):
        opened(verdict)
