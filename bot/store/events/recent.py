"""The recent stories by their telling words, and the comparison of a new report with them."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, or_, select

from bot.dedupe.events.find import Candidate, relations_of, telling_words
from bot.dedupe.events.words import plain_lead, plain_title
from bot.dedupe.events.words import words_of as text_words
from bot.models.basics import ChannelId, DeliveryState, StoryId
from bot.models.events import Heard
from bot.models.reasons import ReasonCode
from bot.store.db.batches import rows_where_in
from bot.store.events.words import common_words, language_of, with_words
from bot.store.outbox.states import STORM
from bot.store.tables.columns import UtcTime
from bot.store.tables.records import article_from_json
from bot.store.tables.schema import deliveries, stories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from bot.dedupe.events.common import Common
    from bot.models.basics import FeedId
    from bot.models.stories import Article

_CANDIDATES = 6
_LEAST = 1.5
"""The weight of common telling words below which nothing is compared."""
_LONGEST = 400
"""Stories with one word, beyond which it tells nothing."""
_TOLD = (
    DeliveryState.PENDING,
    DeliveryState.HELD,
    DeliveryState.SENDING,
    DeliveryState.UNKNOWN,
    DeliveryState.SENT,
)
_SHARED = "SELECT word, story FROM event_words WHERE word IN ({})"
# Built once: each poll with news asks them, and building costs more than running them.
REPORTED = (
    select(stories.c.id, stories.c.article)
    .where(stories.c.feed != bindparam("but"), stories.c.article.is_not(None))
    .order_by(stories.c.id)
    .limit(bindparam("most", type_=Integer()))
)
_NEAR = REPORTED.where(
    stories.c.id.in_(bindparam("ids", expanding=True)),
    stories.c.first_seen > bindparam("since", type_=UtcTime()),
)
_HAVING = select(deliveries.c.story, deliveries.c.channel).where(
    deliveries.c.story.in_(bindparam("ids", expanding=True)),
    deliveries.c.state.in_(_TOLD),
    or_(
        deliveries.c.held_by.is_(None),
        deliveries.c.held_by != STORM,
        deliveries.c.reason_code != ReasonCode.STORM,
    ),
)


def hear(
    tx: Connection, feed: FeedId, articles: Sequence[Article], since: datetime, settled: StoryId
) -> list[Heard]:
    """Return for each article of `feed` the stories of others `since` that tell its event.

    All up to the number `settled` are seen.
    """
    return [_heard(tx, feed, article, since, settled) for article in articles]


def hash_of(language: str, word: str) -> int:
    """Return by what a word of a language is found; a collision costs a comparison."""
    return zlib.crc32(f"{language} {word}".encode("utf-8", "surrogatepass"))


def _heard(
    tx: Connection, feed: FeedId, article: Article, since: datetime, settled: StoryId
) -> Heard:
    language, words = language_of(article.language), words_of(article)
    common = common_words(tx, language, words)
    telling = telling_words(words, common)
    near = _similar(tx, language, telling, common)
    found = candidates(tx, feed, _NEAR, ids=near, since=since) if near else []
    if found:
        others = set[str]().union(*(words_of(one.article) for one in found)) - words
        common = with_words(tx, language, common, others)
    return Heard(
        language=language,
        telling=telling,
        compared_to=settled,
        relations=relations_of(article, found, common),
    )


def words_of(article: Article) -> set[str]:
    """Return the folded words of an article's title and lead."""
    texts = plain_title(article.title), plain_lead(" ".join(article.testimony))
    return {word.folded for text in texts for word in text_words(text)}


def _similar(
    tx: Connection, language: str, telling: Sequence[str], common: Common
) -> list[StoryId]:
    """Return the few stories with the most of the telling words, by their weight."""
    weights = {hash_of(language, word): common.weigh(word) for word in telling}
    found: defaultdict[int, list[int]] = defaultdict(list)
    for word, story in rows_where_in(tx, _SHARED, list(weights)) if weights else ():
        found[word].append(story)
    scores: Counter[int] = Counter()
    for word, ids in found.items():
        if len(ids) <= _LONGEST:
            for story in ids:
                scores[story] += weights[word]  # type: ignore[assignment]
    best = scores.most_common(_CANDIDATES)
    return [StoryId(story) for story, score in best if score >= _LEAST]


def candidates(
    tx: Connection, feed: FeedId, which: Select[Any], most: int = _CANDIDATES, **given: object
) -> list[Candidate]:
    """Return the stories `which` came from another feed, with the channels that have them.

    `which` is a query of `REPORTED`, `given` are its parameters.
    """
    rows = tx.execute(which, {"but": feed, "most": most, **given}).all()
    channels = _channels(tx, [row.id for row in rows])
    return [
        Candidate(
            story=row.id,
            article=article_from_json(row.article),
            channels=frozenset(channels[row.id]),
        )
        for row in rows
    ]


def _channels(tx: Connection, ids: Sequence[StoryId]) -> defaultdict[StoryId, set[ChannelId]]:
    """Return where each story was told or is about to be; not where only a storm's end tells."""
    found: defaultdict[StoryId, set[ChannelId]] = defaultdict(set)
    for story, channel in tx.execute(_HAVING, {"ids": ids}) if ids else ():
        found[story].add(channel)
    return found
