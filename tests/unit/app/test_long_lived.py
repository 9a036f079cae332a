"""What lives long is passed over, and does not stay for ever."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from bot.app.long_lived import pass_over_long_lived

if TYPE_CHECKING:
    from collections.abc import Iterator


class Configuration:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_a_configuration_is_passed_over_until_another_takes_its_place() -> None:
    first = Configuration()
    pass_over_long_lived()
    assert not any(one is first for one in gc.get_objects())
    seen = weakref.ref(first)
    del first
    gc.collect()
    assert seen() is not None, "it is kept from the collector, else this test shows nothing"
    pass_over_long_lived()
    assert seen() is None
