"""What a person reads uses the field's words; the code's own ones are explained in docs/states.md."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import PAGES, Page
from tests.docs.test_when_things_go_wrong import printed

PRIVATE = re.compile(
    r"(?i)\b(?:owed?|owes|told|lanes?|leads? (?:there|nowhere)|(?:leads?|led) to [^.;:]*\bchannels?)\b"
)
"""A story is queued and posted, a feed is routed to channels; an address may lead to a page."""
EXPLAINED = {"docs/states.md"}


def private(text: str) -> list[str]:
    return [text[max(0, found.start() - 30) : found.end() + 30] for found in PRIVATE.finditer(text)]


@pytest.mark.parametrize(
    "page", [one for one in PAGES if one.name not in EXPLAINED], ids=lambda page: page.name
)
def test_a_page_uses_the_words_of_the_field(page: Page) -> None:
    assert private(re.sub(r"`[^`]*`", "", page.prose)) == []


def test_the_program_uses_the_words_of_the_field() -> None:
    sentences = [text for text in printed().split("\n") if " " in text]
    assert len(sentences) > 1000
    assert [found for text in sentences for found in private(text)] == []


@pytest.mark.parametrize(
    "text", ["a story is owed to a channel", "Told in a digest", "the feed leads to two channels"]
)
def test_a_private_word_is_found(text: str) -> None:
    assert private(text)
