"""The whole way: a feed names a hub, the service subscribes, the hub pushes, Telegram shows it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.e2e.world import World, world
from tests.standins.hub import PUBLIC, HubServer
from tests.standins.serving import in_thread
from tests.unit.operate.state.test_metrics import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOPIC = "https://tin.example.org/feed"
NEWS = (
    "<rss version='2.0'><channel><title>tin</title><item><title>Tin được đẩy tới</title>"
    "<link>https://example.org/pushed</link><guid isPermaLink='false'>pushed</guid>"
    "<description>Đoạn mở đầu của tin được đẩy tới.</description></item></channel></rss>"
)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as found:
        yield found


def publish(one: World, hub: HubServer, port: int) -> None:
    """Write a feed that names the hub, and the configuration that lets it push."""
    entry = one.feed("tin", "Tin đầu", every_min="1h", every="2h", allow_hosts=["127.0.0.1"])
    path = one.home / "feeds" / "tin.rss"
    links = f"<a:link rel='hub' href='{hub.base}/'/><a:link rel='self' href='{TOPIC}'/>"
    text = path.read_text(encoding="utf-8")
    text = text.replace("<channel>", f"<channel xmlns:a='http://www.w3.org/2005/Atom'>{links}")
    path.write_text(text, encoding="utf-8")
    one.write(
        f'[web]\nlisten = "127.0.0.1:{port}"\npublic_url = "{PUBLIC}"\n'
        '[[channels]]\nid = "tg"\naccount = "tg"\nchat = "@tincongnghe"\nmin_gap = "0s"\nimage = "never"\n'
        f"{entry}channels = ['tg']\n"
    )
    hub.reach = (PUBLIC, f"http://127.0.0.1:{port}")


def shown(one: World, title: str) -> int:
    return sum(title in post["text"] for post in one.telegram.posts())


def status(one: World) -> dict[str, object]:
    (feed,) = one.json("status")["feeds"]
    return feed["hub"] or {}


def test_news_that_a_hub_pushes_is_posted_once_over_a_kill(one: World) -> None:
    with in_thread(HubServer()) as hub:
        publish(one, hub, free_port())
        with one.service() as process:
            one.wait_for(lambda: shown(one, "Tin đầu") == 1 and hub.held)
            one.wait_for(lambda: status(one).get("until"))
            assert asyncio.run(hub.push(TOPIC, NEWS.encode(), signature="sha256=00")) == [202]
            assert "signature is wrong" in status(one)["reason"]["text"]
            assert asyncio.run(hub.push(TOPIC, NEWS.encode())) == [202]
            one.wait_for(lambda: shown(one, "Tin được đẩy tới") == 1)
            process.kill()
            process.communicate(timeout=30)
        with one.service():
            one.wait_for(lambda: 202 in pushed_again(hub))
            one.wait_for(lambda: status(one)["tells_all"])
        assert (shown(one, "Tin đầu"), shown(one, "Tin được đẩy tới")) == (1, 1)
        assert len([form for form in hub.forms if form["hub.mode"] == "subscribe"]) == 1


def pushed_again(hub: HubServer) -> list[int]:
    try:
        return asyncio.run(hub.push(TOPIC, NEWS.encode()))
    except OSError:
        return []
