"""The examples of the documentation work: `toml` is taken by `check`, `console` prints what it says."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from shutil import copy
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.cli import newsbot
from bot.cli.options import Settings
from tests.docs.pages import BY_NAME, PAGES, ROOT, Block, Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REST = {
    "accounts": '[accounts.tg]\nplatform = "telegram"\ntoken = { env = "TELEGRAM_TOKEN" }\n',
    "channels": '[[channels]]\nid = "terminal"\nplatform = "console"\n',
    "feeds": '[[feeds]]\nid = "tin"\nurl = "tin.xml"\nmax_age = "off"\nfetch_page = "never"\n',
}
"""What a part of a configuration lacks to be a whole one."""
SECRETS = {
    "TELEGRAM_TOKEN": "123456789:fake-fake-fake-fake-fake-fake-fake",
    "DATABASE_URL": "postgresql://newsbot:fake-fake-fake@127.0.0.1:1/newsbot",
    "NEWSBOT_WEB_TOKEN": "0123456789abcdef",
    "X_API_KEY": "fake-fake-fake-fake-fake-1",
    "X_API_SECRET": "fake-fake-fake-fake-fake-fake-fake-fake-fake-fake-2",
    "X_ACCESS_TOKEN": "123456789-fake-fake-fake-fake-fake-fake-fake-fake-3",
    "X_ACCESS_TOKEN_SECRET": "fake-fake-fake-fake-fake-fake-fake-fake-fake-4",
}
AWAY = "database newsbot on 127.0.0.1 cannot be reached"
OWN_TESTS = {"docs/recipes.md"}  # tests/pipeline/test_recipes.py
KINDS = {"", "console", "jinja", "nginx", "sh", "toml"}


def blocks(kind: str) -> list[object]:
    return [
        pytest.param(page, block, id=f"{page.name}:{block.line}")
        for page in PAGES
        for block in page.blocks
        if block.kind == kind and page.name not in OWN_TESTS
    ]


def whole(text: str) -> str:
    """Return a configuration with this part in it."""
    there = tomllib.loads(text)
    return "\n".join([text, *(more for name, more in REST.items() if name not in there)])


def ran(words: str, home: Path) -> str:
    done = CliRunner().invoke(newsbot, shlex.split(words), obj=Settings(), env=SECRETS)
    assert done.exception is None, (words, done.output, done.exception)
    return done.output.replace(str(home), "")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy(ROOT / "config" / "sample" / "feed.xml", tmp_path / "tin.xml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEWSBOT_CONFIG", raising=False)
    return tmp_path


def written(page: Page, before: Block, home: Path) -> None:
    """Write the configuration that the page showed last."""
    shown = [one for one in page.blocks if one.kind == "toml" and one.line < before.line]
    text = shown[-1].text if shown else ""
    (home / "newsbot.toml").write_text(whole(text), encoding="utf-8")


def steps(block: Block) -> Iterator[tuple[str, str]]:
    """Yield each command of a console with what is printed below it."""
    for part in re.split(r"(?m)^\$ ", block.text)[1:]:
        command, _, printed = part.partition("\n")
        yield command.removeprefix("newsbot "), printed


@pytest.mark.parametrize(("page", "block"), blocks("toml"))
def test_a_configuration_is_taken_by_check(page: Page, block: Block, home: Path) -> None:
    (home / "newsbot.toml").write_text(whole(block.text), encoding="utf-8")
    output = ran("check", home)
    assert "is good" in output
    assert [line for line in output.split("\n") if "warning" in line and AWAY not in line] == []


@pytest.mark.parametrize(("page", "block"), blocks("console"))
def test_a_console_prints_what_it_shows(page: Page, block: Block, home: Path) -> None:
    written(page, block, home)
    for command, printed in steps(block):
        form = ".*".join(map(re.escape, printed.split("...")))
        assert re.fullmatch(form, ran(command, home), re.DOTALL), ran(command, home)


def test_each_block_is_of_a_kind_that_is_looked_at() -> None:
    assert {block.kind for page in PAGES for block in page.blocks} == KINDS


def test_there_are_examples_of_both() -> None:
    assert len(blocks("toml")) >= 4
    assert len(blocks("console")) >= 1


@pytest.mark.parametrize("name", ["README.md", "README.vi.md"])
def test_from_an_installed_program_to_a_channel_it_is_three_commands_at_most(name: str) -> None:
    """What the first one asks, tests/e2e/test_newcomer.py answers at a terminal."""
    typed = [
        line
        for block in BY_NAME[name].blocks
        for line in block.text.splitlines()
        if line.startswith("newsbot ")
    ]
    assert typed[0] == "newsbot init"
    assert typed[-1] == "newsbot run"
    assert len(typed) <= 3


def quoted(page: Page) -> list[str]:
    """Return the posts that a page shows, as their readers see them, and their buttons below."""
    found = re.findall(r"(?m)(?:^>.*\n)+", page.prose)
    plain = [re.sub(r"(?m)^> ?|<br>|[*`]|\[|\]\([^)]*\)", "", one) for one in found]
    return [" ".join(one.split()) for one in plain]


def shown(channel: str) -> str:
    """Return the sample as `preview` shows it in a channel of the example, with its buttons."""
    words = ["preview", "--feed", "sample", "--channel", channel, "--json"]
    (post,) = json.loads(CliRunner().invoke(newsbot, words, obj=Settings()).stdout)
    buttons = [one["text"] for row in post["buttons"] for one in row]
    return " ".join([*re.sub(r"<[^>]*>", "", post["text"]).split(), *" ".join(buttons).split()])


def test_the_posts_that_are_shown_are_those_of_the_sample(home: Path) -> None:
    example = (ROOT / "config" / "newsbot.toml").read_text("utf-8")
    without_pages = example.replace('# fetch_page = "auto"', 'fetch_page = "never"')
    assert without_pages != example
    (home / "newsbot.toml").write_text(without_pages, "utf-8")
    (home / "sample").symlink_to(ROOT / "config" / "sample")
    page = BY_NAME["docs/channels.md"]
    assert quoted(page) == [shown("tin-cong-nghe"), shown("x-tincongnghe")]
