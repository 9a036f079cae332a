"""`newsbot pause` and `newsbot resume`: what they say is so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config import load_config
from bot.models.basics import Reason
from bot.operate.posting.pausing import pause, resume
from tests.contract.store_kit import NOW, story, tell

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Config
    from bot.store.engine import Store

CONFIG = """
[accounts.tg]
platform = "telegram"
token = { env = "T" }
[[channels]]
id = "a"
account = "tg"
chat = "@tincongnghe"
[[channels]]
id = "terminal"
platform = "console"
[[feeds]]
id = "f"
url = "https://example.org/f"
"""
KICKED = Reason(code="forbidden", text="kicked")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "newsbot.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return load_config(path, environ={})


async def test_each_scope_goes_on_once(store: Store, config: Config) -> None:
    for name in ("channel:a", "account:tg", "feed:f"):
        scope, _, id_ = name.partition(":")
        assert (await pause(name, store, config, NOW))[0].startswith(f"{scope} {id_} is paused")
        assert await resume(name, store, config) == [f"{scope} {id_} goes on"]
        assert await resume(name, store, config) == [f"{scope} {id_} was not paused"]


async def test_stories_from_before_a_feeds_pause_are_still_posted(
    store: Store, config: Config
) -> None:
    assert await pause("f", store, config, NOW) == [
        "feed f is paused; what it brought before is still posted"
    ]


@pytest.mark.parametrize("is_paused", [True, False])
async def test_a_channel_does_not_go_on_while_its_account_is_paused(
    store: Store, config: Config, is_paused: bool
) -> None:
    if is_paused:
        await pause("a", store, config, NOW)
    await store.desk.pause("account", "tg", KICKED, NOW)
    held = "channel a is still held: account tg is paused (kicked): `newsbot resume account:tg`"
    assert await resume("a", store, config) == [held]
    assert await resume(None, store, config) == [held]
    assert await resume("tg", store, config) == ["account tg goes on"]


async def test_all_means_the_channels_in_both(store: Store, config: Config) -> None:
    assert await resume(None, store, config) == ["no channel was paused"]
    await pause("f", store, config, NOW)
    assert await pause(None, store, config, NOW) == [
        "channel a is paused",
        "channel terminal is paused",
    ]
    assert await resume("terminal", store, config) == ["channel terminal goes on"]
    assert await resume(None, store, config) == ["channel a goes on"]
    (feed,) = (await store.alerts.condition([])).pauses
    assert (feed.scope, feed.id) == ("feed", "f")


async def test_a_storm_holds_in_spite_of_it(store: Store, config: Config) -> None:
    await tell(store, story("a", owed=("a",), held=KICKED))
    await pause("f", store, config, NOW)
    still = "what it brought too much of at once is still held: `newsbot feeds release f`"
    assert await resume("f", store, config) == [f"feed f is polled again; {still}"]
    assert await resume("f", store, config) == [f"feed f was not paused; {still}"]
