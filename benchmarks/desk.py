"""The desk in the browser, full: 10,000 feeds, 300 channels, 100,000 posts; what pages cost."""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert

from bot.app.long_lived import pass_over_long_lived
from bot.clock import utc_now
from bot.config import load_config
from bot.models.basics import DeliveryState
from bot.operate.browser.html import in_frame, render
from bot.operate.browser.index import PAGES
from bot.store.engine import open_store
from bot.store.tables.schema import deliveries, feeds, stories, story_items
from tests.unit.operate.browser.kit import newsroom_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields, Page
    from bot.store.engine import Store

FEEDS, CHANNELS, POSTS = 10_000, 300, 100_000
MOST_SECONDS, MOST_BYTES = 0.3, 500_000
TITLE = "Nvidia giới thiệu chip thế hệ mới cho máy chủ trí tuệ nhân tạo, số"


def main() -> bool:
    return asyncio.run(measured())


async def measured() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        now = utc_now()
        room = newsroom(Path(folder), now)
        await room.store.database.run(lambda: fill(room.store, now))
        pass_over_long_lived()  # as the service does
        good = [await is_light(room, page, query) for page in PAGES for query in queries(page)]
        await room.store.close()
    return all(good)


def newsroom(folder: Path, now: datetime) -> Newsroom:
    path = folder / "newsbot.toml"
    path.write_text("".join(configuration()), encoding="utf-8")
    config = load_config(path, environ={})
    store = open_store(f"sqlite:///{folder}/newsbot.db", create=True)

    return newsroom_of(config, store, now)


def configuration() -> Iterator[str]:
    yield '[accounts.tg]\nplatform = "telegram"\ntoken = { env = "T" }\n'
    for number in range(CHANNELS):
        yield f'[[channels]]\nid = "kenh-{number}"\naccount = "tg"\nchat = "@kenh_tin_{number}"\n'
    for number in range(FEEDS):
        yield f'[[feeds]]\nid = "bao-{number}"\nurl = "https://bao{number}.example/rss"\n'
        yield f'channels = ["kenh-{number % CHANNELS}"]\n'


def fill(store: Store, now: datetime) -> None:
    """Write stories that all were posted, the last of them just now."""
    moments = [now - timedelta(seconds=20 * (POSTS - number)) for number in range(POSTS)]
    with store.database.write() as tx:
        tx.execute(insert(feeds), [feed(number, now) for number in range(FEEDS)])
        tx.execute(insert(stories), [story(number, at) for number, at in enumerate(moments, 1)])
        tx.execute(insert(story_items), [item(number, at) for number, at in enumerate(moments, 1)])
        tx.execute(insert(deliveries), [post(number, at) for number, at in enumerate(moments, 1)])


def feed(number: int, now: datetime) -> dict[str, object]:
    is_bad = number % 50 == 0
    return {
        "id": f"bao-{number}",
        "next_poll": now + timedelta(minutes=number % 60),
        "last_poll": now,
        "last_success": now - timedelta(minutes=number % 60),
        "last_new": now - timedelta(hours=number % 30),
        "errors": 3 if is_bad else 0,
        "reason_code": "http_404" if is_bad else None,
        "reason_text": "the server answered 404" if is_bad else None,
        "rhythm": bytes(700),
    }


def story(number: int, at: datetime) -> dict[str, object]:
    return {
        "id": number,
        "feed": f"bao-{number % FEEDS}",
        "title": f"{TITLE} {number}",
        "link": f"https://bao.example/tin-{number}",
        "published": at - timedelta(minutes=7),
        "first_seen": at,
        "last_seen": at,
    }


def item(number: int, at: datetime) -> dict[str, object]:
    return {
        "story": number,
        "feed": f"bao-{number % FEEDS}",
        "item_hash": number.to_bytes(16, "big"),
        "item_id": str(number),
        "title": f"{TITLE} {number}",
        "folded": f"{TITLE} {number}",
        "content_hash": bytes(16),
        "first_seen": at,
    }


def post(number: int, at: datetime) -> dict[str, object]:
    return {
        "story": number,
        "channel": f"kenh-{number % CHANNELS}",
        "feed": f"bao-{number % FEEDS}",
        "state": DeliveryState.SENT,
        "due": at,
        "created_at": at,
        "attempted_at": at,
        "sent_at": at,
        "account": "tg",
        "remote_id": str(number),
        "remote_url": f"https://t.me/kenh/{number}",
        "text": f"<b>{TITLE} {number}</b>\n\n" + "Một câu của bản tin, dài vừa phải. " * 20,
    }


def queries(page: Page) -> Sequence[Fields]:
    """Return what the page is asked for: searches that find something, and that find nothing."""
    sought = {
        "feeds": [{"q": "bao-99"}],
        "posts": [{"q": "câu của bản tin"}, {"q": "khong co tu nay"}, {"state": "sent"}],
        "explain": [{"q": "nvidia giới thiệu"}],
    }
    return [{}, *sought.get(page.name, [])]


async def is_light(room: Newsroom, page: Page, query: Fields) -> bool:
    """Tell whether the page keeps its limits, the first time and then."""
    spent = []
    for _ in range(3):
        began = time.process_time()
        room.forget()
        body = page.view(await page.read(room, query))
        text = render(
            "layout",
            "vi",
            **in_frame("."),
            page=page,
            pages=PAGES,
            visitor=None,
            body=body,
            said=None,
            renew=None,
        )
        spent.append(time.process_time() - began)
    size = len(text.encode())
    print(
        f"{page.name or 'now':8} {' '.join(query.values()):20} {spent[0] * 1000:6.0f} ms at first, "
        f"{min(spent) * 1000:.0f} ms then, {size / 1000:.0f} KB"
    )
    return max(spent) < MOST_SECONDS and size < MOST_BYTES
