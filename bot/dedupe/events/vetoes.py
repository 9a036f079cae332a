"""The facts in which two reports differ, so that they cannot tell the same event.

A veto cannot be outvoted by what they have in common.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from bot.dedupe.events.alike import said_in
from bot.dedupe.events.lists import lists
from bot.dedupe.events.names import is_known
from bot.dedupe.events.numbers import clashes
from bot.dedupe.events.overlap import covered, overlap

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bot.dedupe.events.numbers import Quantity
    from bot.dedupe.events.overlap import Weigh
    from bot.dedupe.events.report import Report
    from bot.dedupe.events.words import Word

_TELLING_NAME = 0.25
_ONE_MOULD = 0.6
_EXCHANGED = 2
_SAME_TEXT, _SAME_TITLE, _MORE_NEWS = 0.6, 0.7, 0.2
_COPIED_TEXT = 0.8


def veto(one: Report, other: Report, weigh: Weigh) -> str | None:
    """Return the sort of fact in which the two differ; None where none does.

    `weigh` says how telling a folded word is, 0 to 1.
    """
    return next((name for name, differ in _VETOES.items() if differ(one, other, weigh)), None)


def _models(one: Report, other: Report, _: Weigh) -> bool:
    return _no_common(one.full_models, other.full_models) or _no_common(one.models, other.models)


def _no_common(
    ones: Mapping[str, AbstractSet[str]], others: Mapping[str, AbstractSet[str]]
) -> bool:
    return any(not ones[name] & others[name] for name in ones.keys() & others.keys())


def _variants(one: Report, other: Report, _: Weigh) -> bool:
    return bool(_lacks(one, other) or _lacks(other, one))


def _lacks(one: Report, other: Report) -> frozenset[str]:
    return one.variants - other.words - other.variants


def _period(one: Report, other: Report, _: Weigh) -> bool:
    return disjoint(one.full_times.periods, other.full_times.periods)


def _year(one: Report, other: Report, _: Weigh) -> bool:
    return disjoint(one.times.years, other.times.years)


def _date(one: Report, other: Report, _: Weigh) -> bool:
    return disjoint(one.times.days, other.times.days)


def _weekday(one: Report, other: Report, _: Weigh) -> bool:
    return disjoint(one.full_times.weekdays, other.full_times.weekdays)


def _ordinal(one: Report, other: Report, _: Weigh) -> bool:
    return disjoint(one.full_times.ordinals, other.full_times.ordinals)


def _number(one: Report, other: Report, _: Weigh) -> bool:
    """Two titles count the same thing differently, or each has a number that the other lacks."""
    ours, theirs = one.full_numbers, other.full_numbers
    known = _are_among(_solid(one), theirs), _are_among(_solid(other), ours)
    if not any(known) or (clashes(one.numbers, other.numbers) and not all(known)):
        return True
    telling = [number for number in ours if number.is_telling]
    others = [number for number in theirs if number.is_telling]
    has_common = any(n.is_among(theirs) for n in telling) or any(n.is_among(ours) for n in others)
    return not has_common and not _are_among(telling, theirs) and not _are_among(others, ours)


def _solid(report: Report) -> list[Quantity]:
    return [number for number in report.numbers if number.is_solid]


def _are_among(numbers: Iterable[Quantity], others: Collection[Quantity]) -> bool:
    return all(number.is_among(others) for number in numbers)


def _kind(one: Report, other: Report, _: Weigh) -> bool:
    return not (_speaks_of(one.kinds, other) and _speaks_of(other.kinds, one))


def _speaks_of(kinds: AbstractSet[str], report: Report) -> bool:
    return all(lists().kinds[kind].are_in(report.full_text) for kind in kinds)


def _rumour(one: Report, other: Report, weigh: Weigh) -> bool:
    """Tell whether two rumours are two: of one product a new one comes every week."""
    rumour = frozenset({"rumour"})
    are_both = _speaks_of(rumour, one) and _speaks_of(rumour, other)
    return are_both and covered(one, other, weigh).least < _SAME_TITLE


def _platform(one: Report, other: Report, _: Weigh) -> bool:
    return disjoint(one.platforms, other.platforms)


def _name(one: Report, other: Report, weigh: Weigh) -> bool:
    """Each title has a telling name that the other report does not know."""
    if one.has_all_nouns or other.has_all_nouns:
        return False
    return min(_strangest(one, other, weigh), _strangest(other, one, weigh)) > _TELLING_NAME


def _strangest(one: Report, other: Report, weigh: Weigh) -> float:
    return max((weigh(name) for name in one.names if not is_known(name, one, other)), default=0.0)


def _exchange(one: Report, other: Report, _: Weigh) -> bool:
    """Titles of one mould in which a name or number is another: "Apple fined", "Meta fined"."""
    least = min(len(one.title_words), len(other.title_words))
    if not least or len(one.title_words & other.title_words) < _ONE_MOULD * least:
        return False
    # The matcher's answer depends on the order.
    one, other = sorted((one, other), key=_folded)
    ours, theirs = _folded(one), _folded(other)
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    return any(
        tag == "replace"
        and max(end - start, stop - begin) <= _EXCHANGED
        and _has_stranger(one.title[start:end], other, other.title[begin:stop])
        and _has_stranger(other.title[begin:stop], one, one.title[start:end])
        for tag, start, end, begin, stop in matcher.get_opcodes()
    )


def _news(one: Report, other: Report, weigh: Weigh) -> bool:
    """Tell whether one title is news above the text of the other: what followed, with what was.

    What was is told in full by what followed, but not the other way round; reports of one event
    cover each other's titles alike. Two outlets do not write nearly the same text by themselves:
    where they have it, as from an agency, another title says that the text is of another day,
    unless a figure stands in both.
    """
    common = overlap(one, other, weigh)
    if common <= _SAME_TEXT:
        return False
    least, most = covered(one, other, weigh)
    is_copied = common > _COPIED_TEXT and _figures(one).isdisjoint(_figures(other))
    return least < _SAME_TITLE and (most - least > _MORE_NEWS or is_copied)


def _figures(report: Report) -> frozenset[float]:
    return frozenset(number.value for number in _solid(report))


def _folded(report: Report) -> list[str]:
    return [word.folded for word in report.title]


def _has_stranger(words: Sequence[Word], other: Report, instead: Sequence[Word]) -> bool:
    """Tell whether a name of `words` is new to the other report, and not its name `instead`.

    Other words for the same are none: "found", "discovered".
    """
    others = {word.folded for word in instead}
    return said_in(words).keys().isdisjoint(said_in(instead)) and any(
        is_marked(word)
        and word.folded not in other.words
        and others.isdisjoint(lists().aliases.get(word.folded, ()))
        and not (word.folded in other.initials and len(word.folded) > 1)
        for word in words
    )


def is_marked(word: Word) -> bool:
    """Tell whether a word is a name or a model: a capital or a digit beside letters."""
    has_capital = word.text != word.text.lower()
    return has_capital or (word.has_digit and not word.text[0].isdigit())


def disjoint(ones: AbstractSet[object], others: AbstractSet[object]) -> bool:
    """Tell whether both say something, and nothing in common."""
    return bool(ones and others and not ones & others)


_VETOES: Mapping[str, Callable[[Report, Report, Weigh], bool]] = {
    "model": _models,
    "variant": _variants,
    "period": _period,
    "year": _year,
    "date": _date,
    "weekday": _weekday,
    "ordinal": _ordinal,
    "number": _number,
    "kind": _kind,
    "rumour": _rumour,
    "platform": _platform,
    "name": _name,
    "exchanged word": _exchange,
    "news": _news,
}
