"""Terms come and go in the text of the file, and whatever else stands there stays."""

from __future__ import annotations

import tomllib
from itertools import combinations

import pytest

from bot.config.text.positions import scan
from bot.operate.feeds.term_lists import merged, with_lists

KEPT = """\
[[feeds]]
id = "f"  # nguồn
include = [
  "AI",  # trí tuệ
  # nhóm hai
  "chip", "gpu",
  "x"  # cuối
]
exclude = ["a", 'b']  # ngắn
url = "u"
"""


def edited(text: str, **lists: list[str]) -> str:
    return with_lists(text, scan(text), ("feeds", 0), lists)


@pytest.mark.parametrize(
    ("include", "lines"),
    [
        (["AI", "gpu", "x"], '  "AI",  # trí tuệ\n  # nhóm hai\n  "gpu",\n  "x"  # cuối\n'),
        (["x"], '  # nhóm hai\n  "x"  # cuối\n'),
        (["x", "mới"], '  # nhóm hai\n  "x",  # cuối\n  "mới",\n'),
        ([], "  # nhóm hai\n"),
        (["mới"], '  "mới",\n  # nhóm hai\n'),
        (["AI", r"/\d+\"/"], '  "AI",  # trí tuệ\n  "/\\\\d+\\\\\\"/",\n  # nhóm hai\n'),
    ],
)
def test_a_list_of_several_lines_keeps_its_comments(include: list[str], lines: str) -> None:
    before, _, rest = KEPT.partition("include = [\n")
    after = rest[rest.index("]\n") :]
    assert edited(KEPT, include=include) == f"{before}include = [\n{lines}{after}"


def test_a_list_of_one_line_stays_one_and_one_that_is_new_follows_the_id() -> None:
    assert 'exclude = ["b", "c"]  # ngắn\n' in edited(KEPT, exclude=["b", "c"])
    assert edited(KEPT, exclude=["a", "b"]) == KEPT
    bare = '[[feeds]]\nid = "f"  # nguồn'
    assert edited(bare, exclude=["a"], include=[]) == f'{bare}\nexclude = ["a"]'
    both = f'{bare}\ninclude = ["b"]\nexclude = ["a"]'
    assert edited(bare, include=["b"], exclude=["a"]) == both


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["b"]', '[{ id = "b", include = ["AI"] }]'),
        ("['b', 'c']  # hai", """[{ id = 'b', include = ["AI"] }, 'c']  # hai"""),
        ("[ { id='b' } ]", """[ { id='b', include = ["AI"] } ]"""),
        ('[{ urgent = true, id = "b" }]', '[{ urgent = true, id = "b", include = ["AI"] }]'),
        ('[{ id = "b", include = ["x"] }]', '[{ id = "b", include = ["AI"] }]'),
    ],
)
def test_in_a_list_a_name_becomes_a_table_and_a_table_in_braces_gets_the_key(
    before: str, after: str
) -> None:
    text = f'[[feeds]]\nid = "f"\nchannels = {before}\n'
    place = ("feeds", 0, "channels", 0)
    lists: dict[str, list[str]] = {"include": ["AI"], "exclude": []}
    assert with_lists(text, scan(text), place, lists) == text.replace(before, after)
    assert with_lists(text, scan(text), place, {"exclude": []}) == text


@pytest.mark.parametrize(
    "text", [KEPT, KEPT.replace("]\nex", '  , "y" ]\nex'), KEPT.replace('"x"  # cuối\n', '"x"')]
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_whatever_goes_and_comes_the_file_says_what_is_wanted(text: str, end: str) -> None:
    text = text.replace("\n", end)
    old = tomllib.loads(text)["feeds"][0]
    terms = [*old["include"], "mới", "nữa"]
    for count in range(len(terms) + 1):
        for wanted in combinations(terms, count):
            lists = {"include": merged(old["include"], wanted)}
            after = edited(text, **lists)
            assert tomllib.loads(after) == {"feeds": [old | lists]}
            assert after.count("\n") == after.count(end)
