"""A refused file is a trouble in status and alerts until one is taken."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.config import load_config
from bot.models.alerts import Presence
from bot.operate.state.status import status_json
from bot.runner.reload.refusals import note_refusal, refusal_of
from bot.store.engine import open_store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FILE, OTHER = Path("/etc/newsbot/newsbot.toml"), Path("/etc/newsbot/other.toml")


async def test_it_is_noted_once_and_forgotten_when_a_file_is_taken() -> None:
    book = open_store(":memory:", create=True).alerts
    await note_refusal(book, FILE, "lost channel a", NOW)
    await note_refusal(book, FILE, "lost channel a", NOW.replace(hour=10))
    note = await refusal_of(book, FILE)
    assert note is not None
    assert (note.text, note.noticed_at, note.told_at) == ("lost channel a", NOW, None)
    assert await refusal_of(book, OTHER) is None
    await note_refusal(book, OTHER, None, NOW)
    assert await refusal_of(book, FILE) == note
    await note_refusal(book, FILE, None, NOW)
    assert await refusal_of(book, FILE) is None


async def test_status_tells_it_with_the_way_on(tmp_path: Path) -> None:
    path = tmp_path / "newsbot.toml"
    text = '[[channels]]\nid = "t"\nplatform = "console"\n[[feeds]]\nid = "f"\nurl = "https://f.example"\n'
    await asyncio.to_thread(path.write_text, text, encoding="utf-8")
    config = load_config(path, environ={})
    store = open_store(":memory:", create=True)
    runs = Presence(running=True, since=NOW)
    assert (await status_json(config, store, NOW, presence=runs))["well"]
    await note_refusal(store.alerts, path, f"{path} lost channel a", NOW)
    (trouble,) = (await status_json(config, store, NOW, presence=runs))["troubles"]
    assert trouble["kind"] == "configuration"
    assert "refused: the one before goes on: since 2026-11-23" in trouble["text"]
    assert f"{path} lost channel a" in trouble["text"]
    assert "`newsbot reload --accept`" in trouble["remedy"]
