"""Text of others never drives a terminal, and keeps its letters."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bot.visible import escaped_json, escaped_xml, visible, visible_line

DRIVES = [
    "\x1b[2J",  # clears the screen
    "\x1b]0;title\x07",  # OSC: the window's title
    "\x1b]52;c;aGk=\x07",  # OSC: the clipboard
    "\x9b31m",  # CSI in eight bits
    "\x9d8;;https://evil.example\x9c",
    "\x0e",  # another alphabet
    "\x08\x08\x08",
    "a\rb",
    "\x7f",
    "\u202etxt.exe",  # turned around
    "\u2066\u2069",
    "\ud800",
]
KEPT = [
    "Tiếng Việt",
    "ไทย",
    "नमस्ते",
    "עברית \u200f(RTL)",
    "👨\u200d👩\u200d👧",
    "می\u200cخواهم",
    "a – b",
]


def is_unfit(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or character in (
        "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


@pytest.mark.parametrize("text", DRIVES)
def test_what_drives_a_terminal_is_replaced(text: str) -> None:
    assert not any(map(is_unfit, visible(text)))
    assert "\N{REPLACEMENT CHARACTER}" in visible(text)


@pytest.mark.parametrize("text", KEPT)
def test_letters_of_all_scripts_are_kept(text: str) -> None:
    assert visible(text) == text
    assert visible_line(text) == text


def test_line_breaks_stay_unless_one_line_is_wanted() -> None:
    assert visible("a\tb\nc") == "a b\nc"
    assert visible_line("a\r\n  sent tin: forged\u2028b") == "a sent tin: forged b"


@given(st.text())
def test_no_text_drives_a_terminal(text: str) -> None:
    assert not any(map(is_unfit, visible(text).replace("\n", "")))
    assert not any(map(is_unfit, visible_line(text)))


@pytest.mark.parametrize("is_ascii", [False, True])
def test_xml_keeps_its_content_and_drives_nothing(is_ascii: bool) -> None:
    title = "Tiếng Việt \x9b31m\u202egpj"
    document = escaped_xml(f'<opml title="{title}"/>', is_ascii=is_ascii)
    assert etree.fromstring(document).get("title") == title
    assert not any(map(is_unfit, document))
    assert document.isascii() is is_ascii


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_keeps_its_content_and_drives_nothing(text: str) -> None:
    document = escaped_json(json.dumps({text: [text]}, ensure_ascii=False, indent=2))
    assert json.loads(document) == {text: [text]}
    assert not any(map(is_unfit, document.replace("\n", "")))
