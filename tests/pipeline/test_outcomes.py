"""What happens next after each answer of a platform."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.errors import (
    OutcomeUnknown,
    OutOfCredit,
    PublishError,
    Rejected,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.models.basics import AccountId, ChannelId, DeliveryId, FeedId, Platform, Reason
from bot.models.outbox import Delivery, Failed, Outcome, Stopped, TryAgain, Unknown
from bot.models.posts import Post
from bot.models.settings import Account, Budget, Channel, Prices, TemplateText
from bot.models.stories import Article
from bot.pipeline.outcomes import outcome_of, retry_delay
from bot.pipeline.prices import charge_for, local_starts
from bot.pipeline.settle import unknown_policy

NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
CHANNEL = Channel(
    id=ChannelId("tin"),
    platform=Platform.TELEGRAM,
    template=TemplateText(name="t", source="{{ title }}"),
)
DELIVERY = Delivery(
    id=DeliveryId(7),
    channel=CHANNEL.id,
    feed=FeedId("vn"),
    article=Article(title="Tin"),
    created_at=NOW,
)


def outcome(error: PublishError, *, delivery: Delivery = DELIVERY) -> Outcome:
    return outcome_of(error, delivery, NOW)


@pytest.mark.parametrize(
    ("error", "until"),
    [
        (Throttled("flood", "wait", wait=timedelta(seconds=43)), NOW + timedelta(seconds=43)),
        (Throttled("flood", "wait", until=NOW + timedelta(hours=12)), NOW + timedelta(hours=12)),
        (Throttled("flood", "wait"), NOW + timedelta(minutes=15)),
    ],
)
def test_a_throttled_channel_waits_exactly_as_told(error: Throttled, until: datetime) -> None:
    result = outcome(error)
    assert isinstance(result, TryAgain)
    assert (result.due, result.channel_until) == (until, until)


def test_unreachable_is_tried_again_later_and_silences_the_channel() -> None:
    result = outcome(Unreachable("connect", "no route"))
    assert isinstance(result, TryAgain)
    assert NOW < result.due <= NOW + timedelta(seconds=6)
    assert result.channel_until == result.due


def test_the_back_off_doubles_up_to_a_quarter_of_an_hour_and_is_spread() -> None:
    waits = [retry_delay(DELIVERY.id, n) for n in range(30)]
    assert all(a <= b for a, b in pairwise(waits))
    assert timedelta(minutes=12) <= waits[-1] <= timedelta(minutes=18)
    assert len({retry_delay(DeliveryId(n), 0) for n in range(9)}) == 9


@pytest.mark.parametrize("part", ["image", "buttons", "markup"])
def test_a_refused_part_is_left_out_once(part: str) -> None:
    error = Rejected("bad", "no", part=part)  # type: ignore[arg-type]
    result = outcome(error)
    assert isinstance(result, TryAgain)
    assert (result.due, result.without) == (NOW, {part})
    again = outcome(error, delivery=replace(DELIVERY, without=frozenset({part})))
    assert isinstance(again, Failed)


def test_a_refused_post_fails_and_is_kept() -> None:
    assert isinstance(outcome(Rejected("empty", "text is empty")), Failed)


@pytest.mark.parametrize(
    ("error", "scope"),
    [
        (Unauthorized("kicked", "kicked", scope="channel"), "channel"),
        (Unauthorized("token", "token", scope="account"), "account"),
        (OutOfCredit("credit", "pay"), "account"),
    ],
)
def test_a_refusal_that_a_person_must_mend_pauses(error: PublishError, scope: str) -> None:
    result = outcome(error)
    assert isinstance(result, Stopped)
    assert result.scope == scope
    assert list(result.probe_after) == sorted(result.probe_after)


def test_a_post_that_may_have_been_sent_is_unknown() -> None:
    assert isinstance(outcome(OutcomeUnknown("no_answer", "who knows")), Unknown)


@pytest.mark.parametrize(
    ("code", "channel", "expected"),
    [
        ("no_answer", {}, "hold"),
        ("no_answer", {"on_unknown": "drop"}, "drop"),
        ("no_answer", {"on_unknown": "resend"}, "resend"),
        ("no_answer", {"platform": Platform.CONSOLE}, "resend"),
        ("duplicate", {"on_unknown": "resend"}, "hold"),
        ("duplicate", {"on_unknown": "drop"}, "hold"),
    ],
)
def test_an_unknown_outcome_follows_the_operators_policy(
    code: str, channel: dict[str, object], expected: str
) -> None:
    wanted = replace(CHANNEL, **channel)  # type: ignore[arg-type]
    assert unknown_policy(wanted, Reason(code=code, text="who knows")) == expected


# --- money --------------------------------------------------------------------------------------

POST = Post(channel=CHANNEL.id, platform=Platform.X, text="x", length=1)
ACCOUNT = Account(
    id=AccountId("x"),
    platform=Platform.X,
    api_url="https://api.x.com",
    secrets={},
    budget=Budget(per_day=2_000_000, per_month=40_000_000),
    prices=Prices(post=15_000, post_with_link=200_000),
)


@pytest.mark.parametrize(("has_link", "cost"), [(True, 200_000), (False, 15_000)])
def test_the_price_is_known_before_sending(has_link: bool, cost: int) -> None:
    charge = charge_for(replace(POST, has_link=has_link), ACCOUNT, now=NOW, timezone=HANOI)
    assert charge is not None
    assert charge.cost == cost


def test_where_posts_are_free_nothing_is_charged() -> None:
    free = replace(ACCOUNT, platform=Platform.TELEGRAM, budget=None, prices=None)
    assert charge_for(POST, free, now=NOW, timezone=HANOI) is None
    assert charge_for(POST, None, now=NOW, timezone=HANOI) is None


@pytest.mark.parametrize(
    ("now", "day", "month"),
    [
        # Hanoi is UTC+7: its day begins at 17:00 UTC of the day before.
        ("2026-05-22T09:00", "2026-05-21T17:00", "2026-04-30T17:00"),
        ("2026-05-31T17:00", "2026-05-31T17:00", "2026-05-31T17:00"),
        ("2026-05-31T16:59", "2026-05-30T17:00", "2026-04-30T17:00"),
    ],
)
def test_the_budgets_day_is_the_operators(now: str, day: str, month: str) -> None:
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, day, month)]
    assert local_starts(moments[0], HANOI) == (moments[1], moments[2])


def test_a_time_to_come_back_that_is_over_is_no_permission() -> None:
    """Our clock may be ahead of the platform's."""
    error = Throttled("rate", "slowly", until=NOW - timedelta(hours=1), wait=timedelta(minutes=5))
    told = outcome(error)
    assert isinstance(told, TryAgain)
    assert told.due == told.channel_until == NOW + timedelta(minutes=5)
