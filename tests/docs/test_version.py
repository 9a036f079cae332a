"""The version of the program is the newest of the changelog."""

import re
from datetime import date

import bot
from tests.e2e.world import ROOT


def test_the_changelog_begins_with_this_version_and_its_day() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(r"^## (.+)$", text, re.MULTILINE)
    assert found is not None
    version, _, day = found[1].partition(" - ")
    assert version == bot.__version__
    assert date.fromisoformat(day)
