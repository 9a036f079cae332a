"""Films and recordings among the files that feeds attach."""

from __future__ import annotations

from typing import Any

import pytest

from bot.collect.parse.clips import clips_of
from bot.models.pictures import Clip

BASE = "https://example.org/news/"
URL = "https://example.org/a.mp3"


def only(file: dict[str, Any], duration: object = None) -> Clip | None:
    clips = clips_of([file], BASE, duration)
    assert len(clips) <= 1
    return clips[0] if clips else None


@pytest.mark.parametrize(
    ("name", "stated", "kind"),
    [
        ("a", "video/mp4", "video"),
        ("a", "Audio/MPEG; charset=binary", "audio"),
        ("a", "audio/x-m4a", "audio"),
        ("a.mp3", "video/webm", None),  # what the type says, whatever the name
        ("a.mp4", "audio/mpeg", "audio"),
        ("a.MP4", "", "video"),
        ("a.m4a?key=1.x#t", None, "audio"),
        ("a.mp3", "application/octet-stream", "audio"),
        ("a.ogg", None, None),
        ("a.mp3/page", None, None),
        ("a", None, None),
    ],
)
def test_a_file_is_known_by_its_type_and_else_by_its_name(
    name: str, stated: str | None, kind: str | None
) -> None:
    clip = only({"url": name, "type": stated})
    assert (clip and clip.kind) == kind


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("754", 754),
        (754, 754),
        (" 12:34 ", 754),
        ("1:02:03", 3723),
        ("61.7", 61),
        ("90:00", 5400),
        ("0", None),
        ("", None),
        (None, None),
        (True, None),
        ("-5", None),
        ("1:2:3:4", None),
        ("an hour", None),
        ("999999", None),
    ],
)
def test_durations_as_feeds_write_them(stated: object, seconds: int | None) -> None:
    for clip in (
        only({"url": URL, "type": "audio/mpeg", "duration": stated}),
        only({"url": URL, "type": "audio/mpeg"}, stated),
    ):
        assert clip is not None
        assert clip.seconds == seconds


def test_a_files_own_duration_comes_before_the_items() -> None:
    clip = only({"url": URL, "type": "audio/mpeg", "duration": "10"}, "20")
    assert clip is not None
    assert clip.seconds == 10


def test_addresses_are_absolute_and_each_stands_once() -> None:
    files = [
        {"url": "a.mp3"},
        {"url": BASE + "a.mp3", "type": "video/mp4"},
        {"url": "mailto:a.mp3"},
    ]
    assert clips_of(files, BASE, None) == (Clip(url=f"{BASE}a.mp3", kind="audio"),)


def test_of_many_files_the_first_five_are_kept() -> None:
    clips = clips_of([{"url": f"{n}.mp3"} for n in range(9)], BASE, None)
    assert [clip.url[-5] for clip in clips] == ["0", "1", "2", "3", "4"]
