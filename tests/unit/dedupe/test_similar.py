"""The sketch of a text, as its paper defines it: stored sketches must stay comparable."""

from __future__ import annotations

import re
import unicodedata
from zlib import crc32

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dedupe.folding import fold_text, tokens
from bot.dedupe.similar import sketch_of


def by_definition(folded: str) -> bytes:
    """MinHash with one permutation: the least hash of a run of three words in each bucket."""
    words, least = tokens(folded), dict[int, int]()
    for start in range(max(len(words) - 2, 1)):
        hashed = crc32(" ".join(words[start : start + 3]).encode())
        least[hashed % 32] = min(least.get(hashed % 32, 2**32), hashed // 32)
    return bytes(1 + least[at] % 255 if at in least else 0 for at in range(32))


@given(
    st.lists(st.text("aăb1 漢字", min_size=1, max_size=9), min_size=1, max_size=40).map(" ".join)
)
def test_a_sketch_holds_the_least_hashes(text: str) -> None:
    folded = fold_text(f"{text} {'long' * 10}")
    assert sketch_of(folded) == by_definition(folded)


def test_a_single_word_has_a_sketch() -> None:
    assert sketch_of("w" * 50) == by_definition("w" * 50)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.sampled_from(["Tin", "ế", "e\u0301", "\u0323", ".", " ", "đất-", "가", "\u11a8"]))
)
def test_the_beginning_of_a_long_text_is_folded_as_the_whole_is(pieces: list[str]) -> None:
    text = "".join(pieces) * 400
    plain = unicodedata.normalize("NFC", text[:4000].casefold())
    assert fold_text(text) == " ".join(re.findall(r"[^\W_]+", plain))[:600]
