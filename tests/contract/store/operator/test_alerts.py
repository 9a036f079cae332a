"""What is noticed and told holds over restarts, and silence is read from the stories."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.alerts import Note
from bot.models.basics import Reason
from bot.models.outbox import Failed, Unknown
from bot.models.stories import Article
from bot.models.views import FeedStatus
from bot.operate.alerts.silence import SilenceWatch
from tests.contract.store_kit import NOW, WHY, after, attempt, key, owe, poll, sent, story, tell

if TYPE_CHECKING:
    from bot.store.engine import Store


def note(subject: str = "f", **fields: object) -> Note:
    values = {
        "kind": "feed_failing",
        "subject": subject,
        "text": "f: 503",
        "level": 1,
        "noticed_at": NOW,
    } | fields
    return Note(**values)


async def test_notes_are_kept_changed_and_forgotten(store: Store) -> None:
    await store.alerts.write([note("a"), note("b", told_at=NOW)], [])
    await store.alerts.write([note("a", level=3, well_at=after(hours=1))], [note("b")])
    assert await store.alerts.notes() == [note("a", level=3, well_at=after(hours=1))]


async def test_the_condition_counts_what_is_wrong(store: Store) -> None:
    await store.feeds.finish_poll(poll(error=WHY))
    await owe(store, "a", "b")
    await attempt(store, Unknown(reason=WHY))
    await attempt(store, Failed(reason=WHY), at=after(minutes=1))
    await store.desk.pause("account", "x", Reason(code="forbidden", text="no"), NOW)
    condition = await store.alerts.condition(["f"])
    assert (condition.unknown, condition.failed) == ({"tg": 1}, {"tg": 1})
    assert [(one.scope, one.id, one.is_of_operator) for one in condition.pauses] == [
        ("account", "x", False)
    ]
    assert [feed.id for feed in condition.feeds] == ["f"]


async def test_delays_count_from_publication(store: Store) -> None:
    article = Article(title="a", published=after(minutes=-10))
    await tell(store, story("a", article=article), story("undated"))
    await attempt(store, sent(), at=after(minutes=1))
    await attempt(store, sent(), at=after(minutes=2))
    assert await store.desk.delays(["tg", "other"], after(days=-1)) == {
        "tg": [timedelta(minutes=11)]
    }
    assert await store.desk.delays(["tg"], after(minutes=3)) == {}
    (row,) = await store.desk.channel_status([("tg", None)], after(minutes=3))
    assert row.sent_24h == 2


async def test_the_last_errors_are_those_that_are_not_mended(store: Store) -> None:
    await store.feeds.finish_poll(poll(error=WHY))
    await store.feeds.finish_poll(poll("well", error=WHY))
    await store.feeds.finish_poll(poll("well"))
    await owe(store, "a", feed="g")
    await attempt(store, Failed(reason=WHY), at=after(minutes=1))
    await store.feeds.finish_poll(poll("removed", at=after(hours=1), error=WHY))
    errors = await store.desk.last_errors({"f", "well"}, 5)
    assert [(one.scope, one.subject) for one in errors] == [("delivery", "1 to tg"), ("feed", "f")]
    assert await store.desk.last_errors({"f"}, 1) == errors[:1]


async def daily(store: Store, feed: str, last: float) -> None:
    """Tell a story a day, fifteen of them, the last one `last` days ago."""
    for day in range(14, -1, -1):
        await tell(store, story(f"{feed}{day}", owed=()), feed=feed, at=after(days=-last - day))


def status(feed: str, last_new_days: float) -> FeedStatus:
    return FeedStatus(id=feed, last_new=after(days=-last_new_days), last_success=NOW)


async def test_a_feed_is_silent_against_its_own_rhythm(store: Store) -> None:
    await daily(store, "f", 3.9)
    await daily(store, "g", 4.1)
    watch = SilenceWatch(store.alerts)
    both = [status("f", 3.9), status("g", 4.1)]
    assert await watch.silent(both) == {"g": after(days=-4.1)}
    failing = FeedStatus(id="g", last_new=after(days=-9), last_success=NOW, errors=1)
    assert await watch.silent([failing]) == {}
    new = [status("new", 99)]
    assert await watch.silent(new) == {}, "nothing is known of its rhythm"


async def test_a_feed_that_only_repeats_others_is_not_silent(store: Store) -> None:
    await daily(store, "f", 5)
    both = story("early", owed=(), keys=(key("early"),))
    await tell(store, both, feed="fast", at=after(days=-3))
    await tell(store, both, feed="f", at=after(days=-2, hours=-12))
    watch = SilenceWatch(store.alerts)
    assert await watch.silent([status("f", 5)]) == {}
    late = FeedStatus(id="f", last_new=after(days=-5), last_success=NOW + timedelta(days=2))
    assert await watch.silent([late]) == {"f": after(days=-2, hours=-12)}
