"""Servers and their habits, over HTTP against a local server and with a store in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.collect.http import HttpFetcher
from bot.models.basics import ChannelId, FeedId
from bot.models.settings import Feed
from bot.pipeline.collect import collect_feed
from bot.pipeline.judging import CollectPorts
from tests.contract.collect.http.test_fetcher import LIMITS
from tests.pipeline.test_collect import NoPages, at_once
from tests.standins.feeds import FeedServer, Reply, redirect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.models.feeds import FeedState, PollReport
    from bot.store.engine import Store

NOW = datetime(2026, 5, 22, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FRIDAY, SATURDAY = "Fri, 22 May 2026 08:00:00 GMT", "Sat, 23 May 2026 08:00:00 GMT"
PAGE = "<!DOCTYPE html><html><head><title>{}</title></head><body>{}</body></html>"


def rss(*numbers: int) -> bytes:
    items = "".join(
        f"<item><title>Tin số {number} của hôm nay</title><guid>g{number}</guid>"
        f"<link>https://a.vn/{number}</link></item>"
        for number in numbers
    )
    return f"<rss version='2.0'><channel><title>A</title>{items}</channel></rss>".encode()


def page(title: str, body: str = "", status: int = 200, **headers: str) -> Reply:
    html = PAGE.format(title, body).encode()
    return Reply(html, status, headers=headers, content_type="text/html; charset=utf-8")


@dataclass
class Guest:
    """One feed of one server, polled as the service polls it."""

    server: FeedServer
    store: Store
    ports: CollectPorts
    feed: Feed
    now: datetime = NOW

    def asked(self) -> list[tuple[str, bool]]:
        """Return path of each request, and whether it was conditional."""
        names = ("If-None-Match", "If-Modified-Since")
        return [
            (one.path, any(name in one.headers for name in names)) for one in self.server.requests
        ]

    async def state(self) -> FeedState:
        await self.store.feeds.know_addresses({self.feed.id: self.feed.url}, self.now)
        (state,) = await self.store.feeds.claim_due_feeds(
            [self.feed.id], self.now, limit=1, force=True
        )
        return state

    async def poll(self, after: timedelta = HOUR) -> PollReport:
        self.now += after
        return await collect_feed(self.feed, await self.state(), self.now, self.ports)

    async def wait(self) -> timedelta:
        """Return how long the feed is left alone now."""
        (row,) = await self.store.desk.feed_status([self.feed.id])
        assert row.next_poll is not None
        return row.next_poll - self.now

    async def is_paused(self) -> bool:
        (row,) = await self.store.desk.feed_status([self.feed.id])
        return row.paused


@pytest.fixture
async def guest(store: Store) -> AsyncIterator[Guest]:
    async with (
        FeedServer() as server,
        HttpFetcher(contact=None, version="1", limits=LIMITS) as fetcher,
    ):
        feed = Feed(
            id=FeedId("vn"),
            url=server.serve("/rss", Reply(rss(1), etag='"1"')),
            channels=(ChannelId("tin"),),
            fetch_page="never",
        )
        ports = CollectPorts(
            fetcher=fetcher,
            feeds=store.feeds,
            stories=store.stories,
            pages=NoPages(),
            offload=at_once,
        )
        yield Guest(server, store, ports, feed)


# --- validators ---------------------------------------------------------------------------------


async def test_once_a_day_a_feed_is_asked_without_validators(guest: Guest) -> None:
    for _ in range(26):
        await guest.poll()
    conditional = [flag for _, flag in guest.asked()]
    assert conditional.count(False) == 2
    assert not conditional[0]
    assert not conditional[24]


@pytest.mark.parametrize("etag", ['"1"', None])
async def test_a_feed_that_is_quiet_for_longer_than_stories_are_remembered_tells_none_again(
    guest: Guest, etag: str | None
) -> None:
    """Its items have no dates, and its document stays the same to the letter."""
    guest.server.serve("/rss", Reply(rss(3, 2, 1), etag=etag))
    for _ in range(40):
        await guest.poll(DAY)
        await guest.store.thin(guest.now, 5 * DAY)
        await guest.store.housekeeping(guest.now, 10 * DAY)
    guest.server.serve("/rss", Reply(rss(4, 3, 2, 1), etag=etag and '"4"'))
    report = await guest.poll()
    assert (report.items, report.new, report.owed) == (4, 1, 1)


async def test_a_feed_that_was_away_for_longer_than_it_is_remembered_begins_as_a_new_one(
    guest: Guest,
) -> None:
    """It was disabled, or out of reach: nobody knows any more what it told."""
    guest.server.serve("/rss", Reply(rss(*range(30))))
    assert (await guest.poll()).owed == guest.feed.first_run
    guest.now += 40 * DAY
    await guest.store.housekeeping(guest.now, 10 * DAY)
    assert (await guest.poll()).owed <= guest.feed.first_run


@pytest.mark.parametrize(("etag", "held"), [('"1"', 0), ('"2"', 30)])
async def test_a_days_news_behind_a_constant_etag_is_no_storm(
    guest: Guest, etag: str, held: int
) -> None:
    await guest.poll()
    await guest.poll(DAY - 15 * MINUTE)
    guest.server.serve("/rss", Reply(rss(*range(31, 0, -1)), etag=etag))
    report = await guest.poll(15 * MINUTE)
    assert (report.owed, report.held) == (30, held)


async def test_a_constant_etag_is_found_told_and_not_sent_any_more(guest: Guest) -> None:
    await guest.poll()
    guest.server.serve("/rss", Reply(rss(2, 1), etag='"1"'))
    assert (await guest.poll()).outcome == "not_modified"
    report = await guest.poll(DAY)
    assert report.new == 1
    assert any("ETag" in note for note in report.notes)
    guest.server.serve("/rss", Reply(rss(3, 2, 1), etag='"1"'))
    again = await guest.poll()
    assert (again.new, again.notes) == (1, ())
    assert not guest.asked()[-1][1]


@pytest.mark.parametrize(("etag", "changed"), [('"2"', FRIDAY), ('"1"', SATURDAY)])
async def test_one_of_two_validators_that_is_constant_is_found_too(
    guest: Guest, etag: str, changed: str
) -> None:
    guest.server.serve("/rss", Reply(rss(1), etag='"1"', last_modified=FRIDAY))
    await guest.poll()
    guest.server.serve("/rss", Reply(status=304))  # for the one of the two that is constant
    await guest.poll()
    guest.server.serve("/rss", Reply(rss(2, 1), etag=etag, last_modified=changed))
    report = await guest.poll(DAY)
    assert report.new == 1
    assert any("ETag" in note for note in report.notes)
    await guest.poll()
    assert not guest.asked()[-1][1]


async def test_an_etag_that_changes_with_the_content_is_believed(guest: Guest) -> None:
    await guest.poll()
    guest.server.serve("/rss", Reply(rss(2, 1), etag='"2"'))
    report = await guest.poll(DAY)
    assert (report.new, report.notes) == (1, ())
    await guest.poll()
    assert guest.asked()[-1][1]


async def test_a_constant_etag_that_begins_to_change_is_believed_again(guest: Guest) -> None:
    await guest.poll()
    for number in (2, 3):
        guest.server.serve("/rss", Reply(rss(*range(number, 0, -1)), etag='"1"'))
        await guest.poll(DAY)
    guest.server.serve("/rss", Reply(rss(4, 3, 2, 1), etag='"4"'))
    await guest.poll()
    await guest.poll()
    assert guest.asked()[-1][1]


async def test_another_address_in_the_file_starts_without_validators(guest: Guest) -> None:
    await guest.poll()
    guest.feed = replace(guest.feed, url=guest.server.serve("/new", Reply(rss(1), etag='"1"')))
    await guest.poll()
    assert guest.asked()[-1] == ("/new", False)


# --- moves --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 308])
async def test_after_three_agreeing_answers_a_feed_is_asked_where_it_moved(
    guest: Guest, status: int
) -> None:
    guest.server.serve("/new", Reply(rss(1)))
    guest.server.serve("/rss", redirect("/new", status))
    notes = [(await guest.poll()).notes for _ in range(4)]
    assert [bool(one) for one in notes] == [False, False, True, False]
    assert "newsbot feeds stay vn" in notes[2][0]
    assert [path for path, _ in guest.asked()] == ["/rss", "/new"] * 3 + ["/new"]
    (row,) = await guest.store.desk.feed_status([guest.feed.id])
    assert row.moved == guest.server.url("/new")


async def test_a_temporary_redirect_moves_nothing(guest: Guest) -> None:
    guest.server.serve("/new", Reply(rss(1)))
    guest.server.serve("/rss", redirect("/new", 302))
    for _ in range(4):
        await guest.poll()
    assert [path for path, _ in guest.asked()] == ["/rss", "/new"] * 4


async def test_answers_that_disagree_move_nothing(guest: Guest) -> None:
    for name in ("/a", "/b"):
        guest.server.serve(name, Reply(rss(1)))
    guest.server.serve("/rss", *(redirect(to, 301) for to in ("/a", "/b", "/a", "/b")))
    for _ in range(4):
        await guest.poll()
    assert [path for path, _ in guest.asked()][-2:] == ["/rss", "/b"]


async def moved(guest: Guest) -> None:
    guest.server.serve("/new", Reply(rss(1)))
    guest.server.serve("/rss", redirect("/new", 301))
    for _ in range(3):
        await guest.poll()


async def test_a_move_can_be_undone(guest: Guest) -> None:
    await moved(guest)
    assert await guest.store.desk.stay(guest.feed.id, guest.now) == guest.server.url("/new")
    await guest.poll()
    assert [path for path, _ in guest.asked()][-2:] == ["/rss", "/new"]


async def test_a_poll_under_way_takes_no_change_of_the_address_back(guest: Guest) -> None:
    await moved(guest)
    asked = await guest.state()
    await guest.store.desk.stay(guest.feed.id, guest.now)
    await collect_feed(guest.feed, asked, guest.now, guest.ports)
    asked, former = await guest.state(), guest.feed
    assert asked.validators.moved is None
    guest.server.serve("/rss", Reply(rss(1, 2), etag='"old"'))
    guest.feed = replace(guest.feed, url=guest.server.serve("/third", Reply(rss(1))))
    await guest.store.feeds.know_addresses({guest.feed.id: guest.feed.url}, guest.now)
    await collect_feed(former, asked, guest.now, guest.ports)
    state = await guest.state()
    assert (state.validators.etag, state.due) == (None, guest.now)


async def test_another_address_in_the_file_undoes_a_move(guest: Guest) -> None:
    await moved(guest)
    guest.feed = replace(guest.feed, url=guest.server.serve("/third", Reply(rss(1))))
    await guest.poll()
    assert guest.asked()[-1][0] == "/third"


async def test_a_new_address_that_fails_three_times_is_given_up(guest: Guest) -> None:
    await moved(guest)
    guest.server.serve("/new", Reply(status=500))
    guest.server.serve("/rss", Reply(rss(1)))
    for _ in range(4):
        await guest.poll()
    assert [path for path, _ in guest.asked()][-4:] == ["/new", "/new", "/new", "/rss"]


async def test_an_address_with_a_key_is_never_stored(guest: Guest) -> None:
    guest.server.serve("/new", Reply(rss(1)))
    guest.server.serve("/rss", redirect("/new?token=geheim0123456789", 301))
    for _ in range(4):
        await guest.poll()
    assert [path for path, _ in guest.asked()][-2] == "/rss"
    assert (await guest.state()).validators.moved is None


async def test_the_feeds_secrets_do_not_follow_it_to_another_server(guest: Guest) -> None:
    async with FeedServer() as other:
        to = other.serve("/new", Reply(rss(1)))
        guest.server.serve("/rss", redirect(to, 301))
        guest.feed = replace(guest.feed, headers={"X-Key": "k"}, allow_hosts=("127.0.0.1",))
        for _ in range(4):
            await guest.poll()
        assert len(guest.server.requests) == 3
        assert not any("X-Key" in one.headers for one in other.requests)


# --- refusals -----------------------------------------------------------------------------------


async def test_a_feed_that_is_gone_twice_in_a_row_is_stopped(guest: Guest) -> None:
    guest.server.serve("/rss", Reply(status=410))
    await guest.poll()
    assert await guest.wait() >= timedelta(hours=20)
    assert not await guest.is_paused()
    await guest.poll(DAY)
    assert await guest.is_paused()
    guest.feed = replace(guest.feed, url=guest.server.serve("/new", Reply(rss(1))))
    assert (await guest.poll()).outcome == "items"
    assert not await guest.is_paused()


async def test_gone_once_by_accident_stops_nothing(guest: Guest) -> None:
    guest.server.serve("/rss", Reply(status=410), Reply(rss(1)), Reply(status=410), Reply(rss(1)))
    for _ in range(4):
        await guest.poll(DAY)
    assert not await guest.is_paused()


async def test_gone_for_some_minutes_stops_nothing(guest: Guest) -> None:
    await guest.poll()
    guest.server.serve("/rss", Reply(status=410))
    for _ in range(3):
        await guest.poll(5 * MINUTE)
    assert not await guest.is_paused()
    await guest.poll(DAY)
    assert await guest.is_paused()


@pytest.mark.parametrize(
    ("reply", "code", "least", "most"),
    [
        (Reply(status=403), "http_403", 100 * MINUTE, 140 * MINUTE),
        (Reply(status=404), "http_404", 100 * MINUTE, 140 * MINUTE),
        (Reply(status=500), "http_500", 25 * MINUTE, 35 * MINUTE),
        (Reply(status=429, headers={"Retry-After": "7200"}), "http_429", 2 * HOUR, 2.3 * HOUR),
        (Reply(status=503, headers={"Retry-After": "99999999"}), "http_503", DAY, 1.2 * DAY),
        (Reply(status=401), "login", 100 * MINUTE, 140 * MINUTE),
    ],
)
async def test_refusals_slow_the_polling_down(guest, reply, code, least, most) -> None:
    guest.server.serve("/rss", reply)
    report = await guest.poll()
    assert report.reason.code == code
    assert least <= await guest.wait() <= most


async def test_the_wait_after_failures_grows_to_a_day(guest: Guest) -> None:
    guest.server.serve("/rss", Reply(status=500))
    waits = []
    for _ in range(9):
        await guest.poll(DAY)
        waits.append(await guest.wait())
    assert waits[:7] == sorted(waits[:7])
    assert timedelta(hours=21) <= waits[-1] <= timedelta(hours=27)


CLOUDFLARE = {"cf-mitigated": "challenge"}


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (page("Just a moment...", "<script>window._cf_chl_opt={}</script>", 403), "challenge", "Cloudflare"),
        (page("x", status=403, **CLOUDFLARE), "challenge", "Cloudflare"),
        (page("Just a moment..."), "challenge", "Cloudflare"),
        (page("x", "<script src='/_Incapsula_Resource?a'></script>"), "challenge", "Imperva"),
        (page("x", "geo.captcha-delivery.com", 403), "challenge", "DataDome"),
        (Reply(status=403, headers={"X-DataDome": "protected"}), "challenge", "DataDome"),
        (page("Oh noes!", "<script src='/.within.website/x/cmd/anubis/static/a.js'>"), "challenge", "Anubis"),
        (page("x", "<div class='g-recaptcha'></div>", 403), "challenge", "the site"),
        (Reply(status=401), "login", "headers"),
        (page("Log in", "<input name=p type='password'>"), "login", "headers"),
        (page("Đăng nhập", "<input type=password>", 403), "login", "headers"),
        (page("Shop", "<input type=password><div class='g-recaptcha'>"), "html_page", "Shop"),
        (page("Shop", "<script src=/cdn-cgi/challenge-platform/scripts/jsd/main.js>"), "html_page", "Shop"),
        (page("Sorry", "no", 403), "http_403", "Forbidden"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
async def test_what_came_instead_of_a_feed_is_named(guest, reply, code, words) -> None:
    guest.server.serve("/rss", reply)
    report = await guest.poll()
    assert report.reason.code == code
    assert words in report.reason.text
    assert "\n" not in report.reason.text


async def test_a_feed_that_tells_of_challenges_is_a_feed(guest: Guest) -> None:
    body = rss(1).replace(b"Tin", b"Just a moment... _cf_chl_opt captcha-delivery.com")
    wrapped = b"<!DOCTYPE html><html><body>" + body + b"</body></html>"
    for one in (body, wrapped):
        guest.server.serve("/rss", Reply(one, content_type="text/html"))
        assert (await guest.poll(DAY)).outcome == "items"


# --- the rhythm ---------------------------------------------------------------------------------


async def test_the_rhythm_is_learned_by_polling_and_kept_in_the_store(guest: Guest) -> None:
    for number in range(1, 6):
        guest.server.serve("/rss", Reply(rss(*range(number, 0, -1))))
        await guest.poll(HOUR if number > 1 else timedelta(0))
    first = (await guest.state()).rhythm
    assert first is not None
    await guest.poll()
    assert (await guest.state()).rhythm == first


async def test_ttl_and_skipped_hours_count_after_a_304_too(guest: Guest) -> None:
    wishes = (
        b"<title>A</title><ttl>130</ttl><skipHours><hour>11</hour><hour>12</hour></skipHours>"
        b"<skipDays><day>Sunday</day></skipDays>"
    )
    body = rss(1).replace(b"<title>A</title>", wishes)
    guest.server.serve("/rss", Reply(body, etag='"1"'))
    await guest.poll(timedelta(0))
    await guest.poll(MINUTE)
    assert guest.asked()[-1][1]
    assert (guest.now + await guest.wait()).hour == 13
