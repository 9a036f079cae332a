"""Posts follow their stories for a while; never by a second post."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import (
    ChatMoved,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.models.basics import FeedId
from bot.models.outbox import Edited, LeftAlone, TryAgain
from bot.models.reasons import ReasonCode
from bot.pipeline.correct import follow_correction
from tests.pipeline.kit import CHANNEL, NOW, X_ACCOUNT, X_CHANNEL, Delivering, tell

if TYPE_CHECKING:
    from bot.store.engine import Store

EDIT = frozenset({"edit"})
WINDOW = timedelta(hours=12)
FOLLOWED = replace(CHANNEL, edit_window=WINDOW)


async def posted(store: Store, **keys: object) -> Delivering:
    lane = Delivering(store, **{"channel": FOLLOWED, "can": EDIT} | keys)
    await tell(lane, "Tiêu đề sai", image="https://example.org/1.jpg")
    await lane.step()
    assert len(lane.platform.posts) == 1
    lane.now += timedelta(minutes=1)
    return lane


async def test_a_corrected_title_is_edited_in_place(store: Store) -> None:
    lane = await posted(store)
    await tell(lane, "Tiêu đề đúng")
    assert isinstance(await lane.correct(), Edited)
    ((remote_id, post),) = lane.platform.edits
    assert (remote_id, post.text.split("\n")[0]) == ("1", "Tiêu đề đúng")
    assert len(lane.platform.posts) == 1
    (row,) = await store.desk.deliveries(limit=0)
    assert row.text == post.text
    assert await lane.correct() is None


@pytest.mark.parametrize(("feed", "is_edited"), [("vn", False), ("the-site", True)])
async def test_only_the_site_of_the_page_puts_another_story_into_a_post(
    store: Store, feed: str, *, is_edited: bool
) -> None:
    """Deciding let it correct the headline under which another feed had listed its page."""
    lane = await posted(store)
    await tell(lane, "Cáp quang biển được nối lại", feed=FeedId(feed))
    done = await lane.correct()
    assert isinstance(done, Edited) is is_edited
    shown = [post.text.split("\n")[0] for _, post in lane.platform.edits]
    assert shown == ["Cáp quang biển được nối lại"] * is_edited
    assert len(lane.platform.posts) == 1


async def test_a_photo_stays_the_photo_that_it_was(store: Store) -> None:
    lane = await posted(store)
    await tell(lane, "Tiêu đề đúng", image="https://example.org/other.jpg")
    await lane.correct()
    assert lane.platform.edits[0][1].image == "https://example.org/1.jpg"
    assert lane.platform.edits[0][1].limit == 1024


async def test_a_correction_that_the_post_does_not_show_needs_no_edit(store: Store) -> None:
    lane = await posted(store)
    await tell(lane, "Tiêu đề sai", categories=("Khác",))
    assert await lane.correct() == LeftAlone()
    assert lane.platform.edits == []


async def test_a_correction_to_what_waits_is_simply_told(store: Store) -> None:
    lane = Delivering(store, FOLLOWED, can=EDIT)
    await tell(lane, "Tiêu đề sai")
    await tell(lane, "Tiêu đề đúng")
    await lane.step()
    assert lane.platform.posts[0].text.startswith("Tiêu đề đúng")
    lane.now += timedelta(minutes=1)
    assert await lane.correct() is None


async def test_on_x_nothing_changes_and_it_is_said(store: Store) -> None:
    channel = replace(X_CHANNEL, edit_window=WINDOW)
    lane = await posted(store, channel=channel, account=X_ACCOUNT, can=frozenset())
    await tell(lane, "Tiêu đề đúng")
    left = await lane.correct()
    assert isinstance(left, LeftAlone)
    assert left.reason is not None
    assert left.reason.code == "no_edits"
    assert await lane.correct() is None
    assert len(lane.platform.posts) == 1


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (Throttled("flood", "wait", wait=timedelta(seconds=70)), timedelta(seconds=70)),
        (Unreachable("x", "no route"), timedelta(minutes=1)),
        (OutcomeUnknown("x", "lost"), timedelta(minutes=1)),
        (Unauthorized("x", "no", scope="channel"), timedelta(minutes=1)),
    ],
)
async def test_an_edit_may_be_repeated(store: Store, error: PublishError, wait: timedelta) -> None:
    lane = await posted(store)
    await tell(lane, "Tiêu đề đúng")
    lane.platform.edit_errors = [error]
    assert isinstance(await lane.correct(), TryAgain)
    began: datetime = lane.now
    lane.now = began + wait
    while await lane.correct() is None:
        lane.now += timedelta(seconds=1)
    assert lane.now - began == wait
    assert [post.text.split("\n")[0] for _, post in lane.platform.edits] == ["Tiêu đề đúng"]


@pytest.mark.parametrize(("is_shared", "edits"), [(True, 0), (False, 1)])
async def test_an_edit_that_its_machine_slept_over_is_not_made_when_it_wakes(
    store: Store, is_shared: bool, edits: int
) -> None:
    """Another one, where there is one, may show a later version, which nobody would show again."""
    lane = await posted(store)
    await tell(lane, "Tiêu đề đúng")
    (correction,) = await store.outbox.claim_corrections([lane.lane], lane.now, within=WINDOW)
    lane.now += timedelta(minutes=2)
    finish = store.outbox.finish_correction
    corrections: Any = SimpleNamespace(is_shared=is_shared, finish_correction=finish)
    corrected = await follow_correction(
        correction, lane.route, store=corrections, now=lambda: lane.now
    )
    assert len(lane.platform.edits) == edits
    is_late = isinstance(corrected, TryAgain) and corrected.reason.code == ReasonCode.LATE
    assert is_late is is_shared


async def test_an_edit_that_always_fails_is_tried_ten_times_with_growing_waits(
    store: Store,
) -> None:
    lane = await posted(store)
    await tell(lane, "Tiêu đề đúng")
    lane.platform.edit_errors = [OutcomeUnknown("server_error", "500")] * 99
    tried = []
    began = lane.now
    while lane.now < began + WINDOW:
        if await lane.correct():
            tried.append((lane.now - began) // timedelta(minutes=1))
        lane.now += timedelta(seconds=30)
    assert tried == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (Unauthorized("no_rights", "not enough rights", scope="channel"), timedelta(seconds=10)),
        (Throttled("flood", "wait", wait=timedelta(minutes=9)), timedelta(minutes=9)),
    ],
)
async def test_only_a_flood_wait_of_an_edit_keeps_posts_back(
    store: Store, error: PublishError, wait: timedelta
) -> None:
    lane = await posted(store)
    await tell(lane, "Tiêu đề đúng")
    lane.platform.edit_errors = [error]
    await lane.correct()
    began = lane.now
    await lane.owe("Tin mới")
    assert await lane.wait()
    await lane.step()
    assert len(lane.platform.posts) == 2
    assert lane.now - began <= wait


async def test_a_full_queue_leaves_edits_their_turn(store: Store) -> None:
    lane = await posted(store, channel=replace(FOLLOWED, max_per_hour=6))
    await lane.owe(*[f"Tin {number}" for number in range(100)])
    for _ in range(90):
        await lane.step()
        lane.now += timedelta(seconds=30)
    await tell(lane, "Tiêu đề đúng")
    corrected: datetime = lane.now
    while not await lane.correct():
        await lane.step()
        lane.now += timedelta(seconds=0.5)
    assert lane.now - corrected < timedelta(seconds=10)
    assert len(lane.platform.edits) == 1
    assert len(lane.platform.posts) == 6


async def test_a_post_that_cannot_be_edited_is_left(store: Store) -> None:
    lane = await posted(store)
    await tell(lane, "Tiêu đề đúng")
    lane.platform.edit_errors = [Rejected("bad_request", "message to edit not found")]
    left = await lane.correct()
    assert isinstance(left, LeftAlone)
    assert left.reason is not None
    assert "message to edit not found" in left.reason.text
    assert await lane.correct() is None


async def test_a_post_in_the_chat_of_before_is_edited_there(store: Store) -> None:
    lane = await posted(store, channel=replace(FOLLOWED, chat="@test"))
    lane.route = replace(lane.route, channel=replace(FOLLOWED, chat="@real"))
    await tell(lane, "Tiêu đề đúng")
    assert isinstance(await lane.correct(), Edited)
    ((_, post),) = lane.platform.edits
    assert post.chat == "@test"


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_post_in_a_group_that_moved_is_left(store: Store, *, is_known: bool) -> None:
    lane = await posted(store, channel=replace(FOLLOWED, chat=-500))
    lane.platform.edit_errors = [ChatMoved("chat_moved", "new id", chat=-100600)]
    if is_known:
        lane.platform.errors = lane.platform.edit_errors
        lane.platform.edit_errors = []
        await lane.owe("Tin sau")
        while await lane.wait():
            await lane.step()
        assert lane.platform.posts[-1].chat == -100600
    lane.now += timedelta(minutes=1)
    await tell(lane, "Tiêu đề đúng")
    left = await lane.correct()
    assert isinstance(left, LeftAlone)
    assert left.reason is not None
    assert "the group -500, which became another one" in left.reason.text
    assert lane.platform.edits == []
    assert await lane.correct() is None


@pytest.mark.parametrize(("window", "edits"), [(WINDOW, 1), (timedelta(hours=1), 0), (None, 0)])
async def test_a_correction_counts_within_the_window_alone(
    store: Store, window: timedelta | None, edits: int
) -> None:
    lane = await posted(store, channel=replace(CHANNEL, edit_window=window))
    lane.now = NOW + timedelta(hours=11)
    await tell(lane, "Tiêu đề đúng")
    await lane.correct()
    assert len(lane.platform.edits) == edits


async def test_a_broken_template_edits_nothing(store: Store) -> None:
    lane = await posted(store)
    await tell(lane, "Tiêu đề đúng")
    broken = replace(lane.route.template, compiled=_Broken())  # type: ignore[arg-type]
    lane.route = replace(lane.route, template=broken)
    left = await lane.correct()
    assert isinstance(left, LeftAlone)
    assert left.reason is not None
    assert left.reason.code == "template"


class _Broken:
    def generate(self, values: object) -> object:
        raise TypeError(values)
