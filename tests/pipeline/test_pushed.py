"""A document that a hub pushed is read as one that was polled, and says nothing about the server."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import TooCostly
from bot.models.basics import ChannelId, FeedId, Reason
from bot.models.feeds import FetchedFeed, FetchFailed, PollReport, Validators
from bot.models.subscriptions import Hub, Lease, Subscription
from bot.pipeline.collect import collect_feed
from tests.pipeline.test_collect import FEED, NOW, Collecting, item, rss

if TYPE_CHECKING:
    from bot.models.settings import Feed
    from bot.store.engine import Store

DAILY = replace(FEED, every=timedelta(minutes=15), every_max=timedelta(hours=6))
LINE = "Theo dõi chúng tôi trên mạng xã hội để đọc thêm."
TOPIC = "https://a.vn/feed"


class Pushing(Collecting):
    """A feed that is polled, and pushed."""

    async def push(self, body: str | None, feed: Feed = DAILY, now: datetime = NOW) -> PollReport:
        """Let a hub push `body`, or tell that there is news."""
        (state,) = await self.store.feeds.claim_due_feeds([feed.id], now, limit=1, force=True)
        pinged = replace(state, is_pinged=True)
        pushed = None
        if body is not None:
            pushed = FetchedFeed(url=TOPIC, body=body.encode(), is_part=True)
        return await collect_feed(feed, pinged, now, self.ports, pushed=pushed)

    async def subscribe(self) -> None:
        def make(feed: FeedId, hub: Hub) -> Subscription:
            url = "https://bot.example.org/websub/token"
            return Subscription(
                token="token", feed=feed, hub=hub.url, topic=hub.topic, callback=url
            )

        store = self.store.subscriptions
        await store.reconcile([FEED.id], "https://bot.example.org/", make, NOW)
        await store.claim_due(NOW, limit=1)
        lease = Lease(expires=NOW + timedelta(days=10), renew_at=NOW + timedelta(days=8))
        assert await store.verify("token", "subscribe", TOPIC, lease, NOW)

    async def next_poll(self) -> datetime:
        (status,) = await self.store.desk.feed_status([FEED.id])
        assert status.next_poll is not None
        return status.next_poll


@pytest.fixture
def pushing(store: Store) -> Pushing:
    return Pushing(store)


def after(**parts: float) -> datetime:
    return NOW + timedelta(**parts)


def with_hub(*items: str) -> str:
    links = f"<a:link rel='hub' href='https://hub.example/'/><a:link rel='self' href='{TOPIC}'/>"
    return (
        rss(*items)
        .replace("<title>Tin</title>", f"<title>Tin</title>{links}", 1)
        .replace("<rss ", "<rss xmlns:a='http://www.w3.org/2005/Atom' ", 1)
    )


async def test_a_pushed_item_is_posted_and_not_asked_for(pushing: Pushing) -> None:
    await pushing.poll(rss(item(1)), DAILY)
    asked = len(pushing.web.asked)
    report = await pushing.push(rss(item(2)), now=after(minutes=1))
    assert (report.outcome, report.new, report.owed) == ("items", 1, 1)
    assert len(pushing.web.asked) == asked
    assert len(await pushing.rows()) == 2


async def test_what_was_pushed_is_not_told_again_when_it_is_polled(pushing: Pushing) -> None:
    await pushing.poll(rss(item(1)), DAILY)
    await pushing.push(rss(item(2)), now=after(minutes=1))
    await pushing.push(rss(item(2)), now=after(minutes=2))
    report = await pushing.poll(rss(item(2), item(1)), DAILY, now=after(minutes=15))
    assert (report.new, report.owed) == (0, 0)
    assert len(await pushing.rows()) == 2


async def test_a_push_leaves_the_servers_validators_and_the_time_of_the_next_poll(
    pushing: Pushing,
) -> None:
    await pushing.poll(rss(item(1)), DAILY)
    due = await pushing.next_poll()
    await pushing.push(rss(item(2)), now=after(minutes=1))
    assert await pushing.next_poll() == due
    await pushing.poll(rss(item(1)), DAILY, now=due)
    first = Validators(etag=f'"{len(rss(item(1)))}"', poll_hash=b"x" * 16)
    assert pushing.web.asked[-1] == first


async def test_the_first_push_to_a_channel_is_polled_instead(pushing: Pushing) -> None:
    """What of a whole feed is old would come as news otherwise."""
    await pushing.poll(rss(item(1)), DAILY)
    wide = replace(DAILY, channels=(*DAILY.channels, ChannelId("two")))
    asked = len(pushing.web.asked)
    await pushing.push(rss(item(2)), wide, now=after(minutes=1))
    assert len(pushing.web.asked) == asked + 1


@pytest.mark.parametrize(
    "body",
    ["", "<html><title>x</title></html>", "x" * 99, rss(), rss(item(2))[:-60]],
    ids=["empty", "page", "text", "no items", "cut off"],
)
async def test_a_push_that_cannot_be_read_lets_the_feed_be_polled(
    pushing: Pushing, body: str
) -> None:
    await pushing.poll(rss(item(1)), DAILY)
    asked = len(pushing.web.asked)
    report = await pushing.push(body, now=after(minutes=1))
    assert (report.outcome, report.new) == ("items", 0)
    assert len(pushing.web.asked) == asked + 1


async def test_a_push_that_costs_too_much_lets_the_feed_be_polled(pushing: Pushing) -> None:
    await pushing.poll(rss(item(1)), DAILY)
    offload, asked = pushing.ports.offload, len(pushing.web.asked)

    async def too_costly_at_first(work):
        pushing.ports = replace(pushing.ports, offload=offload)
        if len(pushing.web.asked) == asked:
            raise TooCostly("20 seconds")
        return await offload(work)

    pushing.ports = replace(pushing.ports, offload=too_costly_at_first)
    report = await pushing.push(rss(item(2)), now=after(minutes=1))
    assert report.outcome == "items"
    assert len(pushing.web.asked) == asked + 1


async def test_a_line_that_the_whole_feed_repeats_is_left_out_of_a_pushed_item(
    pushing: Pushing,
) -> None:
    def said(number: int) -> str:
        return item(number).replace("</description>", f"&lt;p&gt;{LINE}&lt;/p&gt;</description>")

    whole = rss(*(said(number) for number in range(1, 7)))
    await pushing.poll(whole, DAILY)
    await pushing.poll(
        rss(said(9), *(said(number) for number in range(1, 7))), DAILY, now=after(minutes=15)
    )
    await pushing.push(rss(said(10)), now=after(minutes=16))
    (found,) = await pushing.store.desk.find_stories("https://a.vn/tin-10.html", limit=1)
    article = await pushing.store.desk.article(found.id)
    assert article is not None
    assert not any(LINE in one for one in article.paragraphs)


async def test_a_storm_that_is_held_holds_what_is_pushed(pushing: Pushing) -> None:
    few = replace(DAILY, storm=2)
    await pushing.poll(rss(item(1)), few)
    await pushing.poll(rss(*(item(number) for number in range(1, 9))), few, now=after(minutes=15))
    report = await pushing.push(rss(item(20)), few, now=after(minutes=16))
    assert report.owed == report.held


async def test_a_feed_whose_news_is_pushed_is_polled_rarely(pushing: Pushing) -> None:
    await pushing.poll(with_hub(item(1)), DAILY)
    await pushing.subscribe()
    await pushing.push(rss(item(2)), now=after(minutes=1))
    await pushing.poll(with_hub(item(2), item(1)), DAILY, now=after(minutes=15))
    assert await pushing.next_poll() - after(minutes=15) >= timedelta(hours=5)


async def test_news_that_the_hub_did_not_tell_lets_the_feed_be_polled_as_usual(
    pushing: Pushing,
) -> None:
    await test_a_feed_whose_news_is_pushed_is_polled_rarely(pushing)
    later = after(hours=6)
    report = await pushing.poll(with_hub(item(3), item(2), item(1)), DAILY, now=later)
    assert report.new == 1
    assert await pushing.next_poll() - later <= timedelta(hours=1)


async def test_news_that_was_asked_for_by_a_push_is_told_by_it(pushing: Pushing) -> None:
    await pushing.poll(with_hub(item(1)), DAILY)
    await pushing.subscribe()
    pushing.web.answer = FetchedFeed(url=FEED.url, body=with_hub(item(2), item(1)).encode())
    report = await pushing.push(None, now=after(minutes=1))
    assert report.new == 1
    assert await pushing.next_poll() - after(minutes=1) >= timedelta(hours=5)


async def test_a_subscription_alone_changes_no_poll(pushing: Pushing) -> None:
    await pushing.poll(with_hub(item(1)), DAILY)
    await pushing.subscribe()
    later = after(minutes=15)
    await pushing.poll(with_hub(item(2), item(1)), DAILY, now=later)
    assert await pushing.next_poll() - later <= timedelta(hours=1)


async def test_no_push_ends_the_wait_that_a_server_asked_for(pushing: Pushing) -> None:
    """What a hub sends is read all the same; what it only tells of is read when the wait is over."""
    await pushing.poll(with_hub(item(1)), DAILY)
    await pushing.subscribe()
    busy = Reason(code="http_429", text="too many requests")
    busy_for = FetchFailed(reason=busy, retry_after=timedelta(hours=2))
    await pushing.poll(busy_for, DAILY, now=after(minutes=15))
    due, asked = await pushing.next_poll(), len(pushing.web.asked)
    assert due >= after(hours=2)
    for minute, body in ((16, rss(item(2))), (17, None), (18, "no feed"), (20, None)):
        now = after(minutes=minute)
        await pushing.store.subscriptions.push("token", now)
        report = await pushing.push(body, now=now)
        assert report.new == (minute == 16)
        (status,) = await pushing.store.desk.feed_status([FEED.id])
        assert (status.next_poll, status.errors, status.reason) == (due, 1, busy)
    await pushing.store.subscriptions.claim_due(after(hours=1), limit=9)
    assert await pushing.next_poll() == due
    assert len(pushing.web.asked) == asked
    body = with_hub(item(3), item(2), item(1))
    assert (await pushing.poll(body, DAILY, now=due)).new == 1
