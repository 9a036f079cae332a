"""When nothing goes out although something should, `newsbot status` says so within the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.config import load_config
from bot.errors import OutcomeUnknown, PublishError, Throttled, Unauthorized, Unreachable
from bot.models.alerts import Presence
from bot.models.basics import Reason
from bot.models.outbox import Begun, Stopped, TryAgain, Unknown
from bot.models.reasons import ReasonCode
from bot.operate.alerts.silence import SilenceWatch
from bot.operate.alerts.snapshot import Watches, take_snapshot
from bot.operate.alerts.stalled import StallWatch, waking_time
from bot.operate.state.status import status_json
from bot.pipeline.outcomes import outcome_of
from bot.publish.pace import lane_of
from tests.contract.store_kit import owe, post, sent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.config import Config
    from bot.models.outbox import Lane, Outcome
    from bot.store.engine import Store

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # noon in Viet Nam
RUNS = Presence(running=True, since=START - timedelta(days=1))
CONFIG = """
[accounts.tg]
platform = "telegram"
token.env = "T"
[accounts.x]
platform = "x"
api_key.env = "A"
api_secret.env = "B"
access_token.env = "C"
access_token_secret.env = "D"
budget = { per_day = 2.0, per_month = 40.0 }
[[channels]]
id = "tin"
account = "tg"
chat = "@tincongnghe"
quiet_hours = "23:00-06:00"
max_per_day = 2
[[channels]]
id = "xtin"
account = "x"
[[channels]]
id = "xtin2"
account = "x"
[[feeds]]
id = "f"
url = "https://example.org/f"
"""
CAP = Throttled("usage_cap", "X: the monthly cap of this plan is used up", scope="account")
FLOOD = Throttled("flood", "Telegram asks to wait for 12 hours", wait=timedelta(hours=12))
CLOSED = Unreachable("unreachable", "no connection to api.telegram.org: refused")
ERRORS = OutcomeUnknown("server", "the server answered 503")


class Town:
    """A service on a store in memory; `at` is the time, in hours since it was noon."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self.store = store
        self.now = START

    def lanes(self) -> list[Lane]:
        channels = self.config.channels.values()
        return [lane_of(one, self.now, self.config.timezone) for one in channels]

    async def owe(self, channel: str, *names: str) -> None:
        await owe(self.store, *names, channel=channel, feed=f"of {channel}", at=self.now)

    async def work(self, answer: PublishError | Outcome, *, hours: float) -> None:
        """Try what is due each minute; each try has the same answer."""
        end = self.now + timedelta(hours=hours)
        while self.now < end:
            for one in await self.store.outbox.claim_due_deliveries(
                self.lanes(), self.now, limit=9
            ):
                begun = await self.store.outbox.begin(one.id, post(one.channel), self.now)
                assert begun is Begun.YES
                is_error = isinstance(answer, PublishError)
                outcome = outcome_of(answer, one, self.now) if is_error else answer
                await self.store.outbox.finish(one, outcome, self.now)
            self.now += timedelta(minutes=1)

    async def status(self, presence: Presence = RUNS) -> dict[str, Any]:
        return await status_json(self.config, self.store, self.now, presence=presence)

    async def troubles(self, presence: Presence = RUNS) -> list[tuple[str, str]]:
        troubles = (await self.status(presence))["troubles"]
        return [(one["kind"], one["subject"]) for one in troubles]


@pytest.fixture
def town(store: Store, tmp_path: Path) -> Town:
    path = tmp_path / "newsbot.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return Town(load_config(path, environ={}), store)


