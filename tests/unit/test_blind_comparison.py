"""The harness of blind comparisons (`benchmarks/posts`): from a feed to counted rankings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.posts.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

KEY = {"one": {"A": "ours", "B": "hand"}, "two": {"A": "hand", "B": "ours"}}
FEED = """<rss version="2.0"><channel><title>Example</title><item><title>A chip of glass</title>
<pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>
<description>Engineers in Hue &lt;b&gt;built&lt;/b&gt; a chip of glass on Monday.</description>
<enclosure url="https://example.org/glass.mp4" type="video/mp4" length="1"/>
</item></channel></rss>"""


def counted(folder: Path, rankings: str) -> int:
    (folder / "key.json").write_text(json.dumps(KEY), encoding="utf-8")
    (folder / "rankings").write_text(rankings, encoding="utf-8")
    return main(["count", str(folder / "key.json"), str(folder / "rankings")])


def test_sheets_show_posts_under_letters_and_the_key_tells_whose_they_are(tmp_path: Path) -> None:
    feeds, items, sheets, hand = (tmp_path / name for name in ("feeds", "items", "sheets", "hand"))
    feeds.mkdir()
    hand.mkdir()
    (feeds / "f.rss").write_text(FEED, encoding="utf-8")
    (hand / "f.rss#0.txt").write_text("Glass becomes a chip.\n", encoding="utf-8")

    main(["draw", str(feeds), str(items), "--only", "f.rss#0"])
    main(["sheets", str(items), str(sheets), str(tmp_path / "key.json"), f"hand={hand}"])

    key = json.loads((tmp_path / "key.json").read_text(encoding="utf-8"))
    sheet = (sheets / "f.rss#0.md").read_text(encoding="utf-8")
    assert sorted(key["f.rss#0"].values()) == ["hand", "ours"]
    letters = {author: letter for letter, author in key["f.rss#0"].items()}
    assert f"## {letters['hand']}\n\nGlass becomes a chip." in sheet
    assert f"## {letters['ours']}\n\nA chip of glass\n\nEngineers in Hue built" in sheet
    assert "ours" not in sheet
    assert "hand" not in sheet


def test_rankings_are_counted_per_author_and_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rankings = "one | A > B | B: cut off\n# a remark\ntwo | A > B | B: cut off, A: says little\n"

    assert counted(tmp_path, rankings) == 0

    assert capsys.readouterr().out.splitlines() == [
        "2 items ranked",
        "against hand: at least as good 1 of 2 (50%), better 1, equal 0, worse 1",
        "faults of hand: cut off 1, says little 1",
        "faults of ours: cut off 1",
    ]


@pytest.mark.parametrize(
    ("rankings", "told"),
    [
        ("one | A > B", "not ranked: two"),
        ("one | A", "line 1: rank each of A, B once"),
        ("one | A > B | C: cut off", 'line 1: a fault of "C", which is no post of it'),
        ("three | A > B", 'line 1: "three" is not in the key'),
        ("one | A = B\none | A = B", 'line 2: "one" is ranked twice'),
    ],
)
def test_a_comparison_with_holes_or_unknown_names_is_refused(
    rankings: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert counted(tmp_path, rankings) == 1

    assert told in capsys.readouterr().err
