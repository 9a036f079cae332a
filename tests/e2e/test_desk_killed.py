"""Killed between any two steps of an approval: each story is posted once, as people wanted it.

A step is a call of the store, of the channel's platform or of the desk's chat.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.models.settings import Approval
from tests.e2e.desk_kit import DESK, Desk, desk_line
from tests.e2e.fault_kit import x_line
from tests.kept import next_process
from tests.mortal import Killed, Life, Mortal
from tests.pipeline.kit import NOW
from tests.standins.faults import Fault, drop
from tests.standins.telegram import CHANNEL, TelegramServer
from tests.standins.x import XServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.store.engine import Store
    from tests.kept import KeptStores

TITLES = ["Tin thứ nhất", "Tin thứ hai", "Tin thứ ba"]
BY_HAND = "Lời của người duyệt"
MINUTE = timedelta(minutes=1)
EACH_STEP = pytest.param([], 1, marks=[pytest.mark.soak, pytest.mark.timeout(3_600)])


class People:
    """Those at the desk: they want the first, write the second, and skip the third.

    They see only the chat, and do each thing once.
    """

    def __init__(self) -> None:
        self._done: set[str] = set()

    def act(self, desk: Desk) -> None:
        for card in desk.cards():
            self._act(desk, card)

    def _act(self, desk: Desk, card: dict[str, Any]) -> None:
        text = card["text"].split("\n")[0]
        for deed, about, label in (
            ("post 1", TITLES[0], "Post"),
            ("write", TITLES[1], ""),
            ("post 2", BY_HAND, "Post"),
            ("skip", TITLES[2], "Skip"),
        ):
            if text == about and deed not in self._done and "Post" in desk.labels(card):
                self._done.add(deed)
                if label:
                    desk.tap(label, message=card)
                else:
                    self._write(desk, card)

    def _write(self, desk: Desk, card: dict[str, Any]) -> None:
        desk.server.updates.say(desk.chat, BY_HAND, answers=card["message_id"])


async def live(
    before: Store, tg: TelegramServer, xs: XServer, life: Life, people: People, now: datetime
) -> tuple[list[str], Desk]:
    """One run of the program until everything is decided and done, or until it is killed."""
    store = await next_process(before)
    line = x_line(store, xs, approval=Approval())
    line.now = now
    await store.outbox.recover(now)
    if not await store.desk.deliveries(limit=1):
        await line.owe(*TITLES)
    names = ("outbox", "cards", "updates", "desk", "feeds", "events", "alerts", "week")
    kept = {name: getattr(store, name) for name in names}
    kept |= {name: Mortal(kept[name], life) for name in ("outbox", "cards", "updates")}
    mortal = SimpleNamespace(**kept)
    route = replace(line.route, publisher=Mortal(line.route.publisher, life))
    line.start(mortal, route)
    desk = Desk(tg, line, store=mortal, wrap=lambda chat: Mortal(chat, life))
    try:
        for _ in range(12):
            await desk.round()
            people.act(desk)
            line.now += MINUTE
            if await is_over(store):
                break
    finally:
        rows = (await store.desk.deliveries(limit=0))[::-1]
        await desk.client.close()
        await line.client.close()
    return [row.state.value for row in rows], desk


async def is_over(store: Store) -> bool:
    """Tell whether everything is decided, done and shown."""
    rows = await store.desk.deliveries(limit=0)
    is_done = all(row.state.value in {"sent", "dropped"} for row in rows)
    return is_done and not await store.cards.open()


async def approve_and_die(store: Store, faults: list[Fault], ends_at: int) -> bool:
    """Return whether the first process was killed."""
    people, was_killed = People(), False
    async with TelegramServer() as tg, XServer(clock=NOW.timestamp) as xs:
        tg.add_chat(DESK, type_="supergroup")
        for fault in faults:
            tg.faults.next(fault)
        try:
            states, desk = await live(store, tg, xs, Life(ends_at), people, NOW)
        except Killed:
            was_killed = True
            later = NOW + 5 * MINUTE
            states, desk = await live(store, tg, xs, Life(None), people, later)
        posted = [post["raw"].split("\n")[0] for post in xs.posts()]
        labels = [desk.labels(card) for card in desk.cards()]
    assert sorted(posted) == sorted([TITLES[0], BY_HAND]), "once, and as people wanted it"
    assert states == ["sent", "sent", "dropped"]
    said = [label for (label, *_) in labels if label]
    assert sum(label.startswith("Posted") for label in said) == 2
    assert sum(label.startswith("Not posted: skipped") for label in said) == 1
    # A message that nobody could note keeps its buttons, which say that they are old.
    assert sum("Post" in label for label in labels) <= was_killed + len(faults)
    return was_killed


@pytest.mark.long
@pytest.mark.parametrize(
    ("faults", "stride"),
    [([], 7), ([drop()], 13), ([drop(after=True)], 13), EACH_STEP],
    ids=["well", "lost", "after", "well, each step"],
)
async def test_killed_at_every_step_of_an_approval(
    kept_stores: KeptStores, faults: list[Fault], stride: int
) -> None:
    step, was_killed = 0, True
    while was_killed:
        was_killed = await approve_and_die(await kept_stores.emptied(), faults, step)
        step += stride
    assert step > 60, "an approval has many steps"


async def one_life(
    before: Store, tg: TelegramServer, life: Life, act: Callable[[Desk], Awaitable[None]]
) -> list[str]:
    """Run the program on Telegram while `act` goes on, or until it is killed; return the states."""
    store = await next_process(before)
    line = desk_line(store, tg, approval=None)
    await store.outbox.recover(NOW)
    names = ("outbox", "cards", "updates", "desk", "feeds", "events", "alerts", "week")
    kept = {name: getattr(store, name) for name in names}
    kept |= {name: Mortal(kept[name], life) for name in ("updates", "desk")}
    mortal = SimpleNamespace(**kept)
    line.start(mortal, replace(line.route, deleter=Mortal(line.route.deleter, life)))
    desk = Desk(tg, line, store=mortal, wrap=lambda chat: Mortal(chat, life))
    try:
        await act(desk)
        return [row.state.value for row in (await store.desk.deliveries(limit=0))[::-1]]
    finally:
        await desk.client.close()
        await line.client.close()


async def begin_retracting(desk: Desk) -> None:
    await desk.line.owe(*TITLES[:2])
    await desk.line.pass_time(60 * MINUTE)
    desk.server.updates.say(desk.chat, "/retract tin 1")
    await desk.service.read(0)
    desk.tap("Yes")


async def hear(desk: Desk) -> None:
    await desk.service.read(0)


async def test_killed_at_every_step_of_a_command_that_deletes(kept_stores: KeptStores) -> None:
    step, was_killed = 0, True
    while was_killed:
        store, was_killed = await kept_stores.emptied(), False
        async with TelegramServer() as tg:
            await one_life(store, tg, Life(None), begin_retracting)
            try:
                await one_life(store, tg, Life(step), hear)
            except Killed:
                was_killed = True
            states = await one_life(store, tg, Life(None), hear)
            left = [one["text"].split("\n")[0] for one in tg.posts(CHANNEL)]
        assert states == ["retracted", "sent"], step
        assert left == [TITLES[1]], step
        step += 1
    assert step > 15, "a command has many steps"
