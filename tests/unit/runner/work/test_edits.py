"""A service with posts that wait and one to edit: the edit comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog.testing

from bot.errors import Throttled
from bot.models.basics import Platform
from tests.contract.store_kit import article, claim, item, lane, owe, post, sent, story, tell
from tests.unit.runner.kit import Service, channel, service

if TYPE_CHECKING:
    from pathlib import Path

    from bot.models.posts import Post

HOUR = timedelta(hours=1)
TITLE = "Chip mới của hãng công nghệ ra mắt hôm nay"
CORRECTED = f"{TITLE} ở Hà Nội"


class Editor:
    """Remembers what was edited, and how many posts stood before that. Implements `Editor`."""

    def __init__(self, one: Service) -> None:
        self._one = one
        self.edits: list[tuple[str, int]] = []
        self.faults: list[Throttled] = []

    async def edit(self, remote_id: str, _: Post) -> None:
        if self.faults:
            raise self.faults.pop()
        self.edits.append((remote_id, self._one.posts().total()))
        self._one.happened.set()


async def begin(
    one: Service,
    *,
    posted: timedelta,
    corrected: timedelta,
    owed: tuple[str, ...] = ("b", "c"),
    platform: Platform = Platform.TELEGRAM,
) -> Editor:
    """Have a post and its correction, so long ago, and stories that wait."""
    now, editor = one.clock(), Editor(one)
    await owe(one.store, TITLE, at=now - posted)
    (delivery,) = await claim(one.store, lane(), at=now - posted)
    await one.store.outbox.begin(delivery.id, post(text=TITLE), now - posted)
    await one.store.outbox.finish(delivery, sent("42"), now - posted)
    told = story(
        TITLE, items=(item(TITLE, title=CORRECTED),), article=article(CORRECTED), is_corrected=True
    )
    await tell(one.store, told, at=now - corrected)
    await owe(one.store, *owed, at=now)
    slow = channel("tg", platform=platform, max_per_hour=2, edit_window=HOUR)
    assembly = one.assembly([], [slow])
    route = replace(assembly.routes[slow.id], editor=editor)
    await one.runner.exchange(replace(assembly, routes={slow.id: route}))
    return editor


async def test_an_edit_goes_before_the_posts_that_wait(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        editor = await begin(one, posted=HOUR / 2, corrected=HOUR / 4)
        async with one.running():
            await one.until(lambda: editor.edits)
    assert editor.edits == [("42", 0)]


async def test_an_edit_that_is_due_within_the_wait_of_once_is_made(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        # A console has no gap between two edits.
        pace = {"owed": (), "platform": Platform.CONSOLE}
        editor = await begin(one, posted=HOUR / 2, corrected=HOUR / 4, **pace)
        editor.faults.append(Throttled("flood", "slowly", wait=timedelta(seconds=0.1)))
        assert await one.runner.once(timedelta(seconds=20))
    assert editor.edits == [("42", 0)]


async def test_once_leaves_an_edit_that_is_due_later(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        editor = await begin(one, posted=HOUR / 2, corrected=HOUR / 4, owed=())
        editor.faults.append(Throttled("flood", "slowly", wait=HOUR))
        assert await one.runner.once(timedelta(seconds=20))
    assert editor.edits == []


async def test_a_correction_never_shown_is_reported_when_the_window_is_over(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        async with service(tmp_path) as one:
            editor = await begin(one, posted=HOUR * 2, corrected=HOUR * 1.5)
            async with one.running():
                await one.shows(1)
    told = [entry for entry in logs if "correction not shown" in entry["event"]]
    assert [(entry["log_level"], entry["title"]) for entry in told] == [("warning", CORRECTED)]
    assert editor.edits == []
