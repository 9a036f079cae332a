"""Lists of terms in the text of a TOML file: some go, some come, and comments stay (pure)."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from bot.config.text.positions import Span
from bot.operate.feeds.toml_text import toml_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.config.text.positions import Path as KeyPath
    from bot.config.text.positions import Scan

    Edit = tuple[int, int, str]

_REST_OF_LINE = re.compile(r"[ \t]*+(?:#[^\n]*+)?+(?=\n)")
_COMMA = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+,[ \t]*+")


def merged(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return the terms of `new`: those of `old` in their order there, then the others."""
    wanted = list(dict.fromkeys(new))
    return [term for term in old if term in wanted] + [term for term in wanted if term not in old]


def with_lists(text: str, found: Scan, table: KeyPath, lists: Mapping[str, Sequence[str]]) -> str:
    """Return `text`, of which `found` tells the places, where keys of `table` hold these `lists`.

    A term that stays keeps its place and its comment; one that goes takes the comment of its line
    along. A key that is new stands behind the table's `id`.
    """
    edits: list[Edit] = []
    new: list[str] = []
    for key, terms in lists.items():
        if (*table, key) in found.values:
            edits += _changed(found, (*table, key), terms)
        elif terms:
            new.append(f"{key} = {toml_text(list(terms))}")
    return _edited(text, found, [*edits, *_behind_id(found, table, new)])


def _behind_id(found: Scan, table: KeyPath, new: Sequence[str]) -> list[Edit]:
    """Return how keys come into a table, or into one in braces, which the id alone becomes."""
    if not new:
        return []
    text, whole, own_id = found.text, found.values.get(table), found.values.get((*table, "id"))
    if own_id is None:
        start, end = found.values[table]
        return [(start, end, f"{{ id = {', '.join((text[start:end], *new))} }}")]
    if whole is not None:
        return [(own_id.end, own_id.end, "".join(f", {one}" for one in new))]
    end = text.find("\n", own_id.end)
    end = len(text) if end < 0 else end
    return [(end, end, "".join(f"\n{one}" for one in new))]


def _changed(found: Scan, key: KeyPath, terms: Sequence[str]) -> list[Edit]:
    whole = found.values[key]
    spans = _elements(found, key)
    old = [_value(found.text, span) for span in spans]
    if old == list(terms):
        return []
    written = found.text[whole.start : whole.end]
    if "\n" not in written:
        return [(*whole, toml_text(list(terms)))]
    stays = [span for span, term in zip(spans, old, strict=True) if term in terms]
    edits = list(_cuts(found.text, [span for span in spans if span not in stays], whole))
    if new := [term for term in terms if term not in old]:
        edits += _appended(found.text, stays[-1] if stays else None, whole, new)
    return edits


def _elements(found: Scan, key: KeyPath) -> list[Span]:
    spans: list[Span] = []
    while (*key, len(spans)) in found.values:
        spans.append(found.values[*key, len(spans)])
    return spans


def _value(text: str, span: Span) -> object:
    return tomllib.loads(f"it = {text[span.start : span.end]}")["it"]


def _cuts(text: str, gone: Sequence[Span], whole: Span) -> Iterator[Edit]:
    """Yield how elements go: with their commas, and with a line on which nothing else is."""
    runs: list[Span] = []
    for start, end in gone:
        comma = _COMMA.match(text, end, whole.end)
        begin = runs.pop().start if runs and runs[-1].end == start else start
        runs.append(Span(begin, comma.end() if comma else end))
    for start, end in runs:
        line = text.rfind("\n", 0, start) + 1
        rest = _REST_OF_LINE.match(text, end)
        is_alone = rest is not None and not text[line:start].strip()
        yield (line, rest.end() + 1, "") if rest and is_alone else (start, end, "")


def _appended(text: str, anchor: Span | None, whole: Span, new: Sequence[str]) -> list[Edit]:
    """Return how terms come behind the last one that stays, `anchor`, or behind the bracket."""
    after = anchor.end if anchor else whole.start + 1
    comma = _COMMA.match(text, after, whole.end) if anchor else None
    lacking = "" if comma or anchor is None else ","
    at = comma.end() if comma else after
    rest = _REST_OF_LINE.match(text, at)
    at = rest.end() if rest else at
    lines = "".join(f"\n{_indent(text, anchor)}{toml_text(term)}," for term in new)
    if at == after:
        return [(at, at, lacking + lines)]
    return [(after, after, lacking), (at, at, lines)]


def _indent(text: str, anchor: Span | None) -> str:
    if anchor is None:
        return "  "
    before = text[text.rfind("\n", 0, anchor.start) + 1 : anchor.start]
    return before if not before.strip() else " " * len(before)


def _edited(text: str, found: Scan, edits: Sequence[Edit]) -> str:
    r"""Return `text` after the edits, which count in the text of `found`: that has no "\r"."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    end_of_line = "\r\n" if "\r\n" in text else "\n"

    def place(offset: int) -> int:
        line, column = found.position(offset)
        return starts[line - 1] + column - 1

    for start, end, new in sorted(edits, reverse=True):
        text = text[: place(start)] + new.replace("\n", end_of_line) + text[place(end) :]
    return text
