"""Each link of the documentation leads to a file, and to a heading in it."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import PAGES, ROOT, Page

RECORDS = [
    Page(path)
    for folder in ("docs/decisions", "benchmarks", "bot")
    for path in sorted((ROOT / folder).rglob("*.md"))
]
EVERY = [*PAGES, Page(ROOT / "CHANGELOG.md"), *RECORDS]
AWAY = ("https://", "http://", "mailto:")


def fault(page: Page, to: str) -> str | None:
    """Say what is wrong with a link."""
    file, _, anchor = to.partition("#")
    target = (page.path.parent / file) if file else page.path
    if file.startswith("/") or not target.resolve().is_relative_to(ROOT):
        return f"{to}: not within the repository"
    if not target.exists():
        return f"{to}: no such file"
    if anchor and anchor not in (Page(target.resolve()) if file else page).anchors:
        return f"{to}: no such heading"
    return None


@pytest.mark.parametrize("page", EVERY, ids=lambda page: page.name)
def test_each_link_leads_somewhere(page: Page) -> None:
    here = [to for to in page.links if not to.startswith(AWAY)]
    assert not "; ".join(found for to in here if (found := fault(page, to)))


def test_each_page_is_reached_from_the_index() -> None:
    index = next(page for page in PAGES if page.name == "docs/README.md")
    named = {(index.path.parent / to.partition("#")[0]).resolve() for to in index.links}
    missing = {page.name for page in PAGES if page.name.startswith("docs/")} - {
        str(path.relative_to(ROOT)) for path in named if path.is_relative_to(ROOT)
    }
    assert missing == {"docs/README.md"}


def test_each_picture_is_shown() -> None:
    shown = {(page.path.parent / to).resolve() for page in PAGES for to in page.links}
    assert set((ROOT / "docs/pictures").iterdir()) <= shown


def test_each_decision_that_is_named_exists() -> None:
    numbers = {path.name[:4] for path in (ROOT / "docs/decisions").glob("*.md")}
    named = {
        number for page in EVERY for number in re.findall(r"docs/decisions/(\d{4})", page.text)
    }
    assert named <= numbers
    assert len(named) > 10


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("[a](README.md)", []),
        ("[a](no.md)", ["no.md: no such file"]),
        ("[a](docs/web.md#the-pages)", []),
        ("[a](docs/web.md#no)", ["docs/web.md#no: no such heading"]),
        ("# A `b`: c!\n[a](#a-b-c)", []),
        ("# A\n# A\n[a](#a-1)", []),
        ("[a](#a)", ["#a: no such heading"]),
        ("[a](/etc/passwd)", ["/etc/passwd: not within the repository"]),
        ("[a](../README.md)", ["../README.md: not within the repository"]),
        ('<img src="no.png" alt="x">', ["no.png: no such file"]),
        ("`[a](no.md)`", []),
        ("[`a`](no.md)", ["no.md: no such file"]),
        ("```\n[a](no.md)\n```", []),
    ],
)
def test_a_link_into_nothing_is_found(text: str, faults: list[str]) -> None:
    page = Page(ROOT / "README.md", text)
    assert [found for to in page.links if (found := fault(page, to))] == faults
