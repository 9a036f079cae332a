"""Words are recognised whatever their ending, and whichever of several words says the same."""

from __future__ import annotations

import pytest

from bot.dedupe.events.alike import said_in
from bot.dedupe.events.stems import stem
from bot.dedupe.events.words import plain_title, words_of


@pytest.mark.parametrize(
    "words",
    [
        ("recall", "recalls", "recalled", "recalling"),
        ("price", "prices", "priced"),
        ("company", "companies"),
        ("preise", "preisen"),
        ("ограничение", "ограничения", "ограничению"),
    ],
)
def test_forms_of_a_word_have_one_stem(words: tuple[str, ...]) -> None:
    assert len(set(map(stem, words))) == 1


@pytest.mark.parametrize(
    "syllable", ["nghieng", "truyen", "duoc", "khoe", "thue", "khuyen", "nghe"]
)
def test_a_vietnamese_syllable_is_whole(syllable: str) -> None:
    assert stem(syllable) == syllable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Google unveils a phone", "Google takes the wraps off a phone"),
        ("Google ra mắt điện thoại", "Google trình làng điện thoại"),
        ("Telekom übernimmt Firma", "Telekom kauft Firma"),
        ("Apple выпустила смартфон", "Apple представила смартфон"),
    ],
)
def test_other_words_for_the_same_say_the_same(one: str, other: str) -> None:
    said, again = said_in(words_of(one)), said_in(words_of(other))
    assert said.keys() == again.keys()


def test_words_of_another_meaning_say_something_else() -> None:
    said, again = (
        said_in(words_of("Meta buys a chip maker")),
        said_in(words_of("Meta sues a chip maker")),
    )
    assert said.keys() ^ again.keys() == {"=buy", "=court"}


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Galaxy S31 ra mắt tại Seoul - Báo Công Nghệ", "Galaxy S31 ra mắt tại Seoul"),
        ("Giá vàng hôm nay tăng mạnh | Người Lao động", "Giá vàng hôm nay tăng mạnh"),
        ("Thương vụ sáp nhập Grab - GoTo tạm dừng", "Thương vụ sáp nhập Grab - GoTo tạm dừng"),
    ],
)
def test_only_a_name_behind_a_dash_is_the_outlet(title: str, plain: str) -> None:
    assert plain_title(title) == plain
