"""twitter-text's own conformance cases for weighted length (conformance/validate.yml of release 3.1.0:
WeightedTweetsWithDiscountedEmojiCounterTest, UnicodeDirectionalMarkerCounterTest, and what differs of
WeightedTweetsCounterTest), their repetitive texts written as what is repeated."""

from __future__ import annotations

import pytest

from bot.format.limits import X_POST, x_length
from bot.format.text import clean

TEN = "xxxxxxxxxx-"
POEM = (
    "故人西辞黄鹤楼，烟花三月下扬州。孤帆远影碧空尽，唯见长江天际流。朱雀桥边野草花，乌衣巷口夕阳斜。"
    "旧时王谢堂前燕，飞入寻常百姓家。朝辞白帝彩云间，千里江陵一日还。两岸猿声啼不住，轻舟已过万重山。"
    "泪湿罗巾梦不成，夜深前殿按歌声。红颜未老恩先断，斜倚薰笼坐到明。独在异乡为异客，每逢佳节倍思亲。"
    "遥知兄弟登高处，遍插茱萸少一人。"
)
FAMILY = "👨\u200d👩\u200d👧\u200d👦"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
KANA = "あいうえおかきくけこ"
SPACES = "".join(map(chr, range(0x2000, 0x200C)))
MARKS = " ‐ ‑ ‒ – — ― ‖  ‗ ‘ ’ ‚ ‛ “ ” „ ‟ ′ ″ ‴ ‵ ‶ ‷"
LONG_HOST = f"https://{'somesuperlongurl' * 249}.com/foo"
CASES = [
    ("Hi http://test.co", 26),
    ("http://test.co", 23),
    ("285 chars-" + TEN * 25, 285),
    ("285 chars- http://www.twitter.com/jack " + TEN * 24, 299),
    (TEN * 24 + " http://www.twitter.com/jack ", 289),
    ("https://www.twitter.com/aloha " * 10, 240),
    (POEM, 320),
    ("😷" * 160, 320),
    ("the" + POEM, 323),
    ("A\u0301B", 2),
    ("A\ufb2c", 4),
    ("282 chars-" + TEN * 24 + "xxxxxA\u0301x", 281),
    (f"H🐱☺{FAMILY}", 7),
    ("😷👾😡🔥💩", 10),
    ("🙋🏽👨\u200d🎤", 4),
    (f"This is a tweet with general punctuation characters: {SPACES}{MARKS}", 110),
    ("randomurl" * 7 + "s.com", 68),
    (f"{KANA * 12} http://{KANA * 5}あいう.com", 358),
    (f"{KANA * 12} http://{KANA * 5}あい.com", 264),
    (FAMILY * 140, 280),
    (f"Unicode 10.0 emoji: 🤪; 🧕; 🧕🏾; {ENGLAND}", 34),
    ("Unicode 9.0 emoji: 🤠; 💃; 💃🏾", 29),
    ("ABC\u202a\uffffABC\ufffe", 12),
    ("\u2066\u202ahttp://foobar.پاکستان/\u202c\u2069", 31),
]


@pytest.mark.parametrize(("text", "weight"), CASES)
def test_weighted_length(text: str, weight: int) -> None:
    assert x_length(text) == weight


def test_a_monster_is_never_taken_for_shorter_than_it_is() -> None:
    hosts = " ".join([LONG_HOST] * 3)
    text = f"Long url with invalid domain labels and a short url: {hosts} https://validurl.com"
    assert x_length(text) >= 12_079 > X_POST


@pytest.mark.parametrize(
    "newer", ["❤️\u200d🔥", "🐦\u200d🔥", "🧑\u200d🧑\u200d🧒", "🫱🏻\u200d🫲🏿"]
)
def test_signs_that_the_library_does_not_know_count_more_and_never_less(newer: str) -> None:
    """Sequences of emoji that came after Unicode 12 are counted by their parts, so that such a
    post stays a few signs under the limit."""
    assert x_length(newer) > 2


def test_signs_that_x_refuses_never_get_so_far() -> None:
    """The cases' "valid: false": the length does not tell of them; cleaning takes them out."""
    assert clean("ABC\u202a\uffffABC\ufffe") == "ABCABC"
