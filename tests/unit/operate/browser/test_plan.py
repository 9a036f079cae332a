"""The plan of the desk: what it foresees is what claims do, and what a person there may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import NewsbotError
from bot.format.templates import compile_template
from bot.models.basics import AccountId, ChannelId, DeliveryId, DeliveryState, Platform
from bot.models.desk import Seen
from bot.models.pictures import FurtherPicture
from bot.models.settings import Account, Budget, Channel, Prices, TemplateText
from bot.models.stories import Article, Passage
from bot.operate.browser import cards, plan
from bot.operate.browser.money import affordable
from bot.operate.browser.pages import Visitor
from bot.operate.state.coming import Hours, foreseen, quiet_spans
from bot.publish.pace import lane_of
from tests.contract.store_kit import attempt, lane, owe, post, sent, story, tell
from tests.unit.operate.browser.kit import NOW, PLAIN, newsroom, visiting
from tests.unit.operate.posting.kit import Bench
from tests.unit.operate.preview.kit import Tags

if TYPE_CHECKING:
    from pathlib import Path

    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Action
    from bot.store.engine import Store

ME = Visitor(name="me")
HOSTILE = "<script>alert(1)</script>"
DAY = timedelta(days=1)
FEED = '[[feeds]]\nid = "g"\nurl = "https://g.example/rss"\n'


def room_with(folder: Path, store: Store, settings: str, of_feed: str = "") -> Newsroom:
    text = PLAIN.replace('platform = "console"', f'platform = "console"\n{settings}')
    return newsroom(folder, store, f"{text}{FEED}{of_feed}\n")


def only(room: Newsroom) -> Channel:
    (channel,) = room.config.channels.values()
    return channel


async def foreseen_times(room: Newsroom, channel: Channel) -> list[tuple[datetime, str]]:
    hours = Hours(start=NOW, end=NOW + DAY, zone=room.config.timezone)
    lanes = [lane_of(channel, NOW, hours.zone)]
    queues = await room.reads.overview.queues(lanes, NOW - DAY, 100)
    coming = foreseen(channel, queues[channel.id], hours)
    assert all(one.why or one.at == NOW for one in coming)
    return sorted((one.at, one.row.title) for one in coming if one.at is not None)


async def claimed_times(room: Newsroom, channel: Channel) -> list[tuple[datetime, str]]:
    """Let the outbox itself go through the day, from one minute to the next."""
    found, moment = [], NOW
    while moment < NOW + DAY:
        one = lane_of(channel, moment, room.config.timezone)
        claimed = await room.store.outbox.claim_due_deliveries([one], moment, limit=1)
        for delivery in claimed:
            await room.store.outbox.begin(delivery.id, post(delivery.channel), moment, None)
            await room.store.outbox.finish(delivery, sent(str(delivery.id)), moment)
            told = delivery.article.headlines or (delivery.article,)
            found += [(moment, each.title) for each in told]
        moment += timedelta(minutes=0 if claimed else 15)
    return sorted(found)


HIGH = 'priority = "high"'
URGENT = f"{HIGH}\nurgent = true"
SETTINGS = (
    ("max_per_hour = 2", ""),
    ('quiet_hours = "17:00-23:30"\nmax_per_hour = 1', ""),
    ('post_at = ["19:00", "23:00"]\nper_slot = 2', ""),
    ('min_gap = "45m"\nmax_per_day = 4', ""),
    ('min_gap = "45m"', HIGH),
    ('quiet_hours = "16:00-23:30"\nmax_per_hour = 1', URGENT),
    ('post_at = ["19:00", "23:00"]\nper_slot = 1', URGENT),
    ('digest = { at = ["19:00", "23:30"], newest = 3 }', ""),
    ('digest = { at = ["19:00"], newest = 2 }\nmax_per_hour = 1', URGENT),
)


@pytest.mark.parametrize(("settings", "of_feed"), SETTINGS)
async def test_what_is_foreseen_is_what_the_outbox_does(
    tmp_path: Path, store: Store, settings: str, of_feed: str
) -> None:
    room = room_with(tmp_path, store, settings, of_feed)
    await owe(store, *"abc", channel="t", at=NOW - timedelta(minutes=1))
    await owe(store, *"de", channel="t", feed="g", at=NOW - timedelta(minutes=1))
    await room.store.desk.advance(DeliveryId(5), NOW)
    channel = only(room)
    expected = await foreseen_times(room, channel)
    assert len(expected) > 1
    assert "e" in {title for at, title in expected if at == expected[0][0]}
    assert expected == await claimed_times(room, channel)


async def test_a_plan_says_what_waits_for_what(tmp_path: Path, store: Store) -> None:
    room = room_with(tmp_path, store, "max_per_day = 1")
    await owe(store, f"Chip {HOSTILE}", "Xe", channel="t")
    async with visiting(room, (plan.PAGE,)) as browser:
        text = await (await browser.get("/plan")).text()
    page = Tags(text)
    assert "too short for 1 of what waits" in text
    assert "waits for the pace" in page.text("table")
    assert [name for name, _ in page.tags].count("circle") == 1
    assert [name for name, _ in page.tags].count("script") == 1


async def test_what_was_moved_is_foreseen_behind_however_much(tmp_path: Path, store: Store) -> None:
    await owe(store, *"abcd", channel="t")
    await store.desk.advance(DeliveryId(4), NOW)
    (queue,) = (await store.overview.queues([lane("t")], NOW - DAY, 2)).values()
    assert [row.id for row in queue.rows] == [1, 4]


def test_quiet_hours_end_where_the_time_does(tmp_path: Path, store: Store) -> None:
    room = room_with(tmp_path, store, 'quiet_hours = "15:30-17:10"')
    hours = Hours(start=NOW, end=NOW + DAY, zone=room.config.timezone)
    spans = quiet_spans(only(room), hours)
    local = [[f"{one.astimezone(hours.zone):%H:%M}" for one in span] for span in spans]
    assert local == [["16:00", "17:10"], ["15:30", "16:00"]]


async def test_what_the_money_does_not_reach_is_told(tmp_path: Path, store: Store) -> None:
    room = room_with(tmp_path, store, "")
    await owe(store, *"abc", channel="t")
    channel = only(room)
    hours = Hours(start=NOW, end=NOW + DAY, zone=room.config.timezone)
    queues = await room.reads.overview.queues([lane("t")], NOW - DAY, 100)
    coming = {channel.id: foreseen(channel, queues[channel.id], hours)}
    account = Account(
        id=AccountId("x"),
        platform=Platform.X,
        budget=Budget(per_day=500_000, per_month=9_000_000),
        prices=Prices(),
        api_url="https://api.x.com",
        secrets={},
    )
    found = affordable(account, [channel], coming, (100_000, 100_000), hours)[channel.id]
    assert [one.why for one in found] == ["", "", "budget"]


def on_x(budget: str, *channels: str) -> str:
    """Return a file with an account of X, and channels on it that always link."""
    keys = "".join(
        f'{name} = {{ env = "X" }}\n'
        for name in ("api_key", "api_secret", "access_token", "access_token_secret")
    )
    made = "".join(
        f'[[channels]]\nid = "{name}"\n'
        + ('account = "x"\nlink = "always"\n' if name.startswith("x") else 'platform = "console"\n')
        for name in channels
    )
    return (
        f'language = "en"\n[accounts.x]\nplatform = "x"\n{keys}'
        f"budget = {{ per_day = {budget}, per_month = {budget} }}\n{made}"
    )


async def test_the_page_says_what_is_beyond_the_budget_and_the_pace(
    tmp_path: Path, store: Store
) -> None:
    text = (
        f"{on_x('0.41', 'x', 't')}max_per_day = 1\n"
        '[[feeds]]\nid = "f"\nurl = "https://f.example/rss"\nchannels = ["x", "t"]\n'
    )
    room = newsroom(tmp_path, store, text)
    await owe(store, *"abc", channel="x")
    await owe(store, *"de", channel="t")
    async with visiting(room, (plan.PAGE,)) as browser:
        page = Tags(await (await browser.get("/plan")).text())
    assert page.text("table").count("not within the budget") == 1
    assert page.text("p").count("too short for 1 of what waits") == 2


async def test_the_money_of_an_account_is_spent_by_its_channels_on_other_pages_too(
    tmp_path: Path, store: Store
) -> None:
    others = (f"t{nth}" for nth in range(12))
    room = newsroom(tmp_path, store, on_x("0.21", "x1", *others, "x2"))
    await owe(store, "a", channel="x1")
    await owe(store, "b", channel="x2")
    async with visiting(room, (plan.PAGE,)) as browser:
        page = Tags(await (await browser.get("/plan?from=13")).text())
    assert page.text("h2") == "t11x2"
    assert "not within the budget" in page.text("table")


async def test_what_waits_is_moved_dropped_approved_and_written_anew_by_forms(
    tmp_path: Path, store: Store
) -> None:
    room = newsroom(tmp_path, store)
    route: Any = SimpleNamespace(channel=only(room), template_for=lambda _: None)
    room = replace(room, routes={ChannelId("t"): route})
    await owe(store, "hỏi", channel="t")
    assert not await store.outbox.claim_due_deliveries([lane("t", asks=True)], NOW, limit=1)
    await owe(store, "một", "hai", "ba", channel="t", feed="g")
    await store.cards.write_by_hand(DeliveryId(1), "của người", None, Seen(version=0, edits=0))

    async def done(action: str, **fields: object) -> str:
        form = {name: str(value) for name, value in fields.items()}
        answer = await browser.post(f"/plan/{action}", data=form)
        return Tags(await answer.text()).text("div").strip()

    async with visiting(room, (plan.PAGE,)) as browser:
        assert "goes first, once its channel's hours and pace allow" in await done("first", id=4)
        assert "delivery 2 is dropped" in await done("drop", id=2)
        seen = {"id": 1, "version": 0, "edits": 1}
        assert "says what you wrote" in await done("edit", **seen, text="chữ <b>mới</b>")
        assert "was changed since" in await done("approve", **seen)
        assert "will be posted in its turn" in await done("approve", **{**seen, "edits": 2})
    (first,) = await store.outbox.claim_due_deliveries([lane("t")], NOW, limit=1)
    assert first.article.title == "ba"
    asked, dropped = [await store.desk.delivery(DeliveryId(number)) for number in (1, 2)]
    assert asked is not None
    assert dropped is not None
    assert (asked.approved_by, dropped.state) == ("this machine", DeliveryState.DROPPED)


async def test_an_edit_of_what_changed_meanwhile_is_refused(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    await owe(store, "một", channel="t")
    asking = lane("t", asks=True)
    assert not await store.outbox.claim_due_deliveries([asking], NOW, limit=1)
    one = DeliveryId(1)
    (waiting,) = await cards.read(room, {"t"})
    seen = {"id": "1", "version": str(waiting.card.version), "edits": "0"}
    await store.cards.write_by_hand(one, "của người", None, Seen(version=0, edits=0))
    with pytest.raises(NewsbotError, match="was changed since"):
        await cards.approve(room, seen, ME)
    # a message of the chat comes after a form, whatever its number
    await store.cards.write_by_hand(one, "từ chat", 1)
    said = await cards.approve(room, {**seen, "edits": "2"}, ME)
    assert said == "delivery 1 will be posted in its turn"
    row = await store.desk.delivery(one)
    assert row is not None
    assert (row.state, row.approved_by) == (DeliveryState.PENDING, "me")
    for form in ({}, {"id": "1", "version": "x", "edits": "0"}, seen):
        with pytest.raises(NewsbotError):
            await cards.edit(room, form, ME)


async def asked_about(folder: Path, store: Store, article: Article, **keys: Any) -> Newsroom:
    """Return a newsroom in which a post of `article` on Telegram waits for a person."""
    template = TemplateText(name="t", source="<b>{{ title }}</b>\n{{ lead }}")
    channel = Channel(
        id=ChannelId("t"), platform=Platform.TELEGRAM, template=template, chat="@t", **keys
    )
    route: Any = SimpleNamespace(
        channel=channel, template_for=lambda _: compile_template(template, Platform.TELEGRAM)
    )
    await tell(store, story("một", owed=("t",), article=article))
    assert not await store.outbox.claim_due_deliveries([lane("t", asks=True)], NOW, limit=1)
    return replace(newsroom(folder, store), routes={channel.id: route})


async def test_a_rich_message_is_typed_as_the_plain_post_that_words_of_a_person_become(
    tmp_path: Path, store: Store
) -> None:
    """A plain post has no room for the article in it: saving it unchanged would be refused."""
    body = tuple(Passage("text", f"Câu thứ {n} của bài. " * 40) for n in range(20))
    article = Article(title="Tin", paragraphs=("Câu đầu của tin dài đủ.",), body=body)
    room = await asked_about(tmp_path, store, article, layout="rich")
    (waiting,) = await cards.read(room, {ChannelId("t")})
    assert "details" in {node.kind for node in waiting.nodes}
    assert waiting.typed == "Tin\nCâu đầu của tin dài đủ."
    seen = {"id": "1", "version": str(waiting.card.version), "edits": "0"}
    for text, why in ((" \r\n", "there is no text"), ("x" * 4097, "4097 characters of 4096")):
        with pytest.raises(NewsbotError, match=why):
            await cards.edit(room, {**seen, "text": text}, ME)
    said = await cards.edit(room, {**seen, "text": waiting.typed}, ME)
    assert said == "delivery 1 says what you wrote; approve it to let it go"


async def test_the_links_under_an_album_are_not_typed_by_a_person(
    tmp_path: Path, store: Store
) -> None:
    article = Article(
        title="Tin",
        link="https://example.vn/1",
        image="https://example.vn/1.jpg",
        pictures=(FurtherPicture(url="https://example.vn/2.jpg"),),
    )
    room = await asked_about(tmp_path, store, article, images=2, share=("telegram",))
    (waiting,) = await cards.read(room, {ChannelId("t")})
    assert "https://t.me/share/url" in str(waiting.nodes)
    assert waiting.typed == "Tin"


@pytest.mark.parametrize("form", [{}, {"id": "99"}, {"id": "1"}])
@pytest.mark.parametrize("act", [plan.first, plan.post])
async def test_what_does_not_wait_is_neither_moved_nor_posted(
    tmp_path: Path, store: Store, form: dict[str, str], act: Action
) -> None:
    room = newsroom(tmp_path, store)
    await owe(store, "một", channel="t")
    await attempt(store, sent("1"), lane("t"))
    with pytest.raises(NewsbotError):
        await act(room, form, ME)


def routed(folder: Path, store: Store, bench: Bench) -> Newsroom:
    return replace(newsroom(folder, store), routes={bench.channel.id: bench.route})


async def test_what_waits_is_posted_at_once_where_that_is_free(
    tmp_path: Path, store: Store
) -> None:
    bench = Bench(store)
    await bench.show("một", "hai")
    said = await plan.post(routed(tmp_path, store, bench), {"id": "2"}, ME)
    assert "https://t.me/tin/1" in said
    assert bench.site.sent == ["hai"]
    assert await bench.states() == ["pending", "sent"]


async def test_a_post_that_costs_money_is_not_made_by_one_tap(tmp_path: Path, store: Store) -> None:
    bench = Bench(store, platform=Platform.X)
    await bench.show("một")
    with pytest.raises(NewsbotError, match=r"it costs up to 0\.015 USD.*`newsbot post --channel"):
        await plan.post(routed(tmp_path, store, bench), {"id": "1"}, ME)
    assert (bench.site.sent, await bench.states()) == ([], ["pending"])


async def test_a_digest_is_not_posted_before_its_time(tmp_path: Path, store: Store) -> None:
    bench = Bench(store)
    bench.backlog(newest=1, most=1)
    await bench.show("một", "hai", "ba")
    await bench.claim()
    digest = next(row for row in await bench.rows() if row.tells)
    room = routed(tmp_path, store, bench)
    with pytest.raises(NewsbotError, match="is a digest, which goes at its time"):
        await plan.post(room, {"id": str(digest.id)}, ME)
    assert bench.site.sent == []
