"""Rankings of posts under letters, counted per author by the key."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.posts.sheets import OURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Key = dict[str, dict[str, str]]


class RankingError(ValueError):
    """A line of the rankings says what the key does not know, or leaves out a post."""


@dataclass(slots=True)
class Counts:
    """How ours did against each author: better, equal, worse; and the faults of each author."""

    items: int = 0
    against: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    faults: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def lines(self) -> Iterator[str]:
        """Yield the report."""
        yield f"{self.items} items ranked"
        for author, found in sorted(self.against.items()):
            total = found.total()
            good = found["better"] + found["equal"]
            yield (
                f"against {author}: at least as good {good} of {total} ({good / total:.0%}), "
                f"better {found['better']}, equal {found['equal']}, worse {found['worse']}"
            )
        for author, found in sorted(self.faults.items()):
            told = ", ".join(f"{fault} {count}" for fault, count in found.most_common())
            yield f"faults of {author}: {told}"


def count(lines: Iterable[str], key: Key) -> Counts:
    """Return what the rankings say. Raises RankingError with the line's number."""
    counts = Counts()
    ranked: set[str] = set()
    for number, line in enumerate(lines, start=1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        name, order, faults = _parts(said, number)
        if name not in key or name in ranked:
            known = "is ranked twice" if name in ranked else "is not in the key"
            raise RankingError(f'line {number}: "{name}" {known}')
        ranked.add(name)
        _count_item(counts, _places(order, key[name], number))
        for letter, fault in faults:
            if letter not in key[name]:
                raise RankingError(f'line {number}: a fault of "{letter}", which is no post of it')
            counts.faults[key[name][letter]][fault] += 1
    if missing := sorted(key.keys() - ranked):
        raise RankingError(f"not ranked: {', '.join(missing)}")
    return counts


def _parts(line: str, number: int) -> tuple[str, str, list[tuple[str, str]]]:
    name, *rest = (part.strip() for part in line.split("|"))
    if len(rest) not in {1, 2}:
        raise RankingError(f"line {number}: write NAME | B > A = C | A: a fault, B: another")
    told = [one.partition(":") for one in rest[1].split(",")] if rest[1:] and rest[1] else []
    return name, rest[0], [(letter.strip(), fault.strip()) for letter, _, fault in told]


def _places(order: str, letters: Mapping[str, str], number: int) -> dict[str, int]:
    """Return each author's place, 0 is the best; equals share one."""
    places = {
        letter.strip(): place
        for place, group in enumerate(order.split(">"))
        for letter in group.split("=")
    }
    said = sorted(letter.strip() for group in order.split(">") for letter in group.split("="))
    if said != sorted(letters):
        raise RankingError(f"line {number}: rank each of {', '.join(sorted(letters))} once")
    return {letters[letter]: place for letter, place in places.items()}


def _count_item(counts: Counts, places: Mapping[str, int]) -> None:
    counts.items += 1
    ours = places[OURS]
    others = {author: place for author, place in places.items() if author != OURS}
    for author, place in others.items():
        counts.against[author][_result(ours, place)] += 1
    if len(others) > 1:
        counts.against["the best of all"][_result(ours, min(others.values()))] += 1


def _result(ours: int, other: int) -> str:
    if ours == other:
        return "equal"
    return "better" if ours < other else "worse"