@pytest.mark.parametrize(
    ("channel", "error", "quiet_for"),
    [("xtin", CAP, 0.7), ("tin", CLOSED, 0.7), ("tin", FLOOD, 0), ("xtin", ERRORS, 0.9)],
    ids=["X's monthly cap as 429", "port closed", "flood wait of twelve hours", "503"],
)
async def test_a_channel_that_only_meets_refusals_is_told_within_the_hour(
    town: Town, channel: str, error: PublishError, quiet_for: float
) -> None:
    await town.owe(channel, "a", "b")
    if quiet_for:
        await town.work(error, hours=quiet_for)
        assert await town.troubles() == []
    await town.work(error, hours=1.1 - quiet_for)
    assert await town.troubles() == [("stalled", channel)]
    await town.work(error, hours=4)
    (trouble,) = (await town.status())["troubles"]
    assert trouble["text"].startswith(
        f"Channels in which nothing gets out: {channel}: nothing got out since 2026-11-23 12:00 +07: "
        f"{error}; next try 2026-11-2"
    )
    assert f"`newsbot deliveries --channel {channel}`" in trouble["remedy"]


async def test_the_channel_itself_says_since_when_and_until_when(town: Town) -> None:
    await town.owe("tin", "a")
    await town.work(FLOOD, hours=0.1)
    told = next(one for one in (await town.status())["channels"] if one["id"] == "tin")
    assert told["state"] == "stalled"
    assert told["stalled"] == {"since": "2026-11-23T05:00:00Z", "next_try": "2026-11-23T17:00:00Z"}
    assert told["reason"] == {"code": "flood", "text": str(FLOOD)}


async def test_every_channel_of_a_silenced_account_is_told_with_its_reason(town: Town) -> None:
    await town.owe("xtin", "a")
    await town.work(CAP, hours=0.1)
    await town.owe("xtin2", "b")
    await town.work(CAP, hours=1.2)
    assert await town.troubles() == [("stalled", "xtin"), ("stalled", "xtin2")]
    texts = [one["text"] for one in (await town.status())["troubles"]]
    assert all(str(CAP) in text for text in texts)


async def test_a_post_that_gets_out_ends_it(town: Town) -> None:
    await town.owe("xtin", "a", "b")
    await town.work(CAP, hours=2)
    await town.work(sent(), hours=0.3)
    assert await town.troubles() == []
    assert all(one["stalled"] is None for one in (await town.status())["channels"])


async def test_posts_that_nobody_tries_are_told_too(town: Town) -> None:
    """Whatever hangs: a picture's host, a database that takes no claim, a fault of newsbot."""
    await town.owe("xtin", "a")
    town.now += timedelta(minutes=59)
    assert await town.troubles() == []
    town.now += timedelta(minutes=2)
    assert await town.troubles() == [("stalled", "xtin")]
    just_started = Presence(running=True, since=town.now - timedelta(minutes=1))
    assert await town.troubles(just_started) == [], "it catches up"


async def test_alerts_believe_that_nothing_is_tried_only_after_a_while(town: Town) -> None:
    await town.owe("xtin", "a")
    watches = Watches(SilenceWatch(town.store.alerts), StallWatch(timedelta(minutes=5)))
    town.now += timedelta(hours=8)  # the machine slept
    for minutes, expected in ((0, []), (4, []), (2, ["xtin"]), (1, ["xtin"])):
        town.now += timedelta(minutes=minutes)
        found = await take_snapshot(town.config, town.store, watches, town.now, RUNS)
        assert [one.channel for one in found.stalled] == expected


async def test_a_refusal_of_an_earlier_run_says_nothing_about_this_one(town: Town) -> None:
    await town.owe("xtin", "a")
    await town.work(CAP, hours=1)
    town.now += timedelta(hours=8)
    just_started = Presence(running=True, since=town.now - timedelta(seconds=1))
    assert await town.troubles(just_started) == []
    await town.work(CAP, hours=0.01)
    assert await town.troubles(just_started) == [("stalled", "xtin")]


async def nothing(_: Town) -> None:
    """Nothing is to be sent."""


async def quiet_hours(town: Town) -> None:
    town.now += timedelta(hours=12)  # midnight
    await town.owe("tin", "a")
    await town.work(CLOSED, hours=6.5)


