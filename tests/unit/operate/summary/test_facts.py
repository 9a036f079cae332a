"""What the store knows becomes a week: local days, medians, feeds that are slow."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.models.basics import ChannelId, FeedId
from bot.models.week import SentPost, Week, WeekRecord
from bot.operate.summary.facts import week_of
from tests.unit.operate.summary.kit import TIN

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR = timedelta(hours=1)
MONDAY = date(2026, 11, 16)
FEED = FeedId("vne")


def post(at: datetime, **parts: timedelta) -> SentPost:
    return SentPost(channel=TIN, feed=FEED, at=at, **parts)


def found(*sent: SentPost, zone: ZoneInfo = HANOI, first: date = MONDAY) -> Week:
    record = WeekRecord(sent=sent, merged=0, filtered={}, failed={}, unknown={}, spent={}, best=())
    days = (first, first + timedelta(days=6))
    channels = [TIN, ChannelId("still")]
    return week_of(record, days, channels=channels, zone=zone, silent={}, failing={})


def test_posts_count_on_their_local_day() -> None:
    # 17:00 in UTC is midnight in Hanoi.
    late = datetime(2026, 11, 16, 16, 59, tzinfo=UTC)
    week = found(post(late), post(late + timedelta(minutes=1)), post(late + timedelta(days=6)))
    assert week.posts[TIN] == (1, 1, 0, 0, 0, 0, 1)


def test_a_channel_without_a_post_is_told() -> None:
    assert found().posts[ChannelId("still")] == (0,) * 7


def test_days_of_23_and_25_hours_hold_their_own_posts() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for first, sunday in ((date(2026, 3, 23), 29), (date(2026, 10, 19), 25)):
        ends = datetime(first.year, first.month, sunday, 23, 59, tzinfo=berlin).astimezone(UTC)
        begins = datetime(first.year, first.month, sunday, tzinfo=berlin).astimezone(UTC)
        week = found(post(begins), post(ends), zone=berlin, first=first)
        assert week.posts[TIN] == (0, 0, 0, 0, 0, 0, 2)


def test_the_median_delay_leaves_out_feeds_that_tell_no_time() -> None:
    at = datetime(2026, 11, 17, tzinfo=UTC)
    week = found(post(at), *(post(at, delay=HOUR * n) for n in (1, 2, 30)))
    assert week.delay == 2 * HOUR
    assert found(post(at)).delay is None


def test_a_feed_is_slow_where_half_of_its_news_is_an_hour_old() -> None:
    at = datetime(2026, 11, 17, tzinfo=UTC)
    slow = [post(at, slowness=HOUR * n) for n in (0, 0, 3, 4, 5)]
    assert found(*slow).slow == {FEED: 3 * HOUR}
    assert found(*slow[:4]).slow == {}, "too few to tell"
    assert found(*(post(at, slowness=HOUR * n) for n in (0, 0, 0, 4, 5))).slow == {}
