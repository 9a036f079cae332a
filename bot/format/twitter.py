"""twitter-text: the addresses that X sees, and how much a text weighs there.

The library reads a file of its own by setuptools' `pkg_resources`, which it does not declare, which
Python 3.12 no longer brings and setuptools 82 dropped. The one function that it calls is lent to
it; that also saves half of the time that importing it takes.
"""

from __future__ import annotations

import re
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
    from twitter_text.regexp.emoji import emoji
    from twitter_text.regexp.extract_url import extract_url
    from twitter_text.regexp.valid_ascii_domain import valid_ascii_domain
    from twitter_text.regexp.valid_cctld import valid_cctld
    from twitter_text.regexp.valid_gtld import valid_gtld

__all__ = [
    "DOMAIN_END",
    "doubtful_urls",
    "emoji",
    "extract_urls",
    "extract_urls_with_indices",
    "parse_tweet",
]

# Delegated after the library's list was made (data.iana.org/TLD): X may know them.
_NEWER = "(?:amazon|kids|merck|music|spa)(?=[^0-9a-zA-Z@+-]|$)"
# Python takes "ſ" and "ı" for letters from a to z where case does not matter, X does not.
_TOP_LEVEL = f"(?:{valid_gtld.pattern}|{valid_cctld.pattern}|xn--|{_NEWER})".replace(
    "(?=[^0-9a-zA-Z@+-]|$)", "(?![0-9@+-]|(?-i:[a-zA-Z]))"
)
DOMAIN_END = re.compile(rf"\.(?<=[^\s.!#-,/:-@\[-\^{{-~]\.)(?={_TOP_LEVEL})", re.IGNORECASE)
"""The dot before a top-level domain: no address that X sees in a text is without one."""

_MISSED = re.compile(
    rf"(?<![A-Za-z0-9@＠$#＃])https?://[^\s/?#]*\.{_TOP_LEVEL}[^\s/?#]*"
    rf"|(?<!\S)[a-z0-9-]*[a-z0-9]\.{_TOP_LEVEL}",
    re.IGNORECASE,
)


def doubtful_urls(text: str) -> list[str]:
    """Return the addresses that X may see in `text` although this library does not.

    It refuses hosts that Python's IDNA (RFC 3490) cannot encode, such as Latin letters behind
    Arabic ones; X's JavaScript library encodes them all. It knows no newer top-level domain.
    """
    taken: list[tuple[int, int]] = [
        (found["indices"][0], found["indices"][1]) for found in extract_urls_with_indices(text)
    ]
    doubtful = []
    for start, end in _possible(text):
        if all(end <= first or last <= start for first, last in taken):
            taken.append((start, end))
            doubtful.append(text[start:end])
    return doubtful


def _possible(text: str) -> Iterator[tuple[int, int]]:
    for match in extract_url.finditer(text):
        if match[4]:
            yield match.start(3), match.end(3)
        elif match[2] not in {"-", "_", ".", "/"}:
            for domain in valid_ascii_domain.finditer(match[5]):
                yield match.start(5) + domain.start(), match.start(5) + domain.end()
    yield from (found.span() for found in _MISSED.finditer(text))
