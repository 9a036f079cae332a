"""What is asked of the store at the same time is answered with one transaction.

One costs more than most of what is done in it: a connection that is looked at, a gate, a commit
that waits for the disk.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.errors import StoreError
from bot.store.db.worker import repeated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.store.db.database import Database

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class _Waiting(Generic[_Asked, _Answer]):
    asked: _Asked
    answers: Sequence[_Answer] = ()
    error: StoreError | None = None
    is_given_up: bool = False


class Joint(Generic[_Asked, _Answer]):
    """Asks `work` for as many answers at once as wait for the store's thread.

    `work` opens a transaction, and returns an answer for each that it is asked, in their order.
    """

    def __init__(
        self, database: Database, work: Callable[[Sequence[_Asked]], Sequence[_Answer]]
    ) -> None:
        self._database = database
        self._work = work
        self._waiting: deque[_Waiting[_Asked, _Answer]] = deque()

    async def ask(self, asked: _Asked) -> _Answer:
        """Return the answer. Raises StoreError; a mistake in one that is asked is that one's.

        Whoever is cancelled before the work has begun asked nothing.
        """
        mine = _Waiting[_Asked, _Answer](asked)
        self._waiting.append(mine)
        try:
            await asyncio.gather(self._database.run(self._answer_waiting), return_exceptions=True)
        finally:
            mine.is_given_up = True
        # Another one's turn may have answered this, or tried to.
        if mine.error:
            raise mine.error
        if not mine.answers:
            # For a mistake, in this or in another one: whose it is shows where each is alone.
            mine.answers = await self._database.run(partial(self._answers, [mine]))
        return mine.answers[0]

    def _answer_waiting(self) -> None:
        every = [self._waiting.popleft() for _ in range(len(self._waiting))]
        taken = [one for one in every if not one.is_given_up]
        if not taken:
            return
        try:
            answers = self._answers(taken)
        except StoreError as error:
            for one in taken:
                one.error = error
            return
        for one, answer in zip(taken, answers, strict=True):
            one.answers = [answer]

    def _answers(self, taken: Sequence[_Waiting[_Asked, _Answer]]) -> Sequence[_Answer]:
        return repeated(partial(self._work, [one.asked for one in taken]))
