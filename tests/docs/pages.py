"""The pages of the documentation, as GitHub reads them: headings, links, blocks and names."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"(?ms)^(?P<indent> *)```(?P<kind>[^\n]*)\n(?P<text>.*?)^ *```$")
_TO = re.compile(r"\]\(([^()\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")


@dataclass(frozen=True)
class Block:
    """A block of code: `kind` is the word behind its fence, `line` that of the fence."""

    kind: str
    text: str
    line: int


class Page:
    """One file of Markdown."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text(encoding="utf-8") if text is None else text

    @cached_property
    def prose(self) -> str:
        """All but the blocks of code."""
        return _FENCE.sub("", self.text)

    @cached_property
    def blocks(self) -> list[Block]:
        return [
            Block(
                found["kind"],
                "".join(
                    line.removeprefix(found["indent"])
                    for line in found["text"].splitlines(keepends=True)
                ),
                self.text.count("\n", 0, found.start()) + 1,
            )
            for found in _FENCE.finditer(self.text)
        ]

    @cached_property
    def spans(self) -> list[str]:
        """The code within sentences; a line's end counts as a blank."""
        return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", self.prose)]

    @cached_property
    def links(self) -> list[str]:
        """Where the page leads to, pictures included; code leads nowhere."""
        return [a or b for a, b in _TO.findall(re.sub(r"`[^`]*`", "", self.prose))]

    @cached_property
    def headings(self) -> list[tuple[int, str]]:
        """The level and text of each heading."""
        return [(len(marks), text) for marks, text in re.findall(r"(?m)^(#+) (.+)$", self.prose)]

    @cached_property
    def anchors(self) -> set[str]:
        """The names by which links reach the headings; GitHub numbers those that come again."""
        seen: Counter[str] = Counter()
        found = set()
        for _, text in self.headings:
            words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).lower()
            name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
            found.add(f"{name}-{seen[name]}" if seen[name] else name)
            seen[name] += 1
        return found


PAGES = [
    Page(path) for path in (*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md")))
]
"""What a reader is led to; decisions and the changelog tell of earlier times."""
BY_NAME = {page.name: page for page in PAGES}
