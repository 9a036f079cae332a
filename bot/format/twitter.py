"""twitter-text: the addresses that X sees, and how much a text weighs there.

The library reads a file of its own by setuptools' `pkg_resources`, which it does not declare, which
Python 3.12 no longer brings and setuptools 82 dropped. The one function that it calls is lent to
it; that also saves half of the time that importing it takes.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import resources
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LENT = "pkg_resources"


def _resource_string(module: str, name: str) -> bytes:
    return resources.files(module.rpartition(".")[0]).joinpath(name).read_bytes()


@contextmanager
def _lent_pkg_resources() -> Iterator[None]:
    lent = ModuleType(_LENT)
    vars(lent)["resource_string"] = _resource_string
    before = sys.modules.get(_LENT)
    sys.modules[_LENT] = lent
    try:
        yield
    finally:
        del sys.modules[_LENT]
        if before is not None:
            sys.modules[_LENT] = before


with _lent_pkg_resources():
    from twitter_text import extract_urls, extract_urls_with_indices, parse_tweet

__all__ = ["extract_urls", "extract_urls_with_indices", "parse_tweet"]
