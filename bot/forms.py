"""An English text -> the form of the catalogue that it was made by, and its values (pure).

What newsbot stores is English, for programs read it, and nobody knows in which language it will be
read. Each such text is made by a form that the catalogue has, so that the form can be found again.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from struct import iter_unpack, unpack_from
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOLD: Final = frozenset({"why", "also", "hint", "what", "count", "span"})
"""Names of values that are texts of newsbot's own, and translated too; all others are others'."""
FREE: Final = frozenset({"answer", "asked", "error", "post", "rest", "title"})
"""Names of values in which others may have written anything, marks between parts as well."""
BEFORE: Final = "why"
"""The name of what stands before a form that goes on in the middle of a sentence."""
_GOES_ON = ("; ", ", ", ": ", " ")
_COUNTS: Final = "0123456789.,"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A text of the catalogue with `names` between its `literals`, of which there is one more.

    `key` is the text, or the two for one and for several.
    """

    key: tuple[str, ...]
    literals: tuple[str, ...]
    names: tuple[str, ...]
    is_ending: bool = False

    @property
    def letters(self) -> int:
        """Return how much of a text is the form's own: the more, the surer."""
        return sum(map(len, self.literals))

    def values(self, text: str) -> dict[str, str] | None:
        """Return the values in a text that was made by this form, None if it was not.

        Each literal is taken where it first stands: no text takes more than one way through.
        """
        if not self.names:
            return {} if text == self.literals[0] else None
        first, *between, last = self.literals
        end = len(text) - len(last)
        if end < len(first) or not text.startswith(first) or not text.endswith(last):
            return None
        found, place = [], len(first)
        for literal in between:
            stop = text.find(literal, place, end)
            if stop < 0:
                return None
            found.append(text[place:stop])
            place = stop + len(literal)
        found.append(text[place:end])
        values = dict(zip(self.names, found, strict=True))
        return values if self._fits(values, found) else None

    def _fits(self, values: dict[str, str], found: list[str]) -> bool:
        """Tell whether values at the ends are no more than one: a key and a file stand before."""
        if values.get("count", "0").strip(_COUNTS):
            return False
        first, last = self.names[0], self.names[-1]
        is_long = self.literals[0] == "" and first not in TOLD | FREE and ": " in found[0]
        if self.literals[-1] == "" and last not in TOLD | FREE:
            is_long |= ": " in found[-1] or "; " in found[-1]
        return not is_long


def forms_of(catalogue: bytes) -> tuple[Form, ...]:
    """Return the forms with values of a compiled catalogue (GNU .mo), the surest first.

    Those that end a sentence come before all others, for what they end may be of any form.
    """
    found = [form for key in _originals(catalogue) for form in _forms(key)]
    return tuple(sorted(found, key=lambda form: (not form.is_ending, -form.letters)))


def _forms(key: tuple[str, ...]) -> Iterator[Form]:
    for text in key:
        parts = _parsed(text)
        if parts is None:
            continue
        literals, names = parts
        if text.startswith(_GOES_ON):
            yield Form(key=key, literals=("", *literals), names=(BEFORE, *names), is_ending=True)
        elif names or literals != (text,):
            yield Form(key=key, literals=literals, names=names)


def _parsed(text: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return literals and names of a form, None for one with values that are not put in as text."""
    literals, names = [""], []
    try:
        for literal, name, form, conversion in Formatter().parse(text):
            literals[-1] += literal
            if name is not None:
                if not name.isidentifier() or form or conversion:
                    return None
                names.append(name)
                literals.append("")
    except ValueError:  # a text that is never filled in, with a brace
        return None
    return tuple(literals), tuple(names)


def _originals(catalogue: bytes) -> Iterable[tuple[str, ...]]:
    """Yield the English texts of a .mo file; for one and several together, those of a context not.

    The reader of `gettext` keeps only the first of two.
    """
    count, table = unpack_from("<2I", catalogue, 8)
    for length, start in iter_unpack("<2I", catalogue[table : table + 8 * count]):
        text = catalogue[start : start + length].decode()
        if text and "\x04" not in text:
            yield tuple(text.split("\0"))
