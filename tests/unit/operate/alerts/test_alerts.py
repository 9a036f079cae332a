"""What is told of trouble, when, and in how many words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.parse import parse_feed
from bot.config import load_config
from bot.format.limits import TELEGRAM_MESSAGE, plain_text, utf16_length
from bot.models.alerts import Condition, Disk, Note, Pause, Presence, Trouble
from bot.models.basics import FeedId, Reason
from bot.models.feeds import FetchedFeed, FetchFailed
from bot.models.views import FeedStatus
from bot.operate.alerts.changes import after_telling, compare
from bot.operate.alerts.message import new_alerts
from bot.operate.alerts.silence import patience
from bot.operate.alerts.snapshot import Snapshot
from bot.operate.alerts.troubles import troubles_of, unjudged
from bot.operate.alerts.wording import HEADINGS
from bot.wording import ENGLISH, wording
from tests.counters import commands_of, mentions_of

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EN = ENGLISH
CONFIG = """
[accounts.tg]
platform = "telegram"
token = { env = "T" }
[accounts.x]
platform = "x"
api_key = { env = "A" }
api_secret = { env = "B" }
access_token = { env = "C" }
access_token_secret = { env = "D" }
budget = { per_day = 2.0, per_month = 40.0 }
[[channels]]
id = "tin"
account = "tg"
chat = "@tincongnghe"
[[channels]]
id = "xtin"
account = "x"
[[feeds]]
id = "f"
url = "https://example.org/f"
channels = ["tin", "xtin"]
[[feeds]]
id = "off"
url = "https://example.org/off"
channels = ["tin"]
enabled = false
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("alerts") / "newsbot.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return load_config(Path(path), environ={})


def feed(name: str = "f", *, errors: int = 0, paused: bool = False) -> FeedStatus:
    reason = Reason(code="http", text="the server answered 503") if errors else None
    return FeedStatus(
        id=FeedId(name), last_success=NOW, errors=errors, paused=paused, reason=reason
    )


def pause(scope: str, name: str, code: str = "forbidden") -> Pause:
    return Pause(scope=scope, id=name, reason=Reason(code=code, text="because"))


def state(
    *feeds: FeedStatus,
    pauses=(),
    unknown=None,
    failed=None,
    storms=None,
    free: int | None = None,
    **others,
) -> Snapshot:
    condition = Condition(
        feeds=feeds,
        pauses=tuple(pauses),
        unknown=unknown or {},
        failed=failed or {},
        storms=storms or {},
        disk=None if free is None else Disk(folder="/var/lib/newsbot", free=free),
    )
    return Snapshot(condition=condition, now=NOW, presence=Presence(running=True), **others)


