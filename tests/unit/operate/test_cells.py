"""Lines fold at words, and what is copied or read at a glance stays whole."""

import pytest

from bot.operate.cells import cells_of, folded, wrapped


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three four five six", ["one two three four five", "six"]),
        ("posts go at 2026-11-30 03:30 +07", ["posts go at", "2026-11-30 03:30 +07"]),
        ("mend it, say `newsbot retry ID`", ["mend it, say", "`newsbot retry ID`"]),
        ("`newsbot post --channel a --item b` x", ["`newsbot post --channel", "a --item b` x"]),
        ("https://example.org/a-long-address x", ["https://example.org/a-long-address", "x"]),
        ("- one two three four five six", ["- one two three four", "  five six"]),
        ("| one two three four five six", ["| one two three four", "| five six"]),
        ("  one two three four five six", ["  one two three four", "    five six"]),
        ("short\none two three four five six", ["short", "one two three four five", "six"]),
        ("中国应对 美国芯片出 口限制的方法", ["中国应对 美国芯片出", "口限制的方法"]),
    ],
)
def test_a_line_folds_at_words(text: str, lines: list[str]) -> None:
    assert wrapped(text, 24, hang=4).split("\n") == lines


def test_a_terminal_of_few_columns_is_written_beyond() -> None:
    assert wrapped("one two three four five", 3) == wrapped("one two three four five", 20)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two", ["one", "two"]),
        ("abcdefghij", ["abcd", "efgh", "ij"]),
        ("中国应对", ["中国", "应对"]),
        ("a b c", ["a b", "c"]),
    ],
)
def test_a_cell_of_a_table_is_never_wider_than_its_column(text: str, lines: list[str]) -> None:
    assert folded(text, 4) == lines
    assert all(cells_of(line) <= 4 for line in lines)
