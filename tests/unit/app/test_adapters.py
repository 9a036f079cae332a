"""Every client goes through the operator's proxies, and a mistake in them is one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.app.adapters import account_clients, feed_fetcher, page_fetcher, picture_fetcher
from bot.cli import newsbot
from bot.cli.options import Settings
from bot.config import load_config
from bot.errors import ConfigError
from bot.models.basics import AccountId

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Config

TEXT = """
proxy = { env = "OUR_PROXY" }
[accounts.tg]
platform = "telegram"
token = { env = "TG" }
"""
TG = AccountId("tg")
SECRETS = {TG: {"token": "1:a"}}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    file = tmp_path / "newsbot.toml"
    file.write_text(TEXT, encoding="utf-8")
    return load_config(file, environ={})


@pytest.mark.parametrize("make", [feed_fetcher, page_fetcher, picture_fetcher])
def test_no_client_is_made_beside_a_proxy_that_is_wrong(config, make, monkeypatch) -> None:
    monkeypatch.setenv("OUR_PROXY", "ftp://u:geheim1@p")
    for build in (make, lambda one: account_clients(one, SECRETS)):
        with pytest.raises(ConfigError) as caught:
            build(config)
        (line,) = caught.value.problems
        assert "proxy: " in line
        assert "geheim1" not in line
    monkeypatch.setenv("OUR_PROXY", "http://p:3128")
    assert make(config)


@pytest.mark.parametrize("command", ["check", "once", "preview"])
def test_a_mistake_in_a_variable_ends_a_command_in_one_line(tmp_path, monkeypatch, command) -> None:
    file = tmp_path / "newsbot.toml"
    file.write_text('[[feeds]]\nid = "f"\nurl = "https://a.vn/rss"\n', encoding="utf-8")
    monkeypatch.setenv("HTTPS_PROXY", "gopher://p")
    result = CliRunner().invoke(newsbot, [command, "-c", str(file)], obj=Settings())
    assert isinstance(result.exception, ConfigError)
    (line,) = str(result.exception).splitlines()
    assert line.startswith("the environment variable HTTPS_PROXY: ")
