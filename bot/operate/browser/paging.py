"""A part of a long list: which one a query asks for, and the links to the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.operate.browser.pages import Fields

T = TypeVar("T")
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """The part of `total` entries that begins at `start`; `query` holds the other wishes."""

    start: int
    size: int
    total: int
    query: Fields

    @classmethod
    def of(cls, query: Fields, total: int, size: int) -> Paging:
        """Return the part that `from` asks for, counted from 1; the nearest where there is none."""
        said = query.get("from", "")
        wanted = int(said) - 1 if said.isdecimal() and len(said) <= _DIGITS else 0
        last = max(total - 1, 0) // size * size
        return cls(
            start=min(max(wanted, 0) // size * size, last),
            size=size,
            total=total,
            query={key: text for key, text in query.items() if key != "from"},
        )

    @property
    def end(self) -> int:
        """Return how many entries there are up to the end of the part."""
        return min(self.start + self.size, self.total)

    def part(self, entries: Sequence[T]) -> Sequence[T]:
        """Return the entries of the part."""
        return entries[self.start : self.end]

    def link(self, start: int) -> str:
        """Return the query of the part that begins at `start`."""
        return "?" + urlencode({**self.query, "from": start + 1}, errors="replace")

    @property
    def before(self) -> str | None:
        """Return the query of the part before; None where there is none."""
        return self.link(self.start - self.size) if self.start else None

    @property
    def after(self) -> str | None:
        """Return the query of the next part; None where there is none."""
        return self.link(self.end) if self.end < self.total else None

    @property
    def here(self) -> str:
        """Return the query of this part, as a form gives it back."""
        return self.link(self.start)[1:]
