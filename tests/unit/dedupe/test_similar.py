"""The sketch of a text, as its paper defines it: stored sketches must stay comparable."""

from __future__ import annotations

from zlib import crc32

from hypothesis import given
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
