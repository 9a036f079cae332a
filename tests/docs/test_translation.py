"""The Vietnamese README has the parts of the English one: headings, code, links and pictures."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.docs.pages import BY_NAME, Page

ENGLISH, VIETNAMESE = BY_NAME["README.md"], BY_NAME["README.vi.md"]
EACH_OTHER = {"README.md", "README.vi.md"}


def levels(page: Page) -> list[int]:
    return [level for level, _ in page.headings]


def shape(page: Page) -> list[str]:
    """Return what stands in which order: paragraphs, items of lists, rows of tables."""
    return [match[0] for match in re.finditer(r"(?m)^(?:#+ |- |\d\. |\|)", page.prose)]


def parts(page: Page) -> list[list[str]]:
    """Return the code and links below each heading, in any order: sentences may turn them."""
    at = [found.start() for found in re.finditer(r"(?m)^#+ ", page.prose)]
    sections = [page.prose[a:b] for a, b in pairwise((*at, len(page.prose)))]
    return [
        sorted([*below.spans, *(to for to in below.links if to not in EACH_OTHER)])
        for text in sections
        for below in [Page(page.path, text)]
    ]


def test_it_has_the_same_headings() -> None:
    assert levels(VIETNAMESE) == levels(ENGLISH)
    assert len(levels(ENGLISH)) > 5


def test_it_has_the_same_items_in_the_same_order() -> None:
    assert shape(VIETNAMESE) == shape(ENGLISH)


def test_it_has_the_same_blocks_of_code() -> None:
    assert [(one.kind, one.text) for one in VIETNAMESE.blocks] == [
        (one.kind, one.text) for one in ENGLISH.blocks
    ]


def test_it_has_the_same_code_links_and_pictures() -> None:
    assert parts(VIETNAMESE) == parts(ENGLISH)


@pytest.mark.parametrize("page", [ENGLISH, VIETNAMESE], ids=lambda page: page.name)
def test_it_leads_to_the_other(page: Page) -> None:
    assert EACH_OTHER - {page.name} <= set(page.links)


def test_it_is_in_vietnamese() -> None:
    same = {text for _, text in VIETNAMESE.headings} & {text for _, text in ENGLISH.headings}
    assert same == {"newsbot"}


@pytest.mark.parametrize("page", [ENGLISH, VIETNAMESE], ids=lambda page: page.name)
def test_it_is_read_in_three_minutes(page: Page) -> None:
    """At 238 words a minute, the mean of 190 studies (Brysbaert 2019); in Vietnamese, of syllables."""
    text = re.sub(r"<[^>]*>|\]\([^)]*\)", " ", page.prose)
    assert len(re.findall(r"\w+", text)) <= 3 * 238
    assert page.text.count("\n") <= 110
