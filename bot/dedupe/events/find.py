"""Which of the recent stories tell the event of a new report."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.dedupe.events.report import report_of
from bot.dedupe.events.score import compare
from bot.models.events import Likeness, Relation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.dedupe.events.common import Common
    from bot.dedupe.events.report import Report
    from bot.models.basics import ChannelId, StoryId
    from bot.models.stories import Article

TELLING_WORDS = 12
_TELLING = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An earlier story with telling words of the new report; `channels` have it, or will soon."""

    story: StoryId
    article: Article
    channels: frozenset[ChannelId]


def report_on(article: Article, common: Common) -> Report:
    """Return the facts of an article's title and lead."""
    return report_of(article.title, " ".join(article.testimony), common.capitals)


def telling_words(words: Iterable[str], common: Common) -> tuple[str, ...]:
    """Return those of a report's folded words by which it is found again, most telling first."""
    best = heapq.nlargest(TELLING_WORDS, sorted(words), key=common.weigh)
    return tuple(word for word in best if common.weigh(word) > _TELLING)


def relations_of(
    article: Article, candidates: Sequence[Candidate], common: Common
) -> tuple[Relation, ...]:
    """Return the candidates that tell the event of `article`, or may; the likeliest first.

    Where too little of the language was learned none is the same.
    """
    if not candidates:  # most news has none, and the facts of a report cost half of the search
        return ()
    report = report_on(article, common)
    found = (_relation(report, candidate, common) for candidate in candidates)
    near = [one for one in found if one.likeness is not Likeness.OTHER]
    return tuple(sorted(near, key=lambda one: -one.score))


def _relation(report: Report, candidate: Candidate, common: Common) -> Relation:
    compared = compare(report, report_on(candidate.article, common), common.weigh)
    likeness = compared.likeness
    if likeness is Likeness.SAME and not common.is_enough:
        likeness = Likeness.RELATED
    why = ", ".join(f"{name} {value:.1f}" for name, value in compared.parts if value)
    return relation_to(candidate, likeness, round(compared.score, 2), why)


def relation_to(candidate: Candidate, likeness: Likeness, score: float, why: str) -> Relation:
    """Return what a report has in common with `candidate`."""
    return Relation(
        story=candidate.story,
        likeness=likeness,
        score=score,
        why=why,
        title=candidate.article.title,
        outlet=candidate.article.source,
        channels=candidate.channels,
    )
