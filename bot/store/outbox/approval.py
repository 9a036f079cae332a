"""Stories that a person at the desk lets go, or not, before they are posted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, or_, select, true, update

from bot.models.basics import Reason
from bot.models.desk import Ruling
from bot.models.reasons import ReasonCode
from bot.store.outbox.digest_plans import waiting_for_digests
from bot.store.outbox.digests import explain_folded
from bot.store.outbox.states import APPROVE, ASK, DESK, EXCUSE, SKIP, change, is_at_desk
from bot.store.tables.desk import desk_cards
from bot.store.tables.schema import deliveries, stories
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import DeliveryId
    from bot.models.desk import Seen
    from bot.models.outbox import Lane

_WAITS = Reason(code=ReasonCode.APPROVAL, text=marked("waits at the desk for somebody who decides"))
_unasked = (deliveries.c.approved_at.is_(None), deliveries.c.wanted_at.is_(None))


def send_to_desk(tx: Connection, lanes: Sequence[Lane]) -> None:
    """Hold what waits in `lanes` and must be approved before it is posted.

    Of what a digest will tell only the digest is asked about, where its whole channel asks.
    """
    asking = [lane for lane in lanes if lane.asks or lane.asks_otherwise]
    if not asking:
        return
    told_together = waiting_for_digests(tx, [lane for lane in asking if lane.asks])
    alone = deliveries.c.id.not_in(list(told_together)) if told_together else true()
    where = or_(*map(_must_be_asked, asking))
    change(tx, ASK, *_unasked, where, alone, held_by=DESK, reason=_WAITS)


def must_ask(tx: Connection, lane: Lane, delivery: DeliveryId) -> bool:
    """Tell whether somebody must be asked first.

    What was paused, or a digest that was made just now, has not met `send_to_desk` yet.
    """
    if not lane.asks and not lane.asks_otherwise:
        return False
    query = select(deliveries.c.id).where(deliveries.c.id == delivery, *_unasked)
    return tx.execute(query.where(_must_be_asked(lane))).first() is not None


def excuse(tx: Connection, lanes: Sequence[Lane]) -> int:
    """Let go what waits at the desk and need not be approved any more; return how many."""
    here = deliveries.c.channel
    return sum(change(tx, EXCUSE, here == lane.channel, ~_must_be_asked(lane)) for lane in lanes)


def _must_be_asked(lane: Lane) -> ColumnElement[bool]:
    is_other = deliveries.c.feed.in_(sorted(lane.asks_otherwise))
    return and_(deliveries.c.channel == lane.channel, ~is_other if lane.asks else is_other)


def approve(
    tx: Connection, delivery: DeliveryId, seen: Seen | None, by: str, now: datetime
) -> Ruling:
    """Let a delivery go that waits at the desk, if it is as it was `seen` there.

    With None nobody looked at it, so that it may still grow too old.
    """
    ruling = _ruling(tx, delivery, seen)
    if ruling is Ruling.DONE:
        one, wanted = deliveries.c.id == delivery, None if seen is None else now
        change(tx, APPROVE, one, due=now, approved_at=now, approved_by=by, wanted_at=wanted)
    return ruling


def skip(tx: Connection, delivery: DeliveryId, why: str) -> Ruling:
    """Drop a delivery that waits at the desk."""
    reason = Reason(code=ReasonCode.SKIPPED, text=why)
    if not change(tx, SKIP, deliveries.c.id == delivery, reason=reason):
        return Ruling.OVER
    text = told(
        "left out: delivery {delivery}, which would have posted it, was not approved",
        delivery=delivery,
    )
    explain_folded(tx, delivery, Reason(code=ReasonCode.SKIPPED, text=text))
    return Ruling.DONE


def put_aside(tx: Connection, delivery: DeliveryId, until: datetime) -> Ruling:
    """Show a delivery that waits at the desk again at `until`."""
    if (ruling := _ruling(tx, delivery, None)) is Ruling.DONE:
        _begin_card(tx, delivery)
        one = desk_cards.c.delivery == delivery
        tx.execute(update(desk_cards).where(one).values(later_until=until))
    return ruling


def write_by_hand(
    tx: Connection, delivery: DeliveryId, text: str, update_id: int | None, seen: Seen | None = None
) -> Ruling:
    """Give a delivery that waits at the desk the text that a person wrote, if it is as `seen`.

    `update_id` is that of the message, None for a form: the same one twice is one edit, and so is
    the same text, of which Telegram may say that it was changed (Bot API, Update.edited_message).
    """
    if (ruling := _ruling(tx, delivery, seen)) is not Ruling.DONE:
        return ruling
    _begin_card(tx, delivery)
    one, mine = deliveries.c.id == delivery, desk_cards.c.delivery == delivery
    if tx.execute(select(deliveries.c.hand_text).where(one)).scalar_one() == text:
        return ruling
    values: dict[str, Any] = {"edits": desk_cards.c.edits + 1, "later_until": None}
    if update_id is not None:
        mine &= or_(desk_cards.c.edited_by.is_(None), desk_cards.c.edited_by < update_id)
        values["edited_by"] = update_id
    if tx.execute(update(desk_cards).where(mine).values(**values)).rowcount:
        tx.execute(update(deliveries).where(one).values(hand_text=text))
    return ruling


def _begin_card(tx: Connection, delivery: DeliveryId) -> None:
    """Make the card of a delivery that is shown in a message which nobody could note."""
    mine = desk_cards.c.delivery == delivery
    if tx.execute(select(desk_cards.c.delivery).where(mine)).first() is None:
        tx.execute(insert(desk_cards).values(delivery=delivery))


def _ruling(tx: Connection, delivery: DeliveryId, seen: Seen | None) -> Ruling:
    query = (
        select(stories.c.version, desk_cards.c.edits)
        .select_from(deliveries)
        .join(stories, stories.c.id == deliveries.c.story)
        .outerjoin(desk_cards, desk_cards.c.delivery == deliveries.c.id)
        .where(deliveries.c.id == delivery, is_at_desk)
    )
    row = tx.execute(query).one_or_none()
    if row is None:
        return Ruling.OVER
    is_same = seen is None or (row.edits or 0) == seen.edits
    # A text that a person wrote does not follow the story.
    if is_same and (seen is None or seen.edits or row.version == seen.version):
        return Ruling.DONE
    return Ruling.CHANGED
