"""What hubs push is read in its order, and no hub is read faster than a feed is polled."""

from __future__ import annotations

from bot.models.basics import FeedId
from bot.models.feeds import FetchedFeed
from bot.runner.work.mailbox import Mailbox

F, G = FeedId("f"), FeedId("g")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def part(text: str) -> FetchedFeed:
    return FetchedFeed(url="https://a.vn/", body=text.encode(), is_part=True)


def test_documents_are_read_in_their_order_fifteen_seconds_apart() -> None:
    clock = Clock()
    mailbox = Mailbox(time=clock)
    first, second = part("1"), part("2")
    mailbox.put(F, first)
    mailbox.put(F, second)
    assert mailbox.due() == (F,)
    assert mailbox.take(F) == (True, first)
    assert (mailbox.due(), mailbox.take(F)) == ((), (False, None))
    clock.now += 15
    assert mailbox.take(F) == (True, second)
    assert (mailbox.due(), mailbox.take(F)) == ((), (False, None))


def test_a_document_with_many_news_lets_the_next_one_wait_for_each() -> None:
    clock = Clock()
    mailbox = Mailbox(time=clock)
    for _ in range(2):
        mailbox.put(F, part("1"))
    mailbox.take(F)
    mailbox.brought(F, 20)
    clock.now += 299
    assert mailbox.due() == ()
    clock.now += 1
    assert mailbox.due() == (F,)


def test_a_document_without_news_lets_the_next_one_wait_no_less() -> None:
    clock = Clock()
    mailbox = Mailbox(time=clock)
    for _ in range(2):
        mailbox.put(F, part("1"))
    mailbox.take(F)
    mailbox.brought(F, 0)
    mailbox.brought(G, 9)
    clock.now += 15
    assert mailbox.due() == (F,)


def test_feeds_do_not_wait_for_each_other() -> None:
    mailbox = Mailbox(time=Clock())
    mailbox.put(F, None)
    mailbox.put(G, None)
    assert mailbox.take(F) == (True, None)
    assert mailbox.due() == (G,)


def test_news_without_a_document_is_looked_for_once_a_minute() -> None:
    clock = Clock()
    mailbox = Mailbox(time=clock)
    for _ in range(100):
        mailbox.put(F, None)
    assert mailbox.take(F) == (True, None)
    mailbox.put(F, None)
    clock.now += 59
    assert mailbox.due() == ()
    clock.now += 1
    assert mailbox.take(F) == (True, None)
    assert mailbox.due() == ()


def test_where_more_comes_than_is_kept_the_feed_itself_is_read() -> None:
    clock = Clock()
    mailbox = Mailbox(time=clock)
    for number in range(9):
        mailbox.put(F, part(str(number)))
    assert mailbox.take(F) == (True, None)
    clock.now += 60
    assert mailbox.take(F) == (False, None)


def test_the_documents_of_all_feeds_take_bounded_room() -> None:
    mailbox = Mailbox(time=Clock())
    large = part("x" * 8 * 1024 * 1024)
    feeds = [FeedId(str(number)) for number in range(6)]
    for feed in feeds:
        mailbox.put(feed, large)
    kept = [mailbox.take(feed)[1] for feed in feeds]
    assert kept == [large] * 4 + [None] * 2
    mailbox.put(F, large)
    assert mailbox.take(F) == (True, large)
