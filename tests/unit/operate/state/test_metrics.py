"""Figures for Prometheus, and whether the service lives."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.config import Metrics, load_config
from bot.errors import NewsbotError, StoreError
from bot.models.alerts import Disk
from bot.models.basics import ChannelId, DeliveryId, FeedId, Reason
from bot.models.feeds import PollReport
from bot.models.outbox import Delivery, Failed, Found, Sent, Sought
from bot.models.posts import Receipt
from bot.models.stories import Article
from bot.operate.state.metrics import Figures
from bot.operate.web.serving import Desk, serving
from bot.store.operator.alerts import AlertBook
from tests.contract.store_kit import owe

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.engine import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONFIG = """
[accounts.x]
platform = "x"
api_key.env = "A"
api_secret.env = "B"
access_token.env = "C"
access_token_secret.env = "D"
budget = { per_day = 2.0, per_month = 40.0 }
[[channels]]
id = "xtin"
account = "x"
[[feeds]]
id = "f"
url = "https://example.org/f"
channels = ["xtin"]
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def desk_of(store: Store) -> Desk:
    return Desk(book=store.alerts, now=lambda: NOW)


def delivery(published: datetime | None = None) -> Delivery:
    return Delivery(
        id=DeliveryId(1),
        channel=ChannelId("xtin"),
        feed=FeedId("f"),
        article=Article(title="Tin", published=published),
        created_at=NOW,
    )


