"""Now: the verdict, the channels with their last posts and pauses, and what is told live."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.basics import ChannelId, FeedId, Reason, StoryId
from bot.models.overview import Decision
from bot.models.reasons import ReasonCode
from bot.operate.browser.decisions import Decisions, event_of
from bot.operate.browser.explain import PAGE as EXPLAIN
from bot.operate.browser.feeds import PAGE as FEEDS
from bot.operate.browser.now import PAGE, events
from bot.operate.browser.preview.page import PAGE as PREVIEW
from bot.store.engine import open_store
from tests.contract.store_kit import attempt, lane, owe, sent
from tests.unit.operate.browser.kit import NOW, newsroom, visiting
from tests.unit.operate.preview.kit import HOSTILE, Tags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.store.engine import Store


def decision(number: int, state: str = "sent") -> Decision:
    return Decision(
        story=StoryId(number),
        channel=ChannelId("t"),
        feed=FeedId("f"),
        state=state,
        title=f"tin {number}",
        at=NOW + timedelta(seconds=number),
    )


async def test_a_channel_shows_its_last_post_and_is_paused_and_resumed(
    tmp_path: Path, store: Store
) -> None:
    room = newsroom(tmp_path, store)
    await owe(store, "một", "hai", channel="t", at=NOW)
    await attempt(store, sent(), lane("t"), at=NOW)
    async with visiting(room, (PAGE, EXPLAIN)) as browser:
        page = Tags(await (await browser.get("/")).text())
        assert "all well" in page.text("h1")
        assert "tin" in page.text("section")
        assert ("a", {"href": "./explain?story=1"}) in page.tags
        said = await browser.post("/pause", data={"name": "channel:t"})
        text = await said.text()
        assert "channel t is paused" in text
        assert "paused by the operator" in text
        assert [one.id for one in await store.desk.pauses_over(ChannelId("t"), None)] == ["t"]
        said = await browser.post("/resume", data={"name": "channel:t"})
        assert "channel t goes on" in await said.text()
        refused = await browser.post("/pause", data={"name": "x"})
        assert 'class="fault"' in await refused.text()
        traced = await (await browser.get("/explain?story=1")).text()
        assert "delivery 1" in traced
        for asked in ("story=9999", "story=x", f"story={'9' * 40}", "q=%00%ff"):
            assert (await browser.get(f"/explain?{asked}")).status == 200


async def test_reasons_and_what_was_done_are_told_in_the_language_of_the_file(
    tmp_path: Path, store: Store
) -> None:
    text = '[[channels]]\nid = "t"\nplatform = "console"\n[[feeds]]\nid = "f"\nurl = "https://f.example/rss"\n'
    room = newsroom(tmp_path, store, f'language = "vi"\n{text}')
    waits = Reason(code=ReasonCode.APPROVAL, text="waits at the desk for somebody who decides")
    odd = Reason(code="refused", text="a platform said {this}")
    dropped = Reason(code="x", text="dropped by the operator at 2026-11-23 09:00 UTC")
    local = "người vận hành bỏ lúc 2026-11-23 16:00 +07"
    told_as = ((waits, "đang chờ người duyệt"), (odd, odd.text), (dropped, local))
    for reason, said in told_as:
        told = event_of("1", replace(decision(1), reason=reason), room.words, room.config.timezone)
        assert json.loads(told.data)["why"] == said
    async with visiting(room, (PAGE, FEEDS)) as browser:
        paused = await (await browser.post("/pause", data={"name": "channel:t"})).text()
        assert "kênh t đã tạm dừng" in paused
        assert "kênh t: người vận hành tạm dừng" in paused
        resumed = await (await browser.post("/resume", data={"name": "channel:t"})).text()
        assert "kênh t hoạt động tiếp" in resumed
        await browser.post("/pause", data={"name": "feed:f"})
        listed = Tags(await (await browser.get("/feeds")).text())
        assert "người vận hành tạm dừng" in listed.text("table")


async def test_a_channel_with_digests_is_due_at_their_time_and_says_where_their_template_is(
    tmp_path: Path, store: Store
) -> None:
    text = 'language = "en"\n[[channels]]\nid = "t"\nplatform = "console"\n'
    room = newsroom(tmp_path, store, f'{text}digest = {{ at = ["18:00"] }}\n')
    await owe(store, "một", channel="t", at=NOW)
    async with visiting(room, (PAGE, PREVIEW)) as browser:
        page = Tags(await (await browser.get("/")).text())
        assert "digest" in page.text("dt")
        assert "next due" not in page.text("dt"), "it would say that it goes now"
        shown = Tags(await (await browser.get("/preview?edit=template")).text())
        assert "A digest tells these news" in shown.text("p")
        assert shown.named("a", href="./preview?channel=t&edit=digest")


async def test_who_asks_while_newsbot_ends_is_told_so_without_a_fault(tmp_path: Path) -> None:
    ended = open_store("sqlite://", create=True)
    room = newsroom(tmp_path, ended)
    await ended.close()
    async with visiting(room, (PAGE,)) as browser:
        answer = await browser.get("/")
        assert answer.status == 503
        assert "is closed already" in await answer.text()


async def test_nothing_of_a_post_or_title_is_markup(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    for text in HOSTILE[:-1]:
        await owe(store, text, channel="t", at=NOW)
    async with visiting(room, (PAGE, EXPLAIN)) as browser:
        for path in ("/", "/explain?story=1", "/explain?q=script"):
            page = Tags(await (await browser.get(path)).text())
            names = [name for name, _ in page.tags]
            assert names.count("script") == 1
            assert not {"img", "svg", "iframe", "style"} & set(names)
            assert page.faults == []


async def test_what_is_new_is_told_once_and_in_order() -> None:
    known = [[decision(1)], [decision(1)], [decision(3), decision(2), decision(1)]]
    looks = 0

    async def read(_: int) -> Sequence[Decision]:
        nonlocal looks
        looks += 1
        return known[min(looks, len(known)) - 1]

    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    decisions = Decisions(read, sleep)
    first, mark = await decisions.latest()
    assert [one.title for one in first] == ["tin 1"]
    told = await asyncio.gather(*(decisions.after(mark) for _ in range(10)))
    assert {one.title for _, one in told} == {"tin 2"}
    assert looks == 3  # one look serves all who wait
    mark, _ = told[0]
    mark, one = await decisions.after(mark)
    assert one.title == "tin 3"
    # a mark of another process, or none, waits for what is new
    for wrong in ("", "0-1", f"{mark}9", f"{mark[:-1]}\N{SUPERSCRIPT TWO}"):
        assert decisions._place(wrong) == 2
    known.append([decision(4), decision(3)])
    assert (await decisions.after(""))[1].title == "tin 4"


async def test_a_decision_is_an_event_of_texts(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    _, mark = await room.decisions.latest()
    await owe(store, HOSTILE[0], channel="t", at=NOW)
    async with asyncio.timeout(20):
        event = await events(room, mark)
    assert "\n" not in event.data
    news = json.loads(event.data)
    assert (news["title"], news["state"], news["href"]) == (
        HOSTILE[0],
        "pending",
        "./explain?story=1",
    )