DOLLAR = 1_000_000
TROUBLES = {
    "nothing": (state(feed()), []),
    "room on the disk": (state(free=64 * 2**20), []),
    "little room on the disk": (state(free=64 * 2**20 - 1), [("disk", "/var/lib/newsbot", 1)]),
    "a full disk": (state(free=0), [("disk", "/var/lib/newsbot", 2)]),
    "four failures": (state(feed(errors=4)), []),
    "five failures": (state(feed(errors=5)), [("feed_failing", "f", 1)]),
    "a disabled feed": (state(feed("off", errors=9)), []),
    "a paused feed": (state(feed(errors=9, paused=True)), []),
    "silent": (state(feed(), silent={"f": NOW}), [("feed_silent", "f", 1)]),
    "channel paused": (state(pauses=[pause("channel", "tin")]), [("paused", "channel:tin", 1)]),
    "account paused": (state(pauses=[pause("account", "x")]), [("paused", "account:x", 1)]),
    "by the operator": (state(pauses=[pause("channel", "tin", "operator")]), []),
    "of a channel that is gone": (state(pauses=[pause("channel", "gone")]), []),
    "a storm": (state(pauses=[pause("feed", "f", "storm")]), [("paused", "feed:f", 1)]),
    "held back": (state(feed(), storms={"f": 2}), [("storm", "f", 1)]),
    "held back of a paused feed": (state(feed(paused=True), storms={"f": 2}), []),
    "held back of a feed that is off": (
        state(feed("off"), storms={"off": 2}),
        [("orphaned", "off", 1)],
    ),
    "held back of a feed that is gone": (state(storms={"gone": 2}), [("orphaned", "gone", 1)]),
    "nothing held back of it": (state(storms={"gone": 0}), []),
    "unknown": (state(unknown={"tin": 2}), [("unknown", "tin", 2)]),
    "failed": (state(failed={"xtin": 1}), [("failed", "xtin", 1)]),
    "79 %": (state(spent={"x": (1_580_000, 0)}), []),
    "80 % of the day": (state(spent={"x": (1_600_000, 0)}), [("budget", "x:day", 80)]),
    "all of the day": (state(spent={"x": (2 * DOLLAR, 0)}), [("budget", "x:day", 100)]),
    "80 % of the month": (state(spent={"x": (0, 32 * DOLLAR)}), [("budget", "x:month", 80)]),
    "too little is left": (
        state(pauses=[pause("account", "x", "budget")], spent={"x": (1_900_000, 2 * DOLLAR)}),
        [("budget", "x:day", 100)],
    ),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_is_found(name: str, config) -> None:
    snapshot, expected = TROUBLES[name]
    found = troubles_of(snapshot, config, feed_errors=5, words=EN)
    assert [(one.kind, one.subject, one.level) for one in found] == expected


def trouble(kind="feed_failing", subject="f", level=1) -> Trouble:
    return Trouble(kind=kind, subject=subject, text=f"{subject}: now", level=level)


def note(kind="feed_failing", subject="f", level=1, *, told=None, well=None) -> Note:
    at = [NOW - timedelta(minutes=ago) if ago is not None else None for ago in (told, well)]
    return Note(
        kind=kind,
        subject=subject,
        text=f"{subject}: then",
        level=level,
        noticed_at=NOW - timedelta(hours=9),
        told_at=at[0],
        well_at=at[1],
    )


# what is wrong, what was noted -> is there news, is it that all is well again, what is forgotten
CHANGES = {
    "new": ([trouble()], [], (True, False, 0)),
    "the same again": ([trouble()], [note(told=5)], (False, False, 0)),
    "not told yet": ([trouble()], [note()], (True, False, 0)),
    "over": ([], [note(told=5)], (True, True, 0)),
    "over before it was told": ([], [note()], (True, True, 0)),
    "over, not told yet": ([], [note(told=9, well=5)], (True, True, 0)),
    "back before the end was told": ([trouble()], [note(told=9, well=5)], (False, False, 0)),
    "settled": ([], [note("unknown", told=5)], (False, False, 1)),
    "fewer": ([trouble("failed", level=1)], [note("failed", level=3, told=5)], (False, False, 0)),
    "more": ([trouble("failed", level=4)], [note("failed", level=3, told=61)], (True, False, 0)),
    "more, too soon": (
        [trouble("failed", level=4)],
        [note("failed", level=3, told=59)],
        (False, False, 0),
    ),
    "the rest of the budget": (
        [trouble("budget", "x:day", 100)],
        [note("budget", "x:day", 80, told=5)],
        (True, False, 0),
    ),
    "a new day": ([], [note("budget", "x:day", 100, told=5)], (False, False, 1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_is_news_or_not(name: str) -> None:
    troubles, notes, (is_news, is_well, gone) = CHANGES[name]
    changes = compare(troubles, notes, NOW)
    after = {one.key: one for one in notes} | {one.key: one for one in changes.changed}
    for one in changes.gone:
        del after[one.key]
    assert any(one.is_news for one in after.values()) == is_news
    assert any(one.well_at is not None for one in after.values()) == is_well
    assert len(changes.gone) == gone
    settled = after_telling(after.values(), NOW)
    left = {key: one for key, one in after.items() if one not in settled.gone}
    left |= {one.key: one for one in settled.changed}
    assert not any(one.is_news for one in left.values()), "what was told is no news"


def test_fewer_then_more_is_news_again() -> None:
    before = note("failed", level=3, told=120)
    (fewer,) = compare([trouble("failed", level=1)], [before], NOW).changed
    (again,) = compare([trouble("failed", level=2)], [fewer], NOW).changed
    assert again.told_at is None


def test_the_operators_pauses_are_neither_wrong_nor_well(config) -> None:
    snapshot = state(feed(errors=9, paused=True), pauses=[pause("feed", "f", "operator")])
    changes = compare([], [note(told=5)], NOW, unjudged=unjudged(snapshot, config))
    assert (changes.changed, changes.gone) == ((), ())


def test_a_paused_feed_mutes_no_channel_of_the_same_name(config) -> None:
    snapshot = state(feed(paused=True), pauses=[pause("feed", "f", "operator")])
    wrong = [trouble("unknown", "f"), trouble("failed", "f")]
    changes = compare(wrong, [note("moved", "f", told=5)], NOW, unjudged=unjudged(snapshot, config))
    assert [one.kind for one in changes.changed] == ["unknown", "failed"]
    assert [one.kind for one in changes.gone] == ["moved"]


def test_one_message_for_everything_with_commands_to_type() -> None:
    notes = [note(subject=f"feed-{number}") for number in range(200)]
    notes += [note("paused", "channel:tin"), note("feed_silent", "old", told=9, well=1)]
    message = new_alerts(notes, EN, ZONE)
    assert message is not None
    assert "(200)" in message
    assert "and 180 more" in message
    assert "<code>newsbot preview --feed feed-0</code>" in message
    assert "<code>newsbot resume channel:tin</code>" in message
    assert "news again (1)" in message
    assert "07:00 – 15:59" in message
    assert new_alerts([note(told=5)], EN, ZONE) is None


def test_a_title_of_a_feeds_server_calls_nobody_and_commands_nothing() -> None:
    body = b"<html><title>@here /start `newsbot state new`</title>"
    refused = parse_feed(FetchedFeed(url="https://f.vn/", body=body, content_type="text/html"))
    assert isinstance(refused, FetchFailed)
    message = new_alerts([replace(note(), text=f"f fails: {refused.reason.text}")], EN, ZONE)
    assert message is not None
    assert "here" in message
    assert mentions_of(plain_text(message)) == commands_of(plain_text(message)) == []
    assert "<code>newsbot state new</code>" not in message


def test_vietnamese_alerts_keep_the_commands() -> None:
    text = new_alerts([note(), note("unknown", "tin")], wording("vi"), ZONE)
    assert text is not None
    assert "Nguồn tin lỗi" in text
    assert "<code>newsbot retry ID</code>" in text


KINDS = st.sampled_from(sorted(HEADINGS))
TEXTS = st.text(max_size=1200)
NOTES = st.builds(
    note, kind=KINDS, subject=st.text(max_size=64), told=st.none(), well=st.sampled_from([None, 1])
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(NOTES, TEXTS), min_size=1, max_size=60), st.sampled_from(["vi", "en"]))
def test_every_message_fits_and_its_markup_is_whole(pairs, language) -> None:
    notes = [replace(one, text=text) for one, text in pairs]
    message = new_alerts(notes, wording(language), ZONE)
    assert message is not None
    assert utf16_length(plain_text(message)) <= TELEGRAM_MESSAGE
    assert message.count("<code>") == message.count("</code>")
    assert message.count("<") == 2 * message.count("<code>")


def times(*hours: float) -> list[datetime]:
    found = [NOW]
    for gap in hours:
        found.append(found[-1] - timedelta(hours=gap))
    return found


@pytest.mark.parametrize(
    ("published", "hours"),
    [
        (times(*[1] * 8), None),  # nine stories tell of no rhythm
        ([NOW] * 50, None),  # nor do fifty without dates of their own
        (times(*[1] * 30), 24),  # a busy feed: a day at least
        (times(*[24] * 30), 96),  # daily
        (times(*[2] * 28, 62), 93),  # hourly, but for the weekend
    ],
)
def test_how_long_a_feed_may_be_silent(published, hours) -> None:
    allowed = patience(published)
    assert allowed == (None if hours is None else timedelta(hours=hours))


def test_a_spent_budget_says_when_posts_go_on(config) -> None:
    spent = {"x": (2 * DOLLAR, 40 * DOLLAR)}
    found = troubles_of(state(spent=spent), config, feed_errors=5, words=EN)
    assert [one.text for one in found] == [
        "account x: 2.00 of 2.00 USD spent this day; posts go on at 00:00 of 2026-11-24",
        "account x: 40.00 of 40.00 USD spent this month; posts go on at 00:00 of 2026-12-01",
    ]
    (nearly,) = troubles_of(
        state(spent={"x": (1_700_000, 0)}), config, feed_errors=5, words=wording("vi")
    )
    assert nearly.text.endswith("đã tiêu 1.70 trên 2.00 USD của ngày")
