"""What a command at the desk asks back: which one, and whether it is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.models.basics import DeliveryState
from bot.operate.desk.replies import Reply, choices, pairs, sure
from bot.operate.json_forms import dollars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from bot.models.posts import Button
    from bot.models.views import DeliveryRow
    from bot.wording import Wording

    Rows = tuple[tuple[Button, ...], ...]

_S = DeliveryState
LISTED: Final = 8


class Asking:
    """Asks in `words`, with buttons instead of typing."""

    def __init__(self, words: Wording, now: Callable[[], datetime]) -> None:
        self._words = words
        self._now = now

    def which(self, question: str, command: str, names: Iterable[str]) -> Reply:
        """Ask a `question` of the catalogue, which one of `names` the command is for."""
        return Reply(text=self._words.phrase(question), rows=choices(command, names))

    def which_of(self, command: str, rows: Sequence[DeliveryRow]) -> Reply:
        """Ask which delivery the command is for."""
        words = self._words
        text = words.phrase("there is nothing for /{command}", command=command)
        if rows:
            text = words.phrase("/{command} which?", command=command)
        return Reply(text=text, rows=self.listed(f"{command} ", rows))

    def is_meant(self, deed: str, command: str, cost: int = 0) -> Reply:
        """Ask whether the command is meant, and may cost so much."""
        text, words = f"{deed}?", self._words
        if cost:
            text = words.phrase(
                "{deed} costs up to {dollars} USD. Go on?", deed=deed, dollars=dollars(cost)
            )
        return Reply(text=text, rows=((sure(words.phrase("Yes"), command, self._now()),),))

    def how_to_release(self, name: str) -> Reply:
        """Ask what becomes of what a feed brought too much of."""
        words, now = self._words, self._now()
        both = (
            sure(words.phrase("Send"), f"release {name}", now),
            sure(words.phrase("Give up"), f"release {name} drop", now),
        )
        text = words.phrase("what feed {name} brought too much of at once:", name=name)
        return Reply(text=text, rows=(both,))

    def listed(self, command: str, rows: Sequence[DeliveryRow]) -> Rows:
        """Return a button for each of the first deliveries."""
        named = [(row, self._words.phrase(row.state)) for row in rows[:LISTED]]
        return pairs(
            (f"{row.id} {state} {row.title}", f"/{command}{row.id}") for row, state in named
        )


def deeds(row: DeliveryRow) -> Rows:
    """Return a button for each command that may be given for a delivery."""
    found = []
    if row.state in {_S.UNKNOWN, _S.HELD, _S.FAILED, _S.DROPPED}:
        found.append(("retry", f"/retry {row.id}"))
    if row.state in {_S.PENDING, _S.HELD, _S.UNKNOWN, _S.FAILED}:
        found.append(("drop", f"/drop {row.id}"))
    if row.state is _S.SENT:
        found.append(("retract", f"/retract {row.channel} {row.id}"))
    return pairs(found)
