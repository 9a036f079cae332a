"""Cleaning: characters, titles, blocks, sentences."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.format.blocks import read_blocks, read_title
from bot.format.sentences import ends_sentence, join_sentences, split_sentences
from bot.format.text import MAX_TEXT, clean, fold


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("a\x00b\x1bc\x7f", "abc"),
        ("lone \ud800surrogate", "lone surrogate"),
        ("zero\u200bwidth\ufeff \u2060junk\u00ad", "zerowidth junk"),
        ("right\u202eover\u2066ride", "rightoverride"),
        ("Vie\u0323\u0302t Nam", "Việt Nam"),
        ("a \t\u00a0\u3000 b", "a b"),
        ("a \r\n b\u2028c", "a\nb\nc"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("icon \ue001font", "icon font"),
        ("hid\U000e0041\U000e0042den", "hidden"),
        (
            "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("Tiáº¿ng Viá»‡t", "Tiếng Việt"),
        ("weâ€™re Ã©lan", "we’re élan"),
        ("gegrÃ¼ndet, groÃŸen fÃ¼r – ěš", "gegründet, großen für – ěš"),
        ("Isidora KataniÄ‡ et un cafÃ© à Hué", "Isidora Katanić et un café à Hué"),
        ("Mẹo nhỏ ðŸ’¡ đây", "Mẹo nhỏ 💡 đây"),
        ("GRÃS, BLÅ… Ä‡ à", "GRÃS, BLÅ… Ä‡ à"),
        ("déjà vu Ã© là", "déjà vu Ã© là"),  # not all of it can be undone
    ],
)
def test_clean(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_each_sign_is_cleaned_alike_in_plain_and_in_odd_text() -> None:
    signs = map(chr, (*range(0x10000), *range(0xE0000, 0xE1000), 0xF0000, 0x1F3F4))
    # Two spaces take a text the long way.
    assert not [sign for sign in signs if clean(f"a{sign}b") != clean(f"a{sign}b  ")]


def test_no_more_than_four_marks_are_stacked_on_a_letter() -> None:
    assert len(clean("x" + "\u0317\u0316" * 1_000)) <= 6


@settings(deadline=None, max_examples=150)
@given(st.text(st.characters(codec=None)))
def test_clean_text_is_nfc_stays_clean_and_can_be_sent(raw: str) -> None:
    cleaned = clean(raw)
    cleaned.encode()
    assert cleaned == unicodedata.normalize("NFC", cleaned)
    if not set("ÂÃÄÅÆÐÑáâ") & set(cleaned):  # what begins misread UTF-8
        assert clean(cleaned) == cleaned
    assert len(cleaned) <= 3 * MAX_TEXT


@pytest.mark.parametrize(
    ("one", "other"),
    [("Đất Việt", "dat viet"), ("ĐƯỜNG", "duong"), ("Straße!", "strasse"), ("ỷ lệ", "y le")],
)
def test_fold_takes_case_accents_and_signs_away(one: str, other: str) -> None:
    assert fold(one) == other


@settings(deadline=None, max_examples=150)
@given(
    st.text(
        st.sampled_from("aZ_9 .\n\x1f-đÐøłıßẞẾự’“»…—\xa0\u0301\u034f\u0323ǆİﬁ²çñΩ한あ"), max_size=30
    )
)
def test_fold_reads_the_words_of_a_text_alike_whatever_letters_follow(text: str) -> None:
    # A letter of another script takes the whole text the long way.
    assert f"{fold(text)} ж".lstrip() == fold(f"{text} ж")


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("A &amp;amp; B", "A & B"),
        ("A &amp; B", "A & B"),
        ("AT&T", "AT&T"),
        ("&#8220;Chip&#8221; &nbsp;Việt", "“Chip” Việt"),
        ("A <b>big</b> day", "A big day"),
        ("Using <video> well", "Using <video> well"),
        ("Use &lt;b&gt; in HTML", "Use <b> in HTML"),
        ("Use &amp;lt;b&amp;gt; in HTML", "Use <b> in HTML"),
        ("List<String> in Java", "List<String> in Java"),
        ("x<y and a > b, I <3 it", "x<y and a > b, I <3 it"),
        ("Why <script>alert(1)</script> now", "Why now"),
        ('<a href="http://x">Unclosed', "Unclosed"),
        ("<![CDATA[Tin]]>", "Tin"),
        ("two\nlines<br>three", "two lines three"),
        ("<p>", ""),
        ("", ""),
    ],
)
def test_a_title_is_read_as_markup_or_text(raw: str, title: str) -> None:
    assert read_title(raw) == title


@pytest.mark.parametrize(
    ("markup", "texts"),
    [
        ("<p>Một</p><p>Hai</p>", ["Một", "Hai"]),
        ("Một<br><br>Hai<br>Ba<br>bốn", ["Một", "Hai\nBa bốn"]),
        ("<p>a<script>b</script><style>c</style>d", ["ad"]),
        ("<figure><img><figcaption>Ảnh</figcaption></figure><p>Tin", ["Tin"]),
        ("<nav>Menu</nav><form>x<button>y</button></form>Tin", ["Tin"]),
        ('<div class="share buttons"><p>Chia sẻ</p><div>x</div></div><p>Tin', ["Tin"]),
        ('<p style="display: none">x</p><p hidden>y</p>Tin', ["Tin"]),
        ("plain text\n\nsecond", ["plain text", "second"]),
        (
            "&lt;p&gt;twice &amp;amp; more&lt;/p&gt;&lt;p&gt;escaped&lt;/p&gt;",
            ["twice & more", "escaped"],
        ),
        ("<p>write <code>&lt;/p&gt;</code> here</p>", ["write </p> here"]),
        ("<p>a &amp;amp; b</p>", ["a & b"]),
        ("<b>a</b> <i>b</i>\n<u>c</u>", ["a b c"]),
        ("<div>" * 5_000 + "deep", ["deep"]),
        ("<?xml version='1.0' encoding='utf-16'?><p>Đất", ["Đất"]),
        ("", []),
        ("\ud800<p>\x00", []),
        (
            '<p>I enjoy it<sup class="footnote-ref" id="fnref-1"><a href="#fn-1">1</a></sup>. So do you.</p>',
            ["I enjoy it. So do you."],
        ),
        (
            '<p>I enjoy it.<a href="#fn:1" rel="footnote"><sup>1</sup></a> So do you.</p>',
            ["I enjoy it. So do you."],
        ),
        (
            '<p>A room of 20 m<sup>2</sup>, <a href="/footnotes" class="post">seen</a> in Hue</p>',
            ["A room of 20 m2, seen in Hue"],
        ),
    ],
)
def test_blocks(markup: str, texts: list[str]) -> None:
    assert [block.text for block in read_blocks(markup)] == texts


def test_blocks_know_headings_code_items_and_links() -> None:
    blocks = read_blocks("<h2>H</h2><ul><li>I</li></ul><pre>a\nb</pre><p>t <a>link</a></p>")
    assert [(block.kind, block.linked) for block in blocks] == [
        ("heading", 0),
        ("item", 0),
        ("code", 0),
        ("text", 4),
    ]


def test_reading_stops_when_there_is_enough() -> None:
    blocks = read_blocks("<p>mười chữ một dòng</p>" * 2_000)
    assert sum(len(block.text) for block in blocks) < 13_000


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("TP.HCM có 3.5 triệu xe. TP. Huế ít hơn.", ["TP.HCM có 3.5 triệu xe.", "TP. Huế ít hơn."]),
        ("Mr. Smith left. He ran.", ["Mr. Smith left.", "He ran."]),
        ("In the U.S. Army they said no.", ["In the U.S. Army they said no."]),
        ("J. R. R. Tolkien wrote. Yes.", ["J. R. R. Tolkien wrote.", "Yes."]),
        ("Am 21. Mai kam er. Dann nicht.", ["Am 21. Mai kam er.", "Dann nicht."]),
        ("“Hay quá!” Anh nói. Rồi đi.", ["“Hay quá!”", "Anh nói.", "Rồi đi."]),
        (
            "Yahoo! said so... and went. Why? Because.",
            ["Yahoo! said so... and went.", "Why?", "Because."],
        ),
        ("你好。今天！好", ["你好。", "今天！", "好"]),
        ("有多薄吗?据介绍,仅9毫米。", ["有多薄吗?", "据介绍,仅9毫米。"]),
        ("Yahoo!ニュースとWhat?サイト", ["Yahoo!ニュースとWhat?サイト"]),
        ("مرحبا؟ نعم۔ لا", ["مرحبا؟", "نعم۔", "لا"]),
        ("यह ठीक है। अच्छा।", ["यह ठीक है।", "अच्छा।"]),
        ("no end", ["no end"]),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_joined_sentences_have_spaces_where_their_script_has() -> None:
    assert join_sentences(["A.", "B."]) == "A. B."
    assert join_sentences(["你好。", "今天！"]) == "你好。今天！"


@pytest.mark.parametrize(
    ("text", "answer"),
    [("Hết.", True), ("Hết.”", True), ("完。", True), ("dở", False), ("", False)],
)
def test_ends_sentence(text: str, answer: bool) -> None:
    assert ends_sentence(text) is answer


@settings(deadline=None, max_examples=150)
@given(st.text(st.sampled_from('aB đ.!?… "”)。！؟1 TP'), max_size=80))
def test_splitting_loses_no_letter(text: str) -> None:
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("escaped", "texts"),
    [
        # about markup:
        ("Dùng &lt;b&gt; hay &lt;br&gt; xuống dòng?", ["Dùng <b> hay <br> xuống dòng?"]),
        ("Mã <b>A</b> &copy=3 &amp; &reg;", ["Mã A &copy=3 & ®"]),
        ("Thẻ &lt;img&gt; cần alt.", ["Thẻ <img> cần alt."]),
        # markup that was escaped once too often:
        ("Câu một.&lt;br /&gt;&lt;br /&gt;Câu hai.", ["Câu một.", "Câu hai."]),
        ("Dòng&lt;br&gt;Hai", ["Dòng\nHai"]),
        ("&lt;img src='a.jpg'&gt;Câu một.", ["Câu một."]),
    ],
)
def test_markup_that_is_spoken_of_stays(escaped: str, texts: list[str]) -> None:
    assert [block.text for block in read_blocks(escaped)] == texts


def test_what_a_browser_wraps_is_text_with_lines_of_its_own() -> None:
    """GitHub shows the message of a commit so; a program stands in lines that nobody wraps."""
    message = "Đọc RSS nhanh hơn\n\nMỗi tài liệu được đọc\nmột lần."
    for style in ("white-space:pre-wrap;width:81ex", "White-Space: pre-line"):
        blocks = read_blocks(f'<pre style="{style}">{message}</pre><p>a\nb</p>')
        assert [(block.kind, block.text) for block in blocks] == [
            ("text", "Đọc RSS nhanh hơn"),
            ("text", "Mỗi tài liệu được đọc một lần."),
            ("text", "a b"),
        ]
    (program,) = read_blocks('<pre style="color:red">x = 1\ny = 2</pre>')
    assert (program.kind, program.text) == ("code", "x = 1\ny = 2")
