"""One line for each change of the configuration, and no secret in any."""

from dataclasses import fields
from pathlib import Path

import pytest

from bot.config import Config, load_config
from bot.runner.reload.changes import AT_START, SETTINGS, TABLES, changes, waiting

START = """
language = "vi"
contact = "https://example.org/bot"
[accounts.tg]
platform = "telegram"
token = { env = "TOKEN" }
[accounts.x]
platform = "x"
api_key = { env = "A" }
api_secret = { env = "B" }
access_token = { env = "C" }
access_token_secret = { env = "D" }
budget = { per_day = 1.0, per_month = 20.0 }
[[channels]]
id = "tin"
account = "tg"
chat = "@tinmoi"
max_per_hour = 6
quiet_hours = "23:00-06:00"
[[channels]]
id = "terminal"
platform = "console"
template = "own.txt.j2"
[[feeds]]
id = "vn"
url = "https://example.org/rss?key=FAKEsecret12345678"
[[feeds]]
id = "de"
url = "https://example.org/de"
every = "30m"
"""


def config(home: Path, text: str, template: str = "{{ title }}") -> Config:
    (home / "templates").mkdir(exist_ok=True)
    (home / "templates" / "own.txt.j2").write_text(template)
    path = home / "newsbot.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ={})


def lines(home: Path, *edits: tuple[str, str], more: str = "") -> list[str]:
    text = START
    for old, new in edits:
        assert text.count(old) >= 1
        text = text.replace(old, new)
    old = config(home, START)
    return changes(old, config(home, text + more))


FEED = '[[feeds]]\nid = "new"\nurl = "https://example.org/new"\n'
CHANNEL = '[[channels]]\nid = "second"\nplatform = "console"\n'
DE = '[[feeds]]\nid = "de"\nurl = "https://example.org/de"\nevery = "30m"\n'


@pytest.mark.parametrize(
    ("edit", "more", "expected"),
    [
        (("", ""), "", []),
        (("", ""), FEED, ["feed new added"]),
        ((DE, ""), "", ["feed de removed"]),
        ((DE, ""), FEED, ["feed de removed", "feed new added"]),
        (("max_per_hour = 6", "max_per_hour = 10"), "", ["channel tin: max_per_hour 6 -> 10"]),
        (("23:00-06:00", "22:30-06:00"), "",
         ["channel tin: quiet_hours 23:00-06:00 -> 22:30-06:00"]),
        (("max_per_hour = 6", 'max_per_hour = 6\npost_at = ["07:00"]'), "",
         ["channel tin: post_at off -> daily 07:00"]),
        (("max_per_hour = 6", 'max_per_hour = 6\ndigest = { at = ["07:00"], days = "sat" }'), "",
         ["channel tin: digest off -> at sat 07:00, newest 10"]),
        (('every = "30m"', 'every = "30m"\npriority = "high"'), "",
         ["feed de: priority normal -> high"]),
        (('every = "30m"', 'every = "1h"'), "", ["feed de: every 30m -> 1h"]),
        (('every = "30m"', 'every = "90s"'), "", ["feed de: every 30m -> 90s, every_min 5m -> 90s"]),
        (('every = "30m"', "enabled = false"), "", ["feed de: enabled true -> false, every 30m -> 15m"]),
        (('every = "30m"', 'every = "30m"\nmax_age = "off"'), "", ["feed de: max_age 2d -> off"]),
        (('every = "30m"', 'every = "30m"\nhashtags = ["AI"]'), "", ["feed de: hashtags [] -> [AI]"]),
        (("FAKEsecret12345678", "FAKEsecret87654321"), "", ["feed vn: url changed"]),
        (('"@tinmoi"', '"@tintuc"'), "", ["channel tin: chat @tinmoi -> @tintuc"]),
        (('{ env = "TOKEN" }', '{ env = "OTHER" }'), "", ["account tg: secrets changed"]),
        (("per_day = 1.0", "per_day = 2.0"), "",
         ["account x: budget per_day 1.0 per_month 20.0 -> per_day 2.0 per_month 20.0"]),
        (('"vi"', '"en"'), "", ["language: vi -> en"]),
        (("", ""), CHANNEL, ["channel second added"]),
        (("", ""), "[collect]\nfirst_run = 3\n", ["collect.first_run: 1 -> 3"]),
        (("", ""), '[collect]\nmax_age = "7d"\n', ["collect.max_age: 2d -> 7d"]),
        (("", ""), '[dedupe]\nremember = "30d"\n', ["remember: 400d -> 30d"]),
        (("", ""), '[dedupe]\nexplain_for = "7d"\n', ["explain_for: 30d -> 7d"]),
        (("", ""), '[alerts]\naccount = "tg"\nchat = -100\n', ["alerts changed"]),
        (('template = "own.txt.j2"', ""), "",
         ["channel terminal: template own.txt.j2 -> console.txt.j2"]),
    ],
)  # fmt: skip
def test_each_change_has_one_line(
    tmp_path: Path, edit: tuple[str, str], more: str, expected: list[str]
) -> None:
    assert lines(tmp_path, edit, more=more) == expected


def test_a_changed_template_is_told_by_its_name(tmp_path: Path) -> None:
    old = config(tmp_path, START)
    assert changes(old, config(tmp_path, START, "{{ title }}!")) == ["template own.txt.j2 changed"]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("https://example.org/bot", "https://example.org/other"), "contact"),
        (('language = "vi"', 'language = "vi"\ndatabase = "sqlite:///other.db"'), "database"),
        (
            ('language = "vi"', 'language = "vi"\nproxy = "http://user:FAKEpass1234@proxy:3128"'),
            "proxy",
        ),
    ],
)
def test_a_change_that_needs_a_restart_says_so(
    tmp_path: Path, edit: tuple[str, str], expected: str
) -> None:
    old = config(tmp_path, START)
    new = config(tmp_path, START.replace(*edit))
    assert waiting(old, new) == [f"{expected} changed: restart newsbot for that to take effect"]
    assert changes(old, new) == []


def test_each_setting_is_told_or_waits_for_a_start() -> None:
    entries = {"accounts", "channels", "feeds", "collect"}
    of_the_file = {"path", "base_dir", "is_database_named", "warnings"}
    told = {*AT_START, *SETTINGS, *TABLES, *entries}
    assert told == {field.name for field in fields(Config)} - of_the_file
