"""Where the database is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config import Config, database_url
from bot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Load = Callable[..., Config]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("sqlite:///a.db", "sqlite:///{folder}/a.db"),
        ("sqlite:///sub/a.db", "sqlite:///{folder}/sub/a.db"),
        ("sqlite:////srv/a.db", "sqlite:////srv/a.db"),
        ("postgresql://bot@db.example/news?sslmode=require", None),
    ],
)
def test_address(given: str, expected: str | None, load: Load, folder: Path) -> None:
    wanted = (expected or given).format(folder=folder)
    assert database_url(load(f'database = "{given}"'), {}) == wanted
    named = load('database = { env = "FAKE_URL" }')
    assert database_url(named, {"FAKE_URL": given}) == wanted


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("/var/lib/newsbot", "sqlite:////var/lib/newsbot/newsbot.db"),
        ("/var/lib/newsbot:/var/lib/other", "sqlite:////var/lib/newsbot/newsbot.db"),
        ("", "sqlite:///{folder}/newsbot.db"),
    ],
)
def test_default(state: str, expected: str, load: Load, folder: Path) -> None:
    config = load("", {"STATE_DIRECTORY": state})
    assert database_url(config, {}) == expected.format(folder=folder)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "the environment variable FAKE_URL is not set"),
        ({"FAKE_URL": "mysql://u:fake-password@h/d"}, "not a database that newsbot knows"),
        ({"FAKE_URL": "sqlite:///"}, "names no file"),
    ],
)
def test_secret_address_is_wrong(environ: dict[str, str], words: str, load: Load) -> None:
    config = load('database = { env = "FAKE_URL" }')
    with pytest.raises(ConfigError, match=words) as caught:
        database_url(config, environ)
    assert "fake-password" not in str(caught.value)


def test_password_in_the_file(load: Load) -> None:
    config = load('database = "postgresql://bot:fake-password@h/d"')
    warning = next(line for line in config.warnings if "database" in line)
    assert "a password stands in this file; name it instead" in warning
    assert "fake-password" not in repr(config)
    assert "fake-password" not in "".join(config.warnings)
