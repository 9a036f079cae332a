"""The film or recording of a post."""

from __future__ import annotations

from bot.format.clip import best_clip
from bot.models.pictures import Clip

RECORDING = Clip(url="https://a.vn/1.mp3", kind="audio", seconds=60)
FILM = Clip(url="https://a.vn/1.mp4", kind="video")


def test_a_film_comes_before_recordings_and_the_first_before_others() -> None:
    other = Clip(url="https://a.vn/2.mp3", kind="audio")
    assert best_clip([RECORDING, FILM]) == FILM
    assert best_clip([RECORDING, other]) == RECORDING
    assert best_clip([]) is None


def test_an_address_that_is_not_on_the_web_is_passed_over() -> None:
    hidden = [Clip(url=url, kind="video") for url in ("https://nas/1.mp4", "ftp://a.vn/1.mp4")]
    assert best_clip([*hidden, RECORDING]) == RECORDING
