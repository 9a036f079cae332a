"""A copy of the database that is put back does not know the posts since it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.store.outbox.states import EXCUSE, SET_ASIDE, STORM, change
from bot.store.stories.facts import forget_facts
from bot.store.stories.polls import forget_polls
from bot.store.tables.schema import feeds
from bot.wording import marked

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_WHY = Reason(
    code=ReasonCode.RESTORED,
    text=marked(
        "the database is a copy put back, and this may be posted already: look, then "
        "`newsbot feeds release ID`"
    ),
)


def hold_back_all(tx: Connection, now: datetime) -> None:
    """Hold waiting deliveries and the news of every feed until the operator releases the feeds.

    A post that was being sent is searched for, as after a crash.
    """
    forget_polls(tx)
    forget_facts(tx)
    # Somebody at the desk may have let it go since.
    change(tx, EXCUSE)
    change(tx, SET_ASIDE, held_by=STORM, reason=_WHY)
    tx.execute(update(feeds).where(feeds.c.last_success.is_not(None)).values(storm_since=now))
