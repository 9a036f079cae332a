"""What the feeds of a language taught about its words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from bot.dedupe.events.common import Common, shipped
from bot.models.events import Count
from bot.store.db.batches import in_batches, rows_where_in
from bot.store.db.upserts import add_all
from bot.store.tables.events import languages, word_counts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection

MOST_REPORTS = 40_000
"""So many are remembered of a language; then half of each count is forgotten."""
_WORD_LETTERS = 40
_COUNTS = ("reports", "capital", "small")
# The language's own row comes as that of the word "", which is none.
_COUNTED = (
    "SELECT '' AS word, reports, 0 AS capital, 0 AS small FROM languages WHERE language = {} "
    "UNION ALL "
    "SELECT word, reports, capital, small FROM word_counts WHERE language = {} AND word IN ({})"
)


def language_of(tag: str) -> str:
    """Return the language of a tag such as "pt-BR", without its country."""
    return tag.partition("-")[0].lower()


def common_words(tx: Connection, language: str, words: Collection[str]) -> Common:
    """Return what is known of `words`."""
    counts = _counts(tx, language, words or ("",))
    reports = counts.pop("", Count()).reports
    return Common(counts=counts, reports=reports, prior=shipped(language))


def with_words(tx: Connection, language: str, common: Common, words: Collection[str]) -> Common:
    """Return `common` with what is known of `words`, beside those that it was asked for."""
    counts = {**common.counts, **_counts(tx, language, words)}
    counts.pop("", None)
    return replace(common, counts=counts)


def _counts(tx: Connection, language: str, words: Collection[str]) -> dict[str, Count]:
    return {
        word: Count(*counts)
        for part in in_batches(words)
        for word, *counts in rows_where_in(tx, _COUNTED, part, language, language)
    }


def learn(tx: Connection, language: str, reports: Collection[Mapping[str, Count]]) -> None:
    """Add the words of `reports` to the counts of their language."""
    total: dict[str, Count] = {}
    for report in reports:
        for word, count in report.items():
            if len(word) <= _WORD_LETTERS:
                total[word] = total.get(word, Count()) + count
    rows = [
        {
            "language": language,
            "word": word,
            "reports": count.reports,
            "capital": count.capital,
            "small": count.small,
        }
        for word, count in sorted(total.items())
    ]
    for part in in_batches(rows):
        add_all(tx, word_counts, _COUNTS, part)
    add_all(tx, languages, ("reports",), [{"language": language, "reports": len(reports)}])


def forget_half(tx: Connection) -> None:
    """Halve the counts of the languages of which too much is remembered; single words go."""
    full = select(languages.c.language).where(languages.c.reports > MOST_REPORTS)
    for language in tx.execute(full).scalars().all():
        here = word_counts.c.language == language
        tx.execute(delete(word_counts).where(here, word_counts.c.reports < 2))  # noqa: PLR2004 - half of one is none
        halves = {name: word_counts.c[name] // 2 for name in _COUNTS}
        tx.execute(update(word_counts).where(here).values(halves))
        same = languages.c.language == language
        tx.execute(update(languages).where(same).values(reports=languages.c.reports // 2))
