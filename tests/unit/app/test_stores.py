"""One configuration has one database, whoever starts newsbot."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from bot.app.stores import existing_store, owned_store
from bot.config import load_config
from bot.errors import ConfigError, StoreError

NOBODY = 65534
TEXT = '[[channels]]\nid = "terminal"\nplatform = "console"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    made = tmp_path / "newsbot.toml"
    made.write_text(TEXT, encoding="utf-8")
    return made


async def run_once(config: Path, **environ: str) -> None:
    async with owned_store(load_config(config, environ=environ), environ):
        pass


async def look(config: Path, **environ: str) -> bool:
    async with existing_store(load_config(config, environ=environ), environ) as store:
        return store is not None


def copy(one: Path, other: Path) -> None:
    other.write_bytes(one.read_bytes())


def name_database(config: Path, file: Path) -> None:
    config.write_text(f'database = "sqlite:///{file}"\n{TEXT}', encoding="utf-8")


async def test_two_databases_of_one_configuration_are_refused(config: Path) -> None:
    beside, state = config.parent / "newsbot.db", config.parent / "state"
    await run_once(config)
    copy(beside, state / "newsbot.db")
    for use in (run_once, look):
        with pytest.raises(ConfigError, match="has two databases") as refused:
            await use(config, STATE_DIRECTORY=str(state))
        assert str(beside) in str(refused.value)
        assert str(state / "newsbot.db") in str(refused.value)
    name_database(config, state / "newsbot.db")
    assert await look(config, STATE_DIRECTORY=str(state))


async def test_a_service_does_not_begin_anew_beside_a_database_that_was_used(config: Path) -> None:
    await run_once(config)
    state = config.parent / "state"
    with pytest.raises(ConfigError, match=f"move it there .*mv {config.parent}/newsbot.db"):
        await run_once(config, STATE_DIRECTORY=str(state))
    await asyncio.to_thread(shutil.move, config.parent / "newsbot.db", state)
    assert await look(config, STATE_DIRECTORY=str(state))


async def test_an_empty_file_is_no_second_database(config: Path) -> None:
    (config.parent / "newsbot.db").touch()
    await run_once(config, STATE_DIRECTORY=str(config.parent / "state"))
    assert await look(config, STATE_DIRECTORY=str(config.parent / "state"))


async def test_a_database_out_of_sight_is_not_taken_for_none(config: Path) -> None:
    """The service's folder is its own, mode 0700: somebody forgot sudo."""
    state = config.parent / "state"
    environ = {"STATE_DIRECTORY": str(state)}
    await run_once(config, **environ)
    read = load_config(config, environ=environ)
    me = os.geteuid()
    state.chmod(0o700 if me == 0 else 0)
    os.seteuid(me or NOBODY)
    try:
        with pytest.raises(StoreError, match=r"cannot be reached .*try it with sudo"):
            async with existing_store(read, environ):
                pass
    finally:
        os.seteuid(me)
        state.chmod(0o700)
