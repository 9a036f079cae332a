"""The hub of a feed: from the answer's Link headers, else from its document (WebSub section 4)."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from bot.collect.addresses import absolute_address, base_address, public_url
from bot.models.subscriptions import Hub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.models.feeds import FetchedFeed, ParsedFeed

_NO_HUB: Final = Hub()
_LONGEST: Final = 2048
_LONGEST_HEADER: Final = 16 * 1024
_MOST: Final = 20
# RFC 8288 section 3. Each part is bounded, and none can match what another one does.
_LINK: Final = re.compile(
    r"<([^<>]{0,2048})>((?:\s{0,9};\s{0,9}[\w*!#$&+.^`|~-]{1,40}\s{0,9}"
    r'(?:=\s{0,9}(?:"[^"]{0,2048}"|[^\s",;]{1,2048}))?){0,20})'
)
_PARAMETER: Final = re.compile(r';\s*([^\s=;]+)\s*(?:=\s*(?:"([^"]*)"|([^\s",;]+)))?')


def links_of_headers(values: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return relation and address of the hubs and selves that Link headers name, in their order."""
    return tuple(
        (relation, match[1].strip())
        for value in islice(values, _MOST)
        for match in islice(_LINK.finditer(value[:_LONGEST_HEADER]), _MOST)
        for relation in _relations(match[2])
        if relation in {"hub", "self"}
    )


def _relations(parameters: str) -> list[str]:
    found = _PARAMETER.finditer(parameters)
    # A second rel in one link is to be ignored (RFC 8288 section 3.3).
    first = next((one for one in found if one[1].lower() == "rel"), None)
    return (first[2] or first[3] or "").lower().split() if first else []


def hub_of(fetched: FetchedFeed, parsed: ParsedFeed) -> Hub:
    """Return the hub of a feed and its topic there.

    A link of the headers counts more than one of the document. A feed whose address shows
    something like a key has none: a hub would have to be told the key, and a row would hold it.
    """
    hubs = [*_addresses("hub", fetched.links, fetched), *_addresses("hub", parsed.links, fetched)]
    if not hubs:
        return _NO_HUB
    selves = (
        *_addresses("self", fetched.links, fetched),
        *_addresses("self", parsed.links, fetched),
        fetched.url,
    )
    hub, topic = _best(hubs), next(iter(selves))
    is_public = all(public_url(one) == one for one in (hub, topic))
    return Hub(url=hub, topic=topic) if is_public else _NO_HUB


def _addresses(
    relation: str, links: Sequence[tuple[str, str]], fetched: FetchedFeed
) -> Iterator[str]:
    base = base_address(fetched.url)
    for rel, href in links:
        address = absolute_address(href, base) if rel == relation else None
        if address is not None and len(address) <= _LONGEST:
            yield address


def _best(hubs: Sequence[str]) -> str:
    """Return the first hub whose connection is safe, so that it can be given a secret."""
    return next((hub for hub in hubs if hub.startswith("https://")), hubs[0])
