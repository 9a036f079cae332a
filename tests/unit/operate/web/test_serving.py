"""A port that is taken: the bot runs, tells of it, and serves as soon as the port is free."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
import structlog

from bot.config import load_config
from bot.models.alerts import Note, Presence
from bot.operate.state.metrics import Figures
from bot.operate.state.status import status_json
from bot.operate.web.serving import Desk, serving

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.engine import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RUNS, STOPPED = Presence(running=True), Presence(running=False)


async def test_a_port_that_is_taken_is_trouble_until_it_is_free(
    store: Store, tmp_path: Path
) -> None:
    waits, go_on = asyncio.Event(), asyncio.Event()

    async def sleep(seconds: float) -> None:
        assert seconds == 60
        waits.set()
        await go_on.wait()

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        path = tmp_path / "newsbot.toml"
        path.write_text(
            f'[metrics]\nlisten = "{address}"\n[[channels]]\nid = "t"\nplatform = "console"\n'
            '[[feeds]]\nid = "f"\nurl = "https://example.org/f"\n',
            encoding="utf-8",
        )
        config = load_config(path, environ={})
        assert config.metrics is not None
        figures = Figures(config, store, lambda: NOW)
        desk = Desk(book=store.alerts, now=lambda: NOW, sleep=sleep)
        with structlog.testing.capture_logs() as logs:
            async with (
                serving([figures.site(config.metrics)], desk),
                aiohttp.ClientSession() as web,
            ):
                await waits.wait()
                (trouble,) = (await status_json(config, store, NOW, presence=RUNS))["troubles"]
                assert trouble["kind"] == "metrics"
                assert f"{address} cannot be used (address already in use)" in trouble["text"]
                assert "metrics.listen" in trouble["remedy"]
                stopped = await status_json(config, store, NOW, presence=STOPPED)
                assert [one["kind"] for one in stopped["troubles"]] == ["not_running"]
                (note,) = await store.alerts.notes()
                await store.alerts.write([replace(note, told_at=NOW)], [])
                async with serving([figures.site(config.metrics)], desk):
                    assert [one.told_at for one in await store.alerts.notes()] == [NOW]
                taken.close()
                go_on.set()
                while await store.alerts.notes():
                    pass
                async with web.get(f"http://{address}/healthz") as answer:
                    assert answer.status == 200
                assert (await status_json(config, store, NOW, presence=RUNS))["well"]
    told = [entry["event"] for entry in logs]
    assert told[0].startswith(f"metrics.listen: {address} cannot be used")
    assert told[-1] == "metrics.listen is free, and used now"


async def test_trouble_with_a_port_of_an_older_configuration_is_none(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "newsbot.toml"
    without = '[[channels]]\nid = "t"\nplatform = "console"\n[[feeds]]\nid = "f"\nurl = "https://example.org/f"\n'
    path.write_text(without, encoding="utf-8")
    config = load_config(path, environ={})
    note = Note(kind="metrics", subject="127.0.0.1:1", text="taken", level=2, noticed_at=NOW)
    await store.alerts.write([note], [])
    assert (await status_json(config, store, NOW, presence=RUNS))["well"]
