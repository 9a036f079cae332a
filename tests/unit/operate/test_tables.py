"""Tables: whole in a pipe, with whole ids on a narrow terminal."""

import io
import re
import sys

import pytest
from rich.cells import cell_len

from bot.operate.tables import folded, print_table

HEADERS = ("ID", "STATE", "CHANNEL", "FEED", "WHEN", "TITLE", "REASON")
TITLE = "Cách Trung Quốc đối phó với lệnh hạn chế chip của Mỹ và nhiều nước khác " * 2
ROW = (
    *("123456", "retracted", "x-tincongnghe-vietnam", "tincongnghe-tri-tue-nhan-tao"),
    *("2026-11-28 21:30", TITLE.strip(), "deleted by the operator"),
)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(
    width: int | None, monkeypatch: pytest.MonkeyPatch, *rows: tuple[object, ...], **options: object
) -> list[str]:
    out = io.StringIO() if width is None else Screen()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("COLUMNS", str(width or 80))
    monkeypatch.setenv("TERM", "xterm")
    print_table(HEADERS, rows, **options)  # type: ignore[arg-type]
    text = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    return [line.rstrip() for line in text.splitlines()]


def test_a_pipe_gets_one_line_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    head, *lines = drawn(None, monkeypatch, ROW, ROW, notes=("TITLE",))
    assert head.split() == list(HEADERS)
    assert [line.split("  ")[0] for line in lines] == [
        "123456 retracted x-tincongnghe-vietnam"
        " tincongnghe-tri-tue-nhan-tao 2026-11-28 21:30 "
        + TITLE.strip()
        + " deleted by the operator"
    ] * 2


@pytest.mark.parametrize("width", [80, 100, 120])
def test_ids_are_whole_and_long_texts_go_below(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(width, monkeypatch, ROW, notes=("TITLE", "REASON"))
    assert max(map(cell_len, lines)) <= width
    if width > 80:
        assert lines[1].split()[:4] == list(ROW[:4])
    text = " ".join(" ".join(lines).split())
    assert TITLE.strip() in text
    assert lines[-1] == "    deleted by the operator"


def test_at_80_columns_usual_ids_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ("12345", "pending", "tin-cong-nghe", "tincongnghe-ai", *ROW[4:])
    lines = drawn(80, monkeypatch, row, notes=("TITLE", "REASON"))
    assert lines[1] == "12345 pending tin-cong-nghe tincongnghe-ai 2026-11-28 21:30"


def test_idle_columns_go_before_an_id_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ("1", 0, "x" * 30, "y" * 30, None, "t", "")
    lines = drawn(64, monkeypatch, row, notes=("TITLE",))
    assert lines == ["ID CHANNEL                        FEED", f"1  {'x' * 30} {'y' * 30}", "    t"]


def test_where_there_is_no_room_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(20, monkeypatch, ROW)
    assert max(map(cell_len, lines)) <= 20
    assert "".join(line[:20] for line in lines).count("r") >= "".join(ROW).count("r")


def test_headers_stand_on_one_line_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    for width, expected in ((None, 2), (80, 2), (9, 3)):
        out = io.StringIO() if width is None else Screen()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setenv("COLUMNS", str(width))
        print_table(("SENT 24H", "ID"), [("12", "a")])
        assert len(out.getvalue().splitlines()) == expected


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("một hai ba", 20, ["một hai ba"]),
        ("một hai ba", 7, ["một hai", "ba"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("中国应对", 4, ["中国", "应对"]),
        ("ab 中国应对", 5, ["ab", "中国", "应对"]),
    ],
)
def test_words_stay_whole_where_a_line_holds_them(text: str, width: int, lines: list[str]) -> None:
    assert folded(text, width) == lines