async def own_pace(town: Town) -> None:
    await town.owe("tin", "a", "b", "c")
    await town.work(sent(), hours=5)


async def a_date_ahead(town: Town) -> None:
    await town.owe("xtin", "a")
    ahead = Reason(code=ReasonCode.FUTURE_DATE, text="dated ahead")
    (one,) = await town.store.outbox.claim_due_deliveries(town.lanes(), town.now, limit=9)
    await town.store.outbox.begin(one.id, post("xtin"), town.now)
    again = TryAgain(due=town.now + timedelta(hours=20), reason=ahead)
    await town.store.outbox.finish(one, again, town.now)
    await town.work(sent(), hours=5)


async def a_spent_budget(town: Town) -> None:
    await town.owe("xtin", "a")
    spent = Reason(code="budget", text="the budget of account x is spent")
    stop = Stopped(scope="account", reason=spent, probe_after=(timedelta(hours=1),))
    await town.work(stop, hours=5)


async def a_dear_post(town: Town) -> None:
    await town.owe("xtin", "a")
    spent = Reason(code="budget", text="the budget of account x has no room for a post of 0.2 USD")
    stop = Stopped(scope="channel", reason=spent, probe_after=(timedelta(hours=1),))
    await town.work(stop, hours=5)


async def a_pause_of_the_operator(town: Town) -> None:
    await town.owe("xtin", "a")
    by_operator = Reason(code="operator", text="paused by the operator")
    await town.store.desk.pause("channel", "xtin", by_operator, town.now)
    await town.work(CAP, hours=9)


async def a_doubt_that_is_the_operators(town: Town) -> None:
    await town.owe("xtin", "a")
    await town.work(Unknown(reason=Reason(code="x", text="y")), hours=2)


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (nothing, []),
        (quiet_hours, []),
        (own_pace, []),
        (a_date_ahead, []),
        (a_spent_budget, []),
        (a_dear_post, [("budget", "x:xtin")]),
        (a_pause_of_the_operator, []),
        (a_doubt_that_is_the_operators, [("unknown", "xtin")]),
    ],
)
async def test_what_has_its_time_is_no_trouble(
    town: Town, way: Callable[[Town], Awaitable[None]], expected: list[tuple[str, str]]
) -> None:
    await way(town)
    assert await town.troubles() == expected


async def test_an_hour_of_trouble_before_quiet_hours_stays_trouble_in_them(town: Town) -> None:
    town.now += timedelta(hours=9)  # two hours before its quiet hours
    await town.owe("tin", "a")
    await town.work(CLOSED, hours=5)
    assert await town.troubles() == [("stalled", "tin")]


async def test_a_pause_by_newsbot_is_told_at_once_with_its_next_try(town: Town) -> None:
    await town.owe("tin", "a")
    kicked = Unauthorized("forbidden", "the bot was kicked from @tincongnghe", scope="channel")
    await town.work(kicked, hours=0.05)
    (trouble,) = (await town.status())["troubles"]
    assert trouble["text"] == (
        "Paused by newsbot: channel tin: the bot was kicked from @tincongnghe; nothing gets out "
        "since 2026-11-23 12:00 +07; next try 2026-11-23 12:05 +07"
    )
    await town.work(kicked, hours=9)
    assert await town.troubles() == [("paused", "channel:tin")]


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [(0, 0.5, 0.5), (0, 9, 1), (10.5, 3, 0.5), (11, 7, 0), (11, 7.5, 0.5), (10.5, 9, 1)],
)
def test_quiet_hours_are_not_counted(
    town: Town, start: float, hours: float, expected: float
) -> None:
    since = START + timedelta(hours=start)
    found = waking_time(
        town.config.channels["tin"], since, since + timedelta(hours=hours), town.config.timezone
    )
    assert found == timedelta(hours=expected)