async def test_prometheus_reads_every_figure(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "newsbot.toml"
    path.write_text(CONFIG, encoding="utf-8")
    figures = Figures(load_config(path, environ={}), store, lambda: NOW)
    figures.polled(PollReport(feed=FeedId("f"), outcome="items", items=7, new=3, owed=3), 0.2)
    figures.polled(PollReport(feed=FeedId("f"), outcome="failed"), 9)
    sent = Sent(receipt=Receipt(remote_id="1"))
    figures.delivered(delivery(NOW - timedelta(minutes=4)), sent, NOW)
    figures.delivered(delivery(), sent, NOW)
    figures.delivered(delivery(), Failed(reason=Reason(code="x", text="y")), NOW)
    doubt = Sought(
        id=DeliveryId(1),
        channel=ChannelId("tin"),
        feed=FeedId("f"),
        text="tin",
        link=None,
        since=NOW,
        attempted_at=NOW,
        unknown_since=NOW,
        at=NOW,
        searches=0,
        attempts=1,
        reason=Reason(code="x", text="y"),
    )
    figures.settled(doubt, Found(receipt=sent.receipt))
    where = Metrics(host="127.0.0.1", port=free_port())
    base = f"http://127.0.0.1:{where.port}"
    async with serving([figures.site(where)], desk_of(store)), aiohttp.ClientSession() as web:
        async with web.get(f"{base}/metrics") as answer:
            assert answer.status == 200
            text = await answer.text()
        statuses = []
        for page in ("healthz", "readyz", "nothing"):
            async with web.get(f"{base}/{page}") as answer:
                statuses.append(answer.status)
    assert statuses == [200, 200, 404]
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    expected = {
        ("newsbot_polls_total", "items"): 1,
        ("newsbot_deliveries_total", "tin", "found"): 1,
        ("newsbot_polls_total", "failed"): 1,
        ("newsbot_poll_seconds_count",): 2,
        ("newsbot_items_total",): 7,
        ("newsbot_stories_total",): 3,
        ("newsbot_deliveries_total", "xtin", "sent"): 2,
        ("newsbot_deliveries_total", "xtin", "failed"): 1,
        ("newsbot_publish_to_post_seconds_count", "xtin"): 1,
        ("newsbot_publish_to_post_seconds_bucket", "xtin", "120.0"): 0,
        ("newsbot_publish_to_post_seconds_bucket", "xtin", "300.0"): 1,
        ("newsbot_queue", "xtin", "pending"): 0,
        ("newsbot_feeds_failing",): 0,
        ("newsbot_spent_dollars", "x", "day"): 0,
        ("newsbot_budget_dollars", "x", "month"): 40,
    }
    assert expected.items() <= samples.items()
    assert samples["newsbot_tick_age_seconds",] < 30


@pytest.mark.parametrize(
    ("listen", "message"),
    [
        ('"127.0.0.1:9464"', None),
        ('"[::1]:9464"', None),
        ('"localhost:1"', None),
        ('"0.0.0.0:9464"', "must be on the loopback interface"),
        ('"[::]:9464"', "must be on the loopback interface"),
        ('"192.168.1.2:9464"', "must be on the loopback interface"),
        ('"example.org:9464"', "must be on the loopback interface"),
        ('":9464"', "must be an address and a port"),
        ('"127.0.0.1"', "must be an address and a port"),
        ('"127.0.0.1:0"', "must be an address and a port"),
        ('"127.0.0.1:70000"', "must be an address and a port"),
        ("9464", "must be an address and a port"),
    ],
)
def test_only_this_machine_is_answered(listen: str, message: str | None, tmp_path: Path) -> None:
    path = tmp_path / "newsbot.toml"
    path.write_text(f"[metrics]\nlisten = {listen}\n{CONFIG}", encoding="utf-8")
    if message is None:
        assert load_config(path, environ={}).metrics is not None
    else:
        with pytest.raises(NewsbotError, match=rf":2.*: metrics.listen: {message}"):
            load_config(path, environ={})


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:9464", 200),
        ("localhost:9464", 200),
        ("LOCALHOST", 200),
        ("[::1]:9464", 200),
        ("rebound.example", 421),
        ("rebound.example:9464", 421),
        ("127.0.0.1.example", 421),
        ("localhost.example:9464", 421),
        ("192.168.1.5", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
async def test_a_page_of_another_site_reads_nothing(
    store: Store, tmp_path: Path, path: str, host: str, status: int
) -> None:
    file = tmp_path / "newsbot.toml"
    file.write_text(CONFIG, encoding="utf-8")
    figures = Figures(load_config(file, environ={}), store, lambda: NOW)
    at = Metrics(host="127.0.0.1", port=free_port())
    async with (
        serving([figures.site(at)], desk_of(store)),
        aiohttp.ClientSession() as session,
        session.get(f"http://{at.host}:{at.port}{path}", headers={"Host": host}) as answer,
    ):
        assert answer.status == status


@pytest.mark.parametrize(("free", "ready"), [(0, 503), (2**30, 200)])
async def test_a_full_disk_is_a_figure_and_not_ready(
    store: Store, tmp_path: Path, free: int, ready: int
) -> None:
    file = tmp_path / "newsbot.toml"
    file.write_text(CONFIG, encoding="utf-8")
    disk = Disk(folder="/var/lib/newsbot", free=free)
    store.alerts = AlertBook(store.database, look_at=lambda _: disk)
    figures = Figures(load_config(file, environ={}), store, lambda: NOW)
    at = Metrics(host="127.0.0.1", port=free_port())
    base = f"http://{at.host}:{at.port}"
    async with serving([figures.site(at)], desk_of(store)), aiohttp.ClientSession() as session:
        async with session.get(f"{base}/readyz") as answer:
            assert answer.status == ready
        async with session.get(f"{base}/metrics") as answer:
            text = await answer.text()
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["newsbot_disk_free_bytes"] == free


async def test_a_channel_in_which_nothing_gets_out_is_a_figure_and_not_ready(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "newsbot.toml"
    file.write_text(CONFIG, encoding="utf-8")
    times = [NOW]
    figures = Figures(load_config(file, environ={}), store, lambda: times[-1])
    await owe(store, "a", channel="xtin", feed="elsewhere", at=NOW)
    at = Metrics(host="127.0.0.1", port=free_port())
    base = f"http://{at.host}:{at.port}"
    found = []
    async with serving([figures.site(at)], desk_of(store)), aiohttp.ClientSession() as session:
        for hours in (0.5, 2):
            times.append(NOW + timedelta(hours=hours))
            async with session.get(f"{base}/readyz") as answer:
                found.append((answer.status, (await answer.text()).strip()))
            async with session.get(f"{base}/metrics") as answer:
                text = await answer.text()
            samples = {
                (sample.name, *sample.labels.values()): sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            }
            found.append(
                (
                    samples["newsbot_channel_stalled_seconds", "xtin"],
                    samples["newsbot_troubles", "stalled"],
                )
            )
    assert found[:3] == [
        (200, "ready"),
        (0, 0),
        (
            503,
            (
                "xtin: nothing got out since 2026-11-23 16:00 +07: nothing was tried, and newsbot does "
                "not know why; next try 2026-11-23 18:00 +07"
            ),
        ),
    ]
    assert found[3] == (7200, 1)


async def test_a_database_that_takes_nothing_is_not_ready(store: Store, tmp_path: Path) -> None:
    class LockedBook(AlertBook):
        async def try_writing(self) -> None:
            raise StoreError("database newsbot.db is locked")

    file = tmp_path / "newsbot.toml"
    file.write_text(CONFIG, encoding="utf-8")
    store.alerts = LockedBook(store.database)
    figures = Figures(load_config(file, environ={}), store, lambda: NOW)
    at = Metrics(host="127.0.0.1", port=free_port())
    async with (
        serving([figures.site(at)], desk_of(store)),
        aiohttp.ClientSession() as session,
        session.get(f"http://{at.host}:{at.port}/readyz") as answer,
    ):
        assert answer.status == 503
