"""Which buttons a card has: what waits can be decided, the rest says what became of it (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.models.basics import DeliveryState
from bot.models.posts import Button

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.models.desk import Card
    from bot.wording import Wording

    Rows = tuple[tuple[Button, ...], ...]

HOURS = (1, 3, 12)
AGAIN = "again"
"""What a card `shown` says that must be shown in a new message."""
_LONGEST = 60
_ENDED = frozenset({DeliveryState.SENT, DeliveryState.DROPPED, DeliveryState.RETRACTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The buttons of a card; `shown` names them. An `is_open` card may change once more."""

    shown: str
    rows: Rows
    is_open: bool = True


def face_of(card: Card, words: Wording, timezone: ZoneInfo, now: datetime) -> Face:
    """Return the buttons that the card should have at `now`."""
    if not card.waits:
        said = state_of(card, words, timezone)
        return Face(
            shown=f"{card.state} {said}"[:_LONGEST],
            rows=((_said(card, said),),),
            is_open=card.state not in _ENDED,
        )
    if card.later_until is not None and card.later_until > now:
        until = words.phrase("Shown again at {at}", at=_clock(card.later_until, timezone))
        said_rows: Rows = ((_said(card, until),), *_decisions(card, words))
        return Face(shown=f"later {card.edits} {until}", rows=said_rows)
    return Face(shown=f"ask {card.edits}", rows=asking(card, words))


def asking(card: Card, words: Wording) -> Rows:
    """Return the buttons that decide, below the name of the channel that the post is for."""
    return (_said(card, f"→ {card.delivery.channel}"),), *_decisions(card, words)


def needs_message(card: Card, now: datetime) -> bool:
    """Tell whether the card is to be shown in a new message, not only by its buttons."""
    if not card.waits:
        return False
    if card.message is None:
        return card.later_until is None or card.later_until <= now
    if card.shown is None or card.shown == AGAIN:
        return True
    is_due = card.later_until is not None and card.later_until <= now
    return is_due or card.shown.split()[1:2] != [str(card.edits)]


def delays(card: Card, words: Wording) -> Rows:
    """Return the buttons that say how much later."""
    id_ = card.delivery.id
    times = (Button(text=words.phrase("{count} h", count=h), data=f"h {id_} {h}") for h in HOURS)
    return (_said(card, f"→ {card.delivery.channel}"),), (
        *times,
        Button(text=words.phrase("Back"), data=f"b {id_}"),
    )


def retired(card: Card, words: Wording) -> Rows:
    """Return the one button of a message that another one replaced."""
    return ((_said(card, words.phrase("Shown again below")),),)


def state_of(card: Card, words: Wording, timezone: ZoneInfo) -> str:
    """Say what became of a delivery, and who decided."""
    why = words.stored(card.reason.text) if card.reason else ""
    by = words.stored(card.approved_by or "") or words.phrase("no approval needed")
    match card.state:
        case DeliveryState.SENT | DeliveryState.RETRACTED:
            at = _clock(card.sent_at, timezone) if card.sent_at else ""
            return words.phrase("Posted {at} · {by}", at=at, by=by)
        case DeliveryState.DROPPED:
            return words.phrase("Not posted: {why}", why=why)
        case DeliveryState.FAILED:
            return words.phrase("Failed: {why}", why=why)
        case DeliveryState.UNKNOWN:
            return words.phrase("May have been posted: {why}", why=why)
        case DeliveryState.HELD:
            return words.phrase("Approved, on hold: {why}", why=why)
    return words.phrase("Goes out · {by}", by=by)


def _decisions(card: Card, words: Wording) -> Rows:
    id_ = card.delivery.id
    return (
        (
            Button(
                text=words.phrase_as("button", "Post"), data=f"p {id_} {card.version} {card.edits}"
            ),
            Button(text=words.phrase("Skip"), data=f"s {id_}"),
        ),
        (
            Button(text=words.phrase("Edit"), data=f"e {id_}"),
            Button(text=words.phrase("Later"), data=f"l {id_}"),
        ),
    )


def _said(card: Card, text: str) -> Button:
    if card.url is not None and card.state is DeliveryState.SENT:
        return Button(text=text[:_LONGEST], url=card.url)
    return Button(text=text[:_LONGEST], data=f"i {card.delivery.id}")


def _clock(moment: datetime, timezone: ZoneInfo) -> str:
    return f"{moment.astimezone(timezone):%H:%M}"
