"""How newsbot reads feedparser's conformance documents: `python -m benchmarks.conformance FOLDER`.

Each of them states in a comment what feedparser makes of it ("Expect: entries[0]['title'] ==
'Example'"). Compared are the claims about what newsbot uses: the numbers of entries, and titles,
links, ids, texts, feed title, link and language. Others are counted, as "not compared".
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.collect.parse import parse_feed
from bot.models.feeds import FetchedFeed, ParsedFeed

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXPECT = re.compile(r"<!--(?:(?!-->).)*?^\s*Expect:\s*(.*?)\s*-->", re.DOTALL | re.MULTILINE)
_ITEM_KEYS = {
    "title": "title",
    "link": "link",
    "id": "id",
    "guid": "id",
    "summary": "summary",
    "description": "summary",
}
_FEED_KEYS = {"title": "title", "link": "link", "language": "language"}
_ADDRESS = "http://127.0.0.1:8097/tests/"


@dataclass
class Report:
    """Counts of claims, and the documents where one does not hold."""

    documents: int = 0
    held: int = 0
    skipped: int = 0
    wrong: list[str] = field(default_factory=list)


def claims(document: bytes) -> Iterator[ast.expr]:
    """Yield the parts, joined by "and", of what a document expects; none if it states nothing."""
    stated = _EXPECT.search(document.decode("utf-8", "replace"))
    if stated is None:
        return
    try:
        whole = ast.parse(" ".join(stated[1].split()), mode="eval").body
    except SyntaxError:
        return
    yield from (
        whole.values if isinstance(whole, ast.BoolOp) and isinstance(whole.op, ast.And) else [whole]
    )


def compare(document: bytes, name: str, report: Report) -> None:
    """Add to `report` which claims of `document` hold."""
    report.documents += 1
    parsed = parse_feed(FetchedFeed(url=_ADDRESS + name, body=document))
    for claim in claims(document):
        pair = _pair(claim, parsed)
        if pair is None:
            report.skipped += 1
        elif pair[0] == pair[1]:
            report.held += 1
        else:
            report.wrong.append(f"{name}: {ast.unparse(claim)}, newsbot: {pair[0]!r}")


def _pair(claim: ast.expr, parsed: object) -> tuple[object, object] | None:
    """Return newsbot's value and the expected one, None where a claim is about something else."""
    if not isinstance(claim, ast.Compare) or not isinstance(claim.ops[0], ast.Eq):
        return None
    try:
        expected = ast.literal_eval(claim.comparators[0])
        path = list(_path(claim.left))
    except ValueError:
        return None
    return _found(path, parsed, expected)


def _path(node: ast.expr) -> Iterator[Any]:
    """Yield the names and keys of `entries[0]['title']`, `feed.title` or `len(entries)`."""
    match node:
        case ast.Subscript():
            yield from _path(node.value)
            yield ast.literal_eval(node.slice)
        case ast.Attribute():
            yield from _path(node.value)
            yield node.attr
        case ast.Name():
            yield node.id
        case ast.Call(func=ast.Name(id="len"), args=[argument]):
            yield from _path(argument)
            yield "len"
        case _:
            raise ValueError(ast.dump(node))


def _found(path: list[Any], parsed: object, expected: object) -> tuple[object, object] | None:
    items = parsed.items if isinstance(parsed, ParsedFeed) else ()
    match path:
        case ["entries", "len"]:
            return len(items), expected
        case ["entries", int(number), str(key)] if key in _ITEM_KEYS:
            found = getattr(items[number], _ITEM_KEYS[key], None) if number < len(items) else None
            return found, expected
        case ["entries", int(number), "content", 0, "value"] if number < len(items):
            return items[number].content, expected
        case ["feed", str(key)] if key in _FEED_KEYS and isinstance(parsed, ParsedFeed):
            return getattr(parsed, _FEED_KEYS[key]), expected
    return None


def main(folder: str | None = None) -> bool:
    """Compare the documents under `folder` and print what does not hold."""
    if folder is None:
        print("python -m benchmarks.conformance FOLDER: feedparser's tests/ are not stored here")
        return True
    report = Report()
    for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
        compare(path.read_bytes(), path.name, report)
    print(*report.wrong, sep="\n")
    print(
        f"{report.documents} documents: {report.held} claims hold, {len(report.wrong)} do not, "
        f"{report.skipped} not compared"
    )
    return not report.wrong


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:2]) else 1)
