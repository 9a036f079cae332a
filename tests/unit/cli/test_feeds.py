"""The commands that edit the list of feeds say what becomes of the news that waits."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bot.cli import newsbot
from bot.cli.options import Settings
from bot.clock import utc_now
from bot.models.basics import FeedId
from bot.models.feeds import MOVED_AFTER, Poll, Validators
from bot.store.db.lock import instance_lock
from bot.store.engine import open_store
from tests.contract.store_kit import owe
from tests.standins import feeds
from tests.standins.feeds import Reply

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
[[channels]]
id = "terminal"
platform = "console"
[[feeds]]
id = "vn"
url = "https://vnexpress.net/rss/tin-moi-nhat.rss"
[[feeds]]
id = "genk"
url = "https://genk.vn/rss/home.rss"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    made = tmp_path / "newsbot.toml"
    made.write_text(TEXT, encoding="utf-8")
    return made


def type_(config: Path, *words: str) -> Result:
    return CliRunner().invoke(newsbot, [*words, "-c", str(config)], obj=Settings())


def queue(config: Path, *names: str, feed: str) -> None:
    async def fill() -> None:
        store = open_store(f"sqlite:///{config.parent}/newsbot.db", create=True)
        await owe(store, *names, channel="terminal", feed=feed, at=utc_now())
        await store.close()

    asyncio.run(fill())


@pytest.mark.parametrize(
    ("names", "said"), [(("a",), "1 delivery of it waited"), (("a", "b"), "2 deliveries of it")]
)
def test_removing_a_feed_says_how_many_posts_that_ends(
    config: Path, names: tuple[str, ...], said: str
) -> None:
    queue(config, *names, feed="vn")
    queue(config, "c", feed="genk")
    done = type_(config, "feeds", "remove", "vn")
    assert done.exit_code == 0
    assert "removed vn" in done.output
    assert said in done.output
    assert (
        "feed vn was removed" in type_(config, "deliveries", "--json", "--state", "dropped").output
    )
    assert '"feed": "genk"' in type_(config, "deliveries", "--json", "--state", "pending").output


def test_removing_the_last_feed_of_a_running_service_says_how_it_takes_that(config: Path) -> None:
    queue(config, feed="vn")
    with instance_lock(f"sqlite:///{config.parent}/newsbot.db"):
        assert "reload --accept" not in type_(config, "feeds", "remove", "vn").output
        assert "`newsbot reload --accept`" in type_(config, "feeds", "remove", "genk").output


def test_removing_the_last_feed_beside_no_service_is_nothing_to_accept(config: Path) -> None:
    queue(config, feed="vn")
    for feed in ("vn", "genk"):
        assert "reload" not in type_(config, "feeds", "remove", feed).output


def test_check_says_what_the_next_start_will_drop(config: Path) -> None:
    assert "lead no more" not in type_(config, "check").output
    queue(config, "a", "b", feed="vn")
    assert "lead no more" not in type_(config, "check").output
    config.write_text(TEXT.replace('id = "vn"', 'enabled = false\nid = "vn"'), encoding="utf-8")
    done = type_(config, "check")
    assert done.exit_code == 0
    assert "2 deliveries wait for channels to which their feeds lead no more: vn (2)" in done.output


def test_adopting_a_feed_drops_nothing(config: Path) -> None:
    queue(config, "a", feed="vn")
    assert type_(config, "feeds", "adopt", "vn", "vnexpress").exit_code == 0
    assert "lead no more" not in type_(config, "check").output
    assert (
        '"feed": "vnexpress"' in type_(config, "deliveries", "--json", "--state", "pending").output
    )


def rss(*titles: str) -> Reply:
    items = "".join(f"<item><title>{title}</title><guid>{title}</guid></item>" for title in titles)
    return Reply(f"<rss version='2.0'><channel><title>Báo</title>{items}</channel></rss>".encode())


def test_a_site_leads_to_its_feeds_which_are_listed_or_added(config: Path) -> None:
    before = config.read_text(encoding="utf-8")
    link = "<link rel='alternate' type='application/rss+xml' href='{}'>"
    page = "<html><head>" + "".join(map(link.format, ("/new.rss", "/ai.rss", "/gone.rss")))
    with feeds.in_thread() as web:
        site = web.serve("/", Reply(page.encode(), content_type="text/html"))
        web.serve("/new.rss", rss("Tin 1", "Tin 2"))
        web.serve("/ai.rss", rss("Tin 2"))
        listed = type_(config, "feeds", "add", site)
        assert listed.exit_code == 1
        assert f"1. Báo: {web.url('/new.rss')}\n   2 entries, undated\n   - Tin 1" in listed.stdout
        assert "--first" in str(listed.exception)
        document = json.loads(type_(config, "feeds", "add", site, "--json").stdout)
        assert [feed["url"] for feed in document["feeds"]] == [
            web.url("/new.rss"),
            web.url("/ai.rss"),
        ]
        assert document["feeds"][0]["headlines"] == ["Tin 1", "Tin 2"]
        assert (document["added"], config.read_text(encoding="utf-8")) == (None, before)
        first = type_(config, "feeds", "add", site, "--first", "--id", "a", "--json")
        document = json.loads(first.stdout)
        assert (first.exit_code, document["added"]) == (0, "a")
        assert [feed["feed"] for feed in document["feeds"]] == ["a", None]
        assert f'id = "a"\nurl = "{web.url("/new.rss")}"' in config.read_text(encoding="utf-8")


def test_an_address_without_a_feed_is_refused_and_may_be_forced(config: Path) -> None:
    with feeds.in_thread() as web:
        missing = web.url("/missing.rss")
        refused = type_(config, "feeds", "add", missing, "--json")
        assert (refused.exit_code, json.loads(refused.stdout)["reason"]["code"]) == (1, "http_404")
        assert "404 Not Found" in str(refused.exception)
        assert "`--force` writes the address anyway" in str(refused.exception)
        web.requests.clear()
        assert type_(config, "feeds", "add", missing, "--force").exit_code == 0
        again = type_(config, "feeds", "add", missing)
        assert "has this address already" in str(again.exception)
        assert web.requests == []
    assert missing in config.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "why"),
    [("/no/such.xml", "there is no file /no/such.xml"), ("", "no address was given")],
)
def test_force_is_not_offered_where_it_does_not_help(config: Path, text: str, why: str) -> None:
    assert str(type_(config, "feeds", "add", text).exception) == why
    assert type_(config, "feeds", "add", text, "--force").exit_code != 0
    assert config.read_text(encoding="utf-8") == TEXT


def test_a_move_of_a_feed_is_shown_by_check_and_status_and_undone_by_stay(config: Path) -> None:
    async def move() -> None:
        store = open_store(f"sqlite:///{config.parent}/newsbot.db", create=True)
        validators = Validators(moved="https://new.vn/rss", agreeing=MOVED_AFTER)
        now = utc_now()
        poll = Poll(feed=FeedId("vn"), at=now, next_poll=now, validators=validators)
        await store.feeds.finish_poll(poll)
        await store.close()

    asyncio.run(move())
    line = "feed vn moved for good and is asked at https://new.vn/rss"
    assert line in type_(config, "check").output
    shown = json.loads(type_(config, "status", "--json").stdout)["feeds"]
    assert [feed["moved_to"] for feed in shown] == ["https://new.vn/rss", None]
    assert "asked at its address in the file again" in type_(config, "feeds", "stay", "vn").output
    assert line not in type_(config, "check").output
    again = type_(config, "feeds", "stay", "vn")
    assert "is asked at its address in the file already" in str(again.exception)
    assert "no feed is called vm" in str(type_(config, "feeds", "stay", "vm").exception)
