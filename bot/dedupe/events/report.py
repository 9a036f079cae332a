"""One outlet's report of an event: what its title and lead say, as sets of facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.dedupe.events.alike import said_in
from bot.dedupe.events.dates import times_of
from bot.dedupe.events.lists import lists
from bot.dedupe.events.names import has_all_nouns, initials_in, names_in
from bot.dedupe.events.numbers import quantities
from bot.dedupe.events.products import models_of, variants_of
from bot.dedupe.events.words import plain_lead, plain_title, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.dedupe.events.dates import Times
    from bot.dedupe.events.lists import Phrases
    from bot.dedupe.events.names import Capitals
    from bot.dedupe.events.numbers import Quantity
    from bot.dedupe.events.words import Word

_NAME_LEAST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The facts of a title, and those of title and lead together (`full_...`).

    `title_words` in order, `words` all of them, folded; `joined` is their text without spaces;
    `full_text` is the whole in small letters. `title_said` and `said` are what the words say, by
    stem or meaning.
    """

    title: tuple[Word, ...]
    title_words: frozenset[str]
    words: frozenset[str]
    title_said: Mapping[str, str]
    said: Mapping[str, str]
    joined: str
    names: frozenset[str]
    full_names: frozenset[str]
    has_all_nouns: bool
    initials: frozenset[str]
    models: Mapping[str, frozenset[str]]
    full_models: Mapping[str, frozenset[str]]
    variants: frozenset[str]
    numbers: frozenset[Quantity]
    full_numbers: frozenset[Quantity]
    times: Times
    full_times: Times
    platforms: frozenset[str]
    kinds: frozenset[str]
    full_text: str


def report_of(title: str, lead: str, capitals: Capitals) -> Report:
    """Return the facts of an item."""
    title, lead = plain_title(title), plain_lead(lead)
    full = f"{title}. {lead}"
    ours, rest = words_of(title), words_of(lead)
    every = [word.folded for word in (*ours, *rest)]
    names = names_in(ours, capitals) | _first_name(ours, rest, capitals)
    models, more = models_of(ours), models_of(rest)
    said, times = said_in(ours), times_of(full)
    return Report(
        title=tuple(ours),
        title_words=frozenset(word.folded for word in ours),
        words=frozenset(every),
        title_said=said,
        said={**said_in(rest), **said},
        joined="".join(every),
        names=names,
        full_names=names | names_in(rest, capitals),
        has_all_nouns=has_all_nouns(rest),
        initials=initials_in(ours, rest),
        models=models,
        full_models={
            name: models.get(name, frozenset()) | more.get(name, frozenset())
            for name in {**models, **more}
        },
        variants=variants_of(title, ours),
        numbers=quantities(title),
        full_numbers=quantities(full),
        times=times_of(title) if times.are_any else times,
        full_times=times,
        platforms=_named_in(title, lists().platforms),
        kinds=_named_in(title, lists().kinds),
        full_text=full.casefold(),
    )


def _first_name(title: Sequence[Word], lead: Sequence[Word], capitals: Capitals) -> frozenset[str]:
    """Return the title's first word where the lead has it with a capital, too."""
    first = title[0] if title else None
    if first is None or not first.is_capital or len(first.text) < _NAME_LEAST:
        return frozenset()
    is_new = capitals(first.folded) is None
    is_repeated = is_new and any(word.text == first.text for word in lead)
    return frozenset({first.folded} if is_repeated else ())


def _named_in(text: str, known: Mapping[str, Phrases]) -> frozenset[str]:
    low = text.casefold()
    return frozenset(fact for fact, phrases in known.items() if phrases.are_in(low))
