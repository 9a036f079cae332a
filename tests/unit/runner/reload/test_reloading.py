"""A new configuration is taken as a whole or not at all; accounts keep their connections."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from bot.config import Config, load_config
from bot.errors import ConfigError, StoreError
from bot.models.basics import AccountId
from bot.runner.assembly import Assembly
from bot.runner.reload.reloading import Reloader, Reloading, Setup

TEXT = """
[accounts.one]
platform = "telegram"
token = { env = "ONE" }
[accounts.two]
platform = "telegram"
token = { env = "TWO" }
[[channels]]
id = "terminal"
platform = "console"
[[feeds]]
id = "vn"
url = "https://example.org/rss"
"""
ONE, TWO = AccountId("one"), AccountId("two")
Secrets = Mapping[AccountId, Mapping[str, str]]
SECRETS: Secrets = {ONE: {"token": "FAKE-one"}, TWO: {"token": "FAKE-two"}}


class Client:
    closed = False

    async def close(self) -> None:
        self.closed = True


class Runner:
    """Takes assembly; a post is in flight until `landed`."""

    def __init__(self) -> None:
        self.assembly: list[Assembly] = []
        self.landed = asyncio.Event()
        self.faults: list[StoreError] = []
        self.tried: list[int] = []
        """How many assemblies it had had each time that it tried what is paused."""

    async def try_paused(self) -> None:
        self.tried.append(len(self.assembly))

    async def exchange(self, assembly: Assembly) -> frozenset[asyncio.Task[None]]:
        if self.faults:
            raise self.faults.pop()
        self.assembly.append(assembly)

        async def post() -> None:
            await self.landed.wait()

        return frozenset({asyncio.create_task(post())})


class Impatient(Reloading):
    every = 0.0


class Told(list[str | None]):
    """What the operator is told about files that are refused."""

    async def __call__(self, why: str | None) -> None:
        self.append(why)


def config(home: Path, *edits: tuple[str, str]) -> Config:
    text = TEXT
    for old, new in edits:
        text = text.replace(old, new)
    path = home / "newsbot.toml"
    path.write_text(text)
    return load_config(path, environ={})


def parts_of(config: Config, clients: Mapping[AccountId, Client]) -> Assembly:
    return Assembly(
        feeds=config.feeds, routes={}, store=None, collect=None,  # type: ignore[arg-type]
        timezone=config.timezone, remember=None, now=None,  # type: ignore[arg-type]
    )  # fmt: skip


def reloader(home: Path) -> Reloader[Client]:
    def connect(config: Config, secrets: Secrets) -> dict[AccountId, Client]:
        return {id_: Client() for id_ in secrets}

    first = config(home)
    clients = connect(first, SECRETS)
    setup = Setup(config=first, secrets=SECRETS, clients=clients, assembly=parts_of(first, clients))
    return Reloader(setup, connect=connect, wire=parts_of)


def test_an_unchanged_account_keeps_its_connections(tmp_path: Path) -> None:
    one = reloader(tmp_path)
    before = dict(one.setup.clients)
    new = config(tmp_path, ("feeds]]", 'feeds]]\nhashtags = ["AI"]'))
    assert one.renew(new, SECRETS) == []
    assert one.setup.clients == before
    assert one.setup.config == new


@pytest.mark.parametrize(
    ("edit", "secrets", "line"),
    [
        (("", ""), {**SECRETS, TWO: {"token": "FAKE-new"}}, "account two: credentials changed"),
        (('env = "TWO" }', 'env = "TWO" }\napi_url = "https://api.example.org"'), SECRETS,
         "account two: api_url changed"),
        (("", ""), {ONE: SECRETS[ONE]}, None),
    ],
)  # fmt: skip
def test_an_account_that_changed_or_went_gives_its_connections_back(
    tmp_path: Path, edit: tuple[str, str], secrets: Secrets, line: str | None
) -> None:
    one = reloader(tmp_path)
    before = dict(one.setup.clients)
    with structlog.testing.capture_logs() as logs:
        assert one.renew(config(tmp_path, edit), secrets) == [before[TWO]]
    assert one.setup.clients[ONE] is before[ONE]
    assert one.setup.clients.get(TWO) is not before[TWO]
    assert [log["event"] for log in logs] == ([line] if line else [])
    assert "FAKE" not in str(logs)


def test_nothing_changed_is_nothing_to_do(tmp_path: Path) -> None:
    one = reloader(tmp_path)
    again = config(tmp_path, ("[[feeds]]", "\n# a comment\n[[feeds]]"))
    assert one.renew(again, SECRETS) is None


def test_a_change_that_needs_a_restart_stays_and_is_reported_each_time(tmp_path: Path) -> None:
    one = reloader(tmp_path)
    moved = replace(config(tmp_path), database="sqlite:////elsewhere.db", contact="x@example.org")
    for _ in "12":
        with structlog.testing.capture_logs() as logs:
            assert one.renew(moved, SECRETS) is None
        assert [log["event"].split()[0] for log in logs] == ["database", "contact"]
    assert one.setup.config.database != moved.database


async def test_connections_are_closed_after_the_posts_that_use_them(tmp_path: Path) -> None:
    one, runner = reloader(tmp_path), Runner()
    before = dict(one.setup.clients)
    assert isinstance(before[TWO], Client)
    new = config(tmp_path)
    reloading = Reloading(one, runner, lambda: (new, {ONE: SECRETS[ONE]}), Told())
    await reloading.reload()
    (closing,) = reloading._closing
    done, _ = await asyncio.wait({closing}, timeout=0)
    assert not done
    assert not before[TWO].closed
    runner.landed.set()
    await closing
    assert before[TWO].closed
    assert not before[ONE].closed
    assert runner.assembly == [one.setup.assembly]


async def test_a_file_that_the_database_hinders_is_taken_as_soon_as_it_answers(
    tmp_path: Path,
) -> None:
    one, runner = reloader(tmp_path), Runner()
    before = dict(one.setup.clients)
    new = config(tmp_path, ("feeds]]", 'feeds]]\nhashtags = ["AI"]'))
    reloading = Impatient(one, runner, lambda: (new, {ONE: SECRETS[ONE]}), Told())
    runner.faults = [StoreError("database news.db is locked")] * 2
    for _ in "12":
        with pytest.raises(StoreError, match="is locked"):
            await reloading.reload()
        assert await reloading.is_due()
    runner.landed.set()
    await reloading.reload()
    assert runner.assembly == [one.setup.assembly]
    assert one.setup.config == new
    await asyncio.gather(*reloading._closing)
    assert isinstance(before[TWO], Client)
    assert before[TWO].closed
    with structlog.testing.capture_logs() as logs:
        await reloading.reload()
    assert [log["event"] for log in logs] == ["configuration read again: nothing changed"]


async def test_what_is_paused_is_tried_after_each_file_that_is_taken(tmp_path: Path) -> None:
    """A token may have changed, or only a right in the chat, which no file shows."""
    one, runner = reloader(tmp_path), Runner()
    new = config(tmp_path)
    for secrets in (SECRETS, {ONE: SECRETS[ONE]}):
        await Reloading(one, runner, lambda secrets=secrets: (new, secrets), Told()).reload()
    runner.landed.set()
    assert runner.tried == [0, 1]


async def test_a_bad_file_changes_nothing_and_every_mistake_is_told(tmp_path: Path) -> None:
    one, runner, told = reloader(tmp_path), Runner(), Told()
    before = one.setup

    def read() -> tuple[Config, Secrets]:
        raise ConfigError(["newsbot.toml:1:1: first", "newsbot.toml:2:1: second"])

    with structlog.testing.capture_logs() as logs:
        await Reloading(one, runner, read, told).reload()
    assert one.setup is before
    assert runner.assembly == []
    assert told == ["newsbot.toml:1:1: first (and 1 more)"]
    assert [(log["log_level"], log["event"]) for log in logs] == [
        ("error", "newsbot.toml:1:1: first"),
        ("error", "newsbot.toml:2:1: second"),
        ("error", "configuration refused: the one before goes on"),
    ]


CUT = TEXT.replace("[[channels]]", '[[channels]]\nid = "more"\nplatform = "console"\n[[channels]]')


async def test_a_file_that_lost_a_channel_is_taken_when_it_is_saved_again(tmp_path: Path) -> None:
    one, runner, told = reloader(tmp_path), Runner(), Told()
    path = tmp_path / "newsbot.toml"
    reloading = Reloading(one, runner, lambda: (load_config(path, environ={}), SECRETS), told)
    await asyncio.to_thread(path.write_text, CUT)
    await reloading.reload()
    assert list(one.setup.config.channels) == ["more", "terminal"]
    await asyncio.to_thread(path.write_text, TEXT)
    for _ in "12":  # a signal that comes along with the save is no second one
        with structlog.testing.capture_logs() as logs:
            await reloading.reload()
        assert "lost channel more: if that is meant" in logs[0]["event"]
    assert len(runner.assembly) == 1
    assert told[-1] == f"{path} lost channel more"
    os.utime(path, (1, 1))
    await reloading.reload()
    assert list(one.setup.config.channels) == ["terminal"]
    assert told[-1] is None


async def test_another_loss_than_the_one_that_was_refused_is_refused_as_well(
    tmp_path: Path,
) -> None:
    """As of an editor that empties the file first and then writes part of it."""
    one, runner, told = reloader(tmp_path), Runner(), Told()
    path = tmp_path / "newsbot.toml"
    reloading = Reloading(one, runner, lambda: (load_config(path, environ={}), SECRETS), told)
    await asyncio.to_thread(path.write_text, "")
    await reloading.reload()
    await asyncio.to_thread(path.write_text, TEXT[: TEXT.index("[[feeds]]")])
    await reloading.reload()
    assert runner.assembly == []
    assert "lost channel terminal and 1 of 1 feed (vn)" in str(told[0])
    assert "lost 1 of 1 feed (vn)" in str(told[1])
    await asyncio.to_thread(path.write_text, TEXT)
    await reloading.reload()
    assert told[2:] == [None]
