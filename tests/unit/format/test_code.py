"""Code that got into descriptions goes; words in brackets and braces stay."""

from __future__ import annotations

import time

import pytest

from bot.format.blocks import read_blocks
from bot.format.code import without_code, without_shortcodes

NEWS = "Nhóm kỹ sư ở Đà Nẵng vừa giới thiệu một bộ pin thể rắn."


def text_of(markup: str) -> str:
    return " | ".join(block.text for block in read_blocks(markup))


@pytest.mark.parametrize(
    "markup",
    [
        '[vc_row css=".vc_1{padding:0}"][vc_column width="1/2"][vc_column_text]{}[/vc_column_text][/vc_column][/vc_row]',
        "[vc_row full_width=&quot;x&quot;][vc_column_text]<p>{}</p>[/vc_column_text][/vc_row]",
        "[et_pb_section fb_built=”1″ _builder_version=”4.9″][et_pb_text]{}[/et_pb_text][/et_pb_section]",
        "[caption id=”a_1″ align=”center”]<img src='/a.jpg'> Chú thích ảnh[/caption]{}",
        "[b]{}[/b]", "[size=4][color=red]{}[/color][/size]", "{} [img]https://a.vn/1.jpg[/img]",
        '[gallery ids="1,2,3"]{}', "[toc]{}", "[contact-form-7 id='1' title='Liên hệ']{}",
        "/*! elementor - v3.5.6 */ .elementor-heading-title{padding:0;margin:0}.elementor-widget a{color:inherit} {}",
        "#gallery-1 { margin: auto; } #gallery-1 .gallery-item { float: left; width: 33%; } {}",
        "@media (max-width:600px){.a{color:red}} {}", "body,html{margin:0}p > a:hover{color:#fff;} {}",
        "{} .wp-block-image{padding:0;margin",
        'if (!jQuery) { alert("thieu jquery"); } $( document ).ready(() => { const hop = $("#hop-0"); }); {}',
        "jQuery(document).ready(function($){ $('.a').slick(); }); {}",
        "(function(d, s, id) { var js = d; }(document, 'script', 'facebook-jssdk')); {}",
        "(adsbygoogle = window.adsbygoogle || []).push({}); {}",
        "{} window._taboola = window._taboola || []; _taboola.push({mode:'x'});",
        "googletag.cmd.push(function() { googletag.display('div-gpt-ad-1'); }); {}",
        "setTimeout(function(){ x(); }, 3000); {}", "var dem = 5; {}", "document.write('x'); {}",
    ],
)  # fmt: skip
def test_code_goes_and_the_text_beside_it_stays(markup: str) -> None:
    head, _, tail = markup.rpartition("{}")
    assert text_of(head + NEWS + tail) == NEWS


@pytest.mark.parametrize(
    "text",
    [
        "[Video] Cháy lớn ở cảng", "[Cập nhật] Giá vàng hôm nay [lần 2]", "Ông nói: “Tôi [không] biết” [sic].",
        "Theo tài liệu [1] và [2], mảng a[0] đứng đầu.", "Chữ [b] là nốt si giáng.", "Regex [A-Z] và [a-z]",
        "[Đánh giá: tốt] Máy chạy êm", "[OFFICIAL MV] Bài hát mới", "Hợp đồng {số: 12} ký hôm qua {sic}.",
        "Trận đấu (hiệp 1); tỷ số 2-0; hàm sin(x); kết thúc.", "Tập {1, 2, 3} có ba phần tử.",
        "In Rust, match x { 1 => 2 } works.", "Giá = 5 triệu; lãi = 2 %.", "C++/CLI; a/*b là gì?",
    ],
)  # fmt: skip
def test_words_in_brackets_and_braces_stay(text: str) -> None:
    assert without_shortcodes(text) == text
    assert text_of(text) == text


def test_code_that_is_shown_as_code_stays() -> None:
    code = "a { color: red; }"
    (block,) = read_blocks(f"<pre>{code}</pre>")
    assert (block.kind, block.text) == ("code", code)


def test_text_between_two_pieces_of_code_stays() -> None:
    assert text_of(f".a{{color:red}} {NEWS} .b{{color:blue}} Hết.") == f"{NEWS} Hết."


@pytest.mark.parametrize(
    "part",
    ["{", "}", "{a:b;}", "[", "[a ", "[/a]", "(", "a(", "a.b(", "/*", " /*", "=", "x = ", "[a b=", "; ", "a.b='", ")", "a) {b:c;}"],
)  # fmt: skip
def test_hostile_repetitions_take_no_time(part: str) -> None:
    start = time.thread_time()
    without_code(part * 20_000)
    without_shortcodes(part * 20_000)
    assert time.thread_time() - start < 2  # quadratic time is a minute
