"""The file that `newsbot init` writes holds the answers, in its short and its full form."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.errors import NewsbotError
from bot.models.basics import AccountId
from bot.operate.setup.answers import (
    Answers,
    first_language,
    parsed,
    system_language,
    system_timezone,
    text_of,
)
from bot.operate.setup.example import DATA, example
from bot.operate.setup.init import write_settings
from bot.wording import ENGLISH

if TYPE_CHECKING:
    from pathlib import Path

WAITING = re.compile(r"^# (?:\w+ = .*|\[.*\])$", re.MULTILINE)
"""Keys and tables behind the sign of a comment."""
ANSWERS = Answers(
    language="en",
    timezone="Europe/Berlin",
    every="20m",
    feed="https://a.example/f.rss",
    token="7:secret",
    chat="@kenhtin",
)


@pytest.mark.parametrize("is_full", [True, False])
def test_both_forms_lead_the_one_feed_to_the_one_channel(tmp_path: Path, is_full: bool) -> None:
    target = tmp_path / "newsbot.toml"
    config = parsed(text_of(ANSWERS, target, is_full=is_full), target)
    assert config.warnings == ()
    assert (config.language, config.timezone.key) == ("en", "Europe/Berlin")
    (feed,) = config.feeds.values()
    assert (feed.url, feed.channels) == (ANSWERS.feed, ("kenhtin",))
    assert feed.every.total_seconds() == 20 * 60
    assert [one.id for one in config.channels.values() if one.enabled] == ["kenhtin"]
    assert "7:secret" not in text_of(ANSWERS, target, is_full=is_full)


@pytest.mark.parametrize("is_full", [True, False])
def test_only_the_comments_differ_by_language(tmp_path: Path, is_full: bool) -> None:
    target = tmp_path / "newsbot.toml"
    mine = text_of(replace(ANSWERS, language="vi"), target, is_full=is_full)
    theirs = text_of(ANSWERS, target, is_full=is_full)
    assert tomllib.loads(mine) == tomllib.loads(theirs) | {"language": "vi"}
    assert WAITING.findall(mine) == WAITING.findall(theirs)
    assert len(WAITING.findall(theirs)) >= 50 * is_full
    assert "# Kênh nhận tin của những nguồn không ghi `channels`" in mine
    assert max(map(len, mine.splitlines())) <= max(map(len, theirs.splitlines()))


def test_in_english_the_example_is_as_it_is_shipped() -> None:
    assert (DATA / "newsbot.toml").read_text(encoding="utf-8") == example(ENGLISH)


@pytest.mark.parametrize("is_full", [True, False])
def test_a_server_of_ones_own_is_written_as_toml_writes_it(tmp_path: Path, is_full: bool) -> None:
    target, url = tmp_path / "newsbot.toml", 'http://127.0.0.1:1/"x\\y'
    answers = replace(ANSWERS, api_url=url)
    accounts = parsed(text_of(answers, target, is_full=is_full), target).accounts
    assert accounts[AccountId("tg")].api_url == url


def test_a_token_that_lies_there_is_kept_where_it_is_another(tmp_path: Path) -> None:
    target, secret = tmp_path / "newsbot.toml", tmp_path / "token"
    write_settings(target, "", "7:secret", "token")
    write_settings(target, "", "7:secret", "token")
    with pytest.raises(NewsbotError, match="with another token: move it away"):
        write_settings(target, "", "8:secret", "token")
    assert (secret.read_text(), secret.stat().st_mode & 0o777) == ("7:secret\n", 0o600)


def test_language_and_time_zone_are_those_of_the_system(tmp_path: Path) -> None:
    assert system_language({"LANG": "vi_VN.UTF-8"}) == "vi"
    assert system_language({"LANG": "de_DE.UTF-8"}) == "en"
    assert system_language({"LANG": "en_GB.UTF-8", "LANGUAGE": "fr:vi_VN:en"}) == "vi"
    assert system_language({"LC_ALL": "C.UTF-8", "LANG": "vi_VN", "LANGUAGE": "vi"}) == "en"
    assert first_language({"language": "VI"}, {"LANG": "de_DE.UTF-8"}) == "vi"
    assert first_language({"language": "fr"}, {"LANG": "vi_VN"}) == "vi"
    assert system_timezone({"TZ": ":Asia/Tokyo"}) == "Asia/Tokyo"
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    assert system_timezone({}, link) == "Europe/Berlin"
    assert system_timezone({}, tmp_path / "none") == "UTC"
