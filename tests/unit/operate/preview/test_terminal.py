import io
import re
import unicodedata
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from bot.models.basics import Reason
from bot.models.feeds import Image
from bot.operate.preview.terminal import preview_text, print_preview
from tests.unit.operate.preview.kit import HOSTILE, channel, item, previews

LONG = "https://example.vn/" + "rất-dài-" * 60 + "tin.html"
TITLES = [
    "Cách Trung Quốc đối phó với lệnh hạn chế chip của Mỹ và nhiều nước khác trên thế giới",
    unicodedata.normalize("NFD", "Tiếng Việt có dấu tổ hợp, dài hơn một dòng của cửa sổ này"),
    "中国应对美国芯片限制的方法以及世界其他国家的情况和更多的新闻标题文字在这里",
    "日本の半導体ニュースはとても長い見出しになることがありますので折り返します",
    "Gia đình 👨‍👩‍👧‍👦 và cờ 🇻🇳 cùng 👍🏽 trong một tiêu đề dài hơn bình thường đấy",
]


def framed(*, width: int, colour: bool = True, **parts: object) -> list[str]:
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        legacy_windows=False,
        _environ={},
    )
    for one in previews(item(**parts)):
        print_preview(one, console)
    return stream.getvalue().splitlines()


def bare(line: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", line)


@pytest.mark.parametrize("width", [30, 60, 100])
@pytest.mark.parametrize("title", TITLES)
def test_every_line_of_a_frame_is_as_wide_as_the_frame(title: str, width: int) -> None:
    lines = [bare(line) for line in framed(width=width, title=title, summary=f"{title}. Câu hai.")]
    assert {cell_len(line) for line in lines} == {width}
    assert {line[0] + line[-1] for line in lines} == {"╭╮", "││", "╰╯"}


def test_frames_stay_readable_on_a_very_wide_terminal() -> None:
    assert {cell_len(bare(line)) for line in framed(width=250, title="Tin")} == {100}


def test_the_bar_shows_length_and_limit_and_the_title_is_bold_and_a_link() -> None:
    text = "\n".join(framed(width=80, title="Tin mới"))
    assert re.search("━[^━╌]*╌", text)
    assert re.search(r"length \d+/280", text)
    assert re.search(r"length \d+/4096", text)
    assert re.search(r"\x1b\[1;4;34m", text)
    assert "\x1b]8;" in text


def test_reasons_stand_in_the_frame() -> None:
    stream = io.StringIO()
    reason = Reason(code="x", text="the server answered 404")
    print_preview(previews(read=reason)[0], Console(file=stream, width=60))
    assert "error: the server answered 404" in stream.getvalue()
    for one in previews(item("Một"), item("Hai", id="2"), channels=(channel("x"),)):
        print_preview(one, Console(file=stream, width=100))
        reason = f"skip: {one.reason.text}"[:60] if one.reason else "─ post ─"
        assert reason in stream.getvalue()


def test_the_parts_that_the_operator_left_out_are_shown() -> None:
    (one,) = previews(item("Một", summary="(QC) Tin dài hơn."), channels=(channel("console"),))
    one = replace(one, feed=replace(one.feed, remove=("(QC)",)))
    stream = io.StringIO()
    print_preview(one, Console(file=stream, width=60))
    assert "left out “(QC)”" in stream.getvalue()
    assert "│ left out “(QC)”" in preview_text(one)
    assert "left out" not in preview_text(replace(one, feed=replace(one.feed, remove=())))


def test_no_colour_and_no_cut_in_a_pipe() -> None:
    photo = Image(url="https://example.vn/" + "p" * 300 + ".jpg", source="media")
    for one in previews(item("Tin " * 60, link=LONG, images=(photo,))):
        text = preview_text(one)
        assert "\x1b" not in text
        assert one.post is not None
        assert one.post.link in (None, *re.findall(r"https?://\S+", text))
        for line in one.post.text.splitlines():
            shown = re.sub(r"<[^>]+>", "", line)
            assert f"│ {shown}".rstrip() in text.replace("&", "&amp;") or "&" in line
        assert text.startswith("╭─ báo → ")
        assert text.endswith("╰─")


@pytest.mark.parametrize("title", HOSTILE)
def test_a_feed_cannot_drive_the_terminal(title: str) -> None:
    found = previews(item(title, summary=title, id=title))
    for one in found:
        text = preview_text(one)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
        stream = io.StringIO()
        print_preview(one, Console(file=stream, width=80))
        assert "\x1b" not in stream.getvalue()
        stream.getvalue().encode()
