"""Every change of a delivery's state, once. No other file writes the column `state`.

A change is a row of the table below: the states that it starts from, the one that it leads to, a
further condition, and the columns that it sets and clears. docs/states.md shows it in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, literal_column, or_, true, update

from bot.models.basics import DeliveryId, DeliveryState
from bot.models.reasons import ReasonCode
from bot.store.tables.records import reason_columns
from bot.store.tables.schema import deliveries, is_claimed, is_held, is_pending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Update

STORM = "storm"
"""Stands in `held_by` where the feed brought too much at once; only the operator frees it."""

is_stormy = is_held & (deliveries.c.held_by == literal_column(f"'{STORM}'"))
is_of_storm = deliveries.c.reason_code == literal_column(f"'{ReasonCode.STORM}'")
"""A storm holds it, or was dropped with it: not a copy of the database that was put back."""
DESK = "desk"
"""Stands in `held_by` where a person is asked whether it is to be posted."""

is_at_desk = is_held & (deliveries.c.held_by == literal_column(f"'{DESK}'"))
is_paused = is_held & deliveries.c.held_by.not_in(
    (literal_column(f"'{STORM}'"), literal_column(f"'{DESK}'"))
)
"""Held by a pause of its channel or account, which a probe or the operator ends."""
is_waiting = is_pending | is_paused | is_at_desk
"""Queued, paused or at the desk: it goes on by itself when its time comes, or is decided."""

_PENDING, _SENDING, _UNKNOWN, _HELD, _FAILED, _SENT, _DROPPED, _RETRACTED = DeliveryState
_OPEN = (_PENDING, _SENDING, _UNKNOWN)
_WAITING = (_PENDING, _HELD)

_NEW = ("story", "channel", "feed", "due", "created_at")
_LEASE = ("lease_owner", "lease_until")
_CLAIM = ("account", "shown_version", "wanted_at", *_LEASE)
_PROOF = ("sent_at", "remote_id", "remote_url", "further_ids")
_DOUBT = ("unknown_since", "search_at", "searches")
_END_OF_TRY = (*_LEASE, "held_by", "search_at")
_END = (*_END_OF_TRY, "first_at")
"""The columns of a state that is over."""


class WrongTransition(ValueError):
    """The program asked for a change that is not in the table, or not from this state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A row of the table: a delivery in one of `before` (in none: it is new) becomes `after`.

    `only` must hold, too. `sets` are the columns whose values the caller gives, all of them;
    `clears` become NULL. "reason" stands for its two columns.
    """

    name: str
    before: tuple[DeliveryState, ...]
    after: DeliveryState
    sets: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    only: ColumnElement[bool] = true()  # noqa: RUF009 - a constant of SQLAlchemy


def _row(
    name: str,
    before: tuple[DeliveryState, ...],
    after: DeliveryState,
    *,
    sets: tuple[str, ...] = (),
    clears: tuple[str, ...] = (),
    only: ColumnElement[bool] | None = None,
) -> Transition:
    row = Transition(
        name=name,
        before=before,
        after=after,
        sets=sets,
        clears=clears,
        only=true() if only is None else only,
    )
    TRANSITIONS[name] = row
    return row


TRANSITIONS: dict[str, Transition] = {}

# A story becomes due in a channel.
QUEUE = _row("queue", (), _PENDING, sets=_NEW)
# Its feed dates it ahead: it waits until then, and nothing waits behind it.
SCHEDULE = _row("schedule", (), _PENDING, sets=(*_NEW, "reason"))
HOLD_BACK = _row("hold back", (), _HELD, sets=(*_NEW, "held_by", "reason"))
# Another outlet told its event before.
MERGE = _row("merge", (), _DROPPED, sets=(*_NEW, "reason"))
QUEUE_NOW = _row("queue now", (), _PENDING, sets=(*_NEW, *_CLAIM))
POST_NOW = _row(
    "post now",
    (_PENDING, _HELD, _FAILED, _DROPPED, _RETRACTED),
    _PENDING,
    sets=(*_CLAIM, "due", "without", "edits"),
    # A post that was deleted is no proof of the next one.
    clears=(*_PROOF, "digest", "held_by", "search_at", "reason"),
)

# It is posted.
PROBE = _row("probe", (_HELD,), _PENDING, only=is_paused & ~is_claimed, clears=("held_by",))
BEGIN = _row(
    "begin",
    (_PENDING,),
    _SENDING,
    only=is_claimed,
    sets=(
        *("text", "link", "image", "messages", "chat"),
        *("account", "attempts", "attempted_at", "lease_until"),
    ),
)
PROVE = _row(
    "prove", (*_OPEN, _HELD, _FAILED, _SENT, _DROPPED), _SENT, sets=(*_PROOF, "reason"), clears=_END
)
PUT_OFF = _row("put off", _OPEN, _PENDING, sets=("due", "without", "reason"), clears=_END_OF_TRY)
FAIL = _row("fail", _OPEN, _FAILED, sets=("reason",), clears=_END)
GIVE_UP = _row("give up", _OPEN, _DROPPED, sets=("reason",), clears=_END)
DOUBT = _row("doubt", _OPEN, _UNKNOWN, sets=(*_DOUBT, "reason"), clears=(*_LEASE, "held_by"))
INTERRUPT = _row("interrupt", (_SENDING,), _UNKNOWN, sets=(*_DOUBT, "reason"), clears=_LEASE)

# Its channel or account pauses, and goes on.
STOP = _row("stop", _OPEN, _HELD, sets=("held_by", "reason"), clears=(*_LEASE, "search_at"))
TAKE_BACK = _row("take back", (_FAILED,), _HELD, sets=("held_by",))
PAUSE = _row("pause", (_PENDING,), _HELD, only=~is_claimed, sets=("held_by", "account", "reason"))
RESUME = _row("resume", (_HELD,), _PENDING, only=is_paused, clears=("held_by", "reason"))

# Its feed brought too much at once, and the operator looked at that.
RELEASE = _row(
    "release", (_HELD,), _PENDING, only=is_stormy, sets=("due",), clears=("held_by", "reason")
)
# Another feed brings the story, too: also one of a storm that the operator dropped.
TAKE_OVER = _row(
    "take over",
    (_HELD, _DROPPED),
    _PENDING,
    only=is_of_storm,
    sets=("feed", "due"),
    clears=("held_by", "reason"),
)
# A copy of the database was put back: it may have been posted since the copy was made.
SET_ASIDE = _row("set aside", (_PENDING,), _HELD, sets=("held_by", "reason"), clears=_LEASE)
DISCARD = _row("discard", (_HELD,), _DROPPED, only=is_stormy, sets=("reason",), clears=("held_by",))

# A person at the desk decides whether it is posted.
ASK = _row("ask", (_PENDING,), _HELD, only=~is_claimed, sets=("held_by", "reason"))
APPROVE = _row(
    "approve",
    (_HELD,),
    _PENDING,
    only=is_at_desk,
    sets=("due", "approved_at", "approved_by", "wanted_at"),
    clears=("held_by", "reason"),
)
SKIP = _row("skip", (_HELD,), _DROPPED, only=is_at_desk, sets=("reason",), clears=("held_by",))
EXCUSE = _row("excuse", (_HELD,), _PENDING, only=is_at_desk, clears=("held_by", "reason"))

# It waited too long, or its story is posted another way.
LEAVE_OUT = _row(
    "leave out", _WAITING, _DROPPED, sets=("digest", "reason"), clears=(*_LEASE, "held_by")
)
# A digest at a fixed time had no room for it: the next one has.
WAIT_ON = _row(
    "wait on",
    (_DROPPED,),
    _PENDING,
    only=deliveries.c.digest.is_not(None),
    sets=("due", "reason"),
    clears=("digest",),
)
WITHDRAW = _row("withdraw", (*_WAITING, _FAILED), _DROPPED, sets=("reason",), clears=_END)

# The operator decides.
RETRY = _row(
    "retry",
    (_UNKNOWN, _HELD, _FAILED, _DROPPED),
    _PENDING,
    sets=("due", "without", "wanted_at"),
    clears=(*_END, "digest", "reason"),
)
DROP = _row("drop", (*_WAITING, _UNKNOWN, _FAILED), _DROPPED, sets=("reason",), clears=_END)
RETRACT = _row("retract", (_SENT,), _RETRACTED, sets=("reason",))


def make(tx: Connection, transition: Transition, **values: Any) -> DeliveryId:
    """Insert one delivery in its first state and return its number."""
    row = _values(transition, values)
    _refuse_unless(not transition.before, transition)
    made = tx.execute(insert(deliveries).values(row))
    return DeliveryId(made.inserted_primary_key[0])  # type: ignore[index] # an INSERT of one row has it


def make_all(tx: Connection, transition: Transition, rows: Sequence[dict[str, Any]]) -> None:
    """Insert deliveries in their first state with one statement."""
    _refuse_unless(not transition.before, transition)
    tx.execute(insert(deliveries), [_values(transition, row) for row in rows])


def change(
    tx: Connection, transition: Transition, *where: ColumnElement[bool], **values: Any
) -> int:
    """Let the deliveries `where` that are in its states make `transition`; return how many did.

    One UPDATE, so that nothing comes between. Raises WrongTransition for a row that is not of
    the table, and for other columns than it sets.
    """
    _refuse_unless(bool(transition.before), transition)
    statement = update(deliveries).where(_is_in(transition.before), transition.only, *where)
    return tx.execute(statement.values(_values(transition, values))).rowcount


def change_one(tx: Connection, transition: Transition, delivery: DeliveryId, **values: Any) -> None:
    """Let `delivery` make `transition`. Raises WrongTransition where its state forbids that."""
    _refuse_unless(bool(transition.before), transition)
    row = {f"new_{name}": value for name, value in _values(transition, values).items()}
    if not tx.execute(_of_one(transition.name), {"delivery": delivery, **row}).rowcount:
        raise WrongTransition(f"delivery {delivery} is in no state to {transition.name}")


@cache
def _of_one(name: str) -> Update:
    """Return the statement of `change_one`, put together once: each post makes two of them."""
    transition = TRANSITIONS[name]
    columns = {"state": None, **dict.fromkeys((*transition.clears, *transition.sets))}
    if "reason" in columns:
        del columns["reason"]
        columns |= reason_columns(None)
    return (
        update(deliveries)
        .where(_is_in(transition.before), transition.only, deliveries.c.id == bindparam("delivery"))
        .values({column: bindparam(f"new_{column}") for column in columns})
    )


def _values(transition: Transition, values: dict[str, Any]) -> dict[str, Any]:
    is_complete = values.keys() == set(transition.sets)
    _refuse_unless(TRANSITIONS.get(transition.name) is transition and is_complete, transition)
    row = {"state": transition.after, **dict.fromkeys(transition.clears), **values}
    if "reason" in row:
        row |= reason_columns(row.pop("reason"))
    return row


def _refuse_unless(is_right: bool, transition: Transition) -> None:
    if not is_right:
        raise WrongTransition(f"{transition.name!r} is no such change, or sets other columns")


def _is_in(states: Sequence[DeliveryState]) -> ColumnElement[bool]:
    # As literals: a partial index serves only a query that repeats its condition.
    return or_(*(deliveries.c.state == literal_column(f"'{state}'") for state in states))
