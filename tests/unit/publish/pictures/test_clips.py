"""Which films and recordings Telegram takes by their address."""

from __future__ import annotations

import pytest

from bot.models.pictures import ClipKind, FetchedStart
from bot.publish.pictures.clips import MOST_BYTES, why_unfit

MP4 = b"\0\0\0\x18ftypmp42"
TAGGED, BARE = b"ID3\x04\0", b"\xff\xfb\x90\x00"


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (MP4, "video", None),
        (MP4, "audio", None),  # M4A
        (TAGGED, "audio", None),
        (BARE, "audio", None),
        (TAGGED, "video", "format"),
        (BARE, "video", "format"),
        (b"\xff\xe0\x90\x00", "audio", None),  # eleven bits and no more
        (b"\xff\xdf\x90\x00", "audio", "format"),
        (b"\x00\xfb\x90\x00", "audio", "format"),
        (b"\xff", "audio", "format"),
        (b"<!DOCTYPE html>", "audio", "format"),
        (b"", "video", "format"),
    ],
)
def test_the_first_bytes_tell_what_it_is(data: bytes, kind: ClipKind, code: str | None) -> None:
    reason = why_unfit(FetchedStart(data=data, size=100), kind)
    assert (reason and reason.code) == code


@pytest.mark.parametrize(
    ("kind", "text"), [("video", "it is no MP4"), ("audio", "it is no MP3 or M4A")]
)
def test_the_reason_names_what_it_should_be(kind: ClipKind, text: str) -> None:
    reason = why_unfit(FetchedStart(data=b"<!DOCTYPE html>", size=100), kind)
    assert reason is not None
    assert reason.text == text


@pytest.mark.parametrize(
    ("size", "code"), [(MOST_BYTES, None), (MOST_BYTES + 1, "too_large"), (None, "no_size")]
)
def test_its_size_must_be_known_and_small_enough(size: int | None, code: str | None) -> None:
    reason = why_unfit(FetchedStart(data=MP4, size=size), "video")
    assert (reason and reason.code) == code
