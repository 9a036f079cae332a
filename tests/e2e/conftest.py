from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.chromium import Browser, browser
from tests.e2e.world import World, world


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[World]:
    home = tmp_path / "a home"  # a space in every path, always
    home.mkdir()
    with world(home) as made:
        yield made


@pytest.fixture(scope="session")
def started_chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def chromium(started_chromium: Browser) -> Iterator[Browser]:
    """A tab, which leaves its page at the end: what is served there may end, too."""
    yield started_chromium
    started_chromium.open("about:blank")
