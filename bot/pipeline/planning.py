"""A reading -> its stories, and the articles that they want: pure, and as costly as reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.dedupe.decide import decide
from bot.dedupe.shares import Circumstances
from bot.models.stories import Known
from bot.pipeline.articles import Drafts, credible
from bot.pipeline.screening import Screening

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from bot.models.settings import Feed
    from bot.models.stories import Story
    from bot.pipeline.reading import Reading
    from bot.pipeline.screening import Found


NOTHING_KNOWN: Final = Known()


def planned(
    feed: Feed, reading: Reading, known: Known, now: datetime, late: timedelta
) -> tuple[Sequence[Story], Drafts | None, Found]:
    """Return the stories, the articles of those that want one, and what the filters found."""
    screening = Screening(feed, reading, {}, {})
    stories = decided(feed, reading, known, now, Circumstances(late=late, refuse=screening.ask))
    items = [credible(story.items[0], now) for story in stories if needs_article(story)]
    drafts = Drafts(items, feed, reading.parsed, reading.repeats) if items else None
    return stories, drafts, screening.found


def decided(
    feed: Feed, reading: Reading, known: Known, now: datetime, given: Circumstances
) -> Sequence[Story]:
    """Return the stories of a reading."""
    items, keys = reading.parsed.items, reading.keys
    return decide(items, keys, known, feed=feed, now=now, given=given, rest=reading.rest)


def needs_article(story: Story) -> bool:
    """Tell whether a channel is to receive the story, now or as a correction."""
    return bool(story.owed) or story.is_corrected
