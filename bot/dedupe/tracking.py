"""Parameters of addresses that only say where a click came from, by the lists in `lists/`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from urllib.parse import SplitResult

_LISTS: Final = ("clearurls.json", "feeds.json")
_GROUP: Final = re.compile(r"\([^()]*\)[*?+]*")
_WORD: Final = re.compile(r"[a-z0-9-]+(?![*?+{])")


@dataclass(frozen=True, kw_only=True)
class _Provider:
    """One entry of a list: the sites that it is about, and their parameters that track."""

    word: str
    """A part of every address that the entry is about."""
    rules: Mapping[str, Any]

    @cached_property
    def sites(self) -> re.Pattern[str]:
        # To the end of a host's name: "x.com" is not about "x.com.vn".
        return re.compile(rf"(?:{self.rules['urlPattern']})(?![\w.-])", re.IGNORECASE)

    @cached_property
    def exceptions(self) -> re.Pattern[str]:
        return self._any_of("exceptions")

    @cached_property
    def names(self) -> re.Pattern[str]:
        return self._any_of("rules")

    @cached_property
    def pairs(self) -> re.Pattern[str]:
        return self._any_of("pairs")

    @cached_property
    def fragments(self) -> re.Pattern[str]:
        return self._any_of("fragments")

    def is_about(self, address: str) -> bool:
        return bool(self.sites.match(address)) and not self.exceptions.match(address)

    def _any_of(self, key: str) -> re.Pattern[str]:
        patterns = self.rules.get(key) or ("(?!)",)
        return re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE)


def without_tracking(parts: SplitResult) -> SplitResult:
    """Return `parts` without tracking parameters in the query and behind the hash."""
    if not parts.query and not parts.fragment:
        return parts
    host, page = (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")
    # The same for all spellings of an address, since `canonical_link` must find the same.
    address = f"https://{host}{page}?"
    providers = [each for each in _candidates(host) if each.is_about(address)]
    query = [pair for pair in parts.query.split("&") if not _is_tracking(pair, providers)]
    fragment = parts.fragment
    # Some feeds put all their tracking there: "#xtor=RSS-1", "#publisher=newsstand".
    if all(_is_tracking_fragment(part, providers) for part in fragment.split("&")):
        fragment = ""
    return parts._replace(query="&".join(query), fragment=fragment)


def _is_tracking(pair: str, providers: Iterable[_Provider]) -> bool:
    pair = unquote_plus(pair)
    name = pair.partition("=")[0]
    return any(each.names.fullmatch(name) or each.pairs.fullmatch(pair) for each in providers)


def _is_tracking_fragment(part: str, providers: Iterable[_Provider]) -> bool:
    return any(each.fragments.fullmatch(part) for each in providers) or (
        "=" in part and _is_tracking(part, providers)
    )


@lru_cache(maxsize=1024)
def _candidates(host: str) -> tuple[_Provider, ...]:
    return tuple(each for each in _providers() if each.word in host)


@cache
def _providers() -> tuple[_Provider, ...]:
    """Read the lists, once and only when an address has a parameter."""
    folder = files("bot.dedupe") / "lists"
    documents = (json.loads((folder / name).read_text(encoding="utf-8")) for name in _LISTS)
    return tuple(
        _Provider(word=_word(rules["urlPattern"]), rules=rules)
        for document in documents
        for rules in document["providers"].values()
        if "rules" in rules
    )


def _word(pattern: str) -> str:
    """Return the longest word that every host of `pattern` holds: most need no compiling then."""
    rest, host = "", pattern.replace("\\/", "/").partition("//")[2]
    while rest != host:
        rest, host = host, _GROUP.sub(" ", host)
    return max(_WORD.findall(host.partition("/")[0]), key=len, default="")
