"""Every command on a terminal of 80 columns, in a pipe, and where letters are missing."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import TYPE_CHECKING

import click
import pytest
from rich.cells import cell_len

from bot.cli import main, newsbot
from tests.e2e.terminal import Terminal
from tests.e2e.world import SECRETS, World, world
from tests.standins.telegram import CHANNEL

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 80
FEED, BROKEN = "tincongnghe-tri-tue-nhan-tao-va-chip", "bao-khong-con-ton-tai-nua"
ON_TELEGRAM, ON_X = "tin-cong-nghe-viet-nam-va-the-gioi", "x-tincongnghe-quoc-te"
TITLES = (
    "Cách Trung Quốc đối phó với lệnh hạn chế chip của Mỹ và nhiều nước khác trong năm nay",
    "中国应对美国芯片出口限制的方法以及其他国家在今年的做法和全球供应链的变化情况",
    "Ngắn gọn",
)
# Colours, links (OSC 8), and what was written over.
_UNSEEN = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\]8;.*?\x1b\\|[^\n]*\r(?!\n)")
SHOWN = {
    "check": "check",
    "check --online": "check",
    "chats": "chats",
    "feeds list": "feeds list",
    "feeds add tin.rss --force": "feeds add",
    "feeds remove nothing": "feeds remove",
    "feeds adopt nothing more": "feeds adopt",
    f"feeds stay {FEED}": "feeds stay",
    f"feeds release {FEED}": "feeds release",
    "feeds import nothing.opml": "feeds import",
    f"preview --feed {FEED} --limit 1": "preview",
    "reload": "reload",
    "web": "web",
    "status": "status",
    "deliveries": "deliveries",
    "deliveries --state failed": "deliveries",
    "explain Cách Trung Quốc": "explain",
    "retry 1": "retry",
    "drop 1": "drop",
    "advance 1": "advance",
    f"pause {ON_X}": "pause",
    f"resume {ON_X}": "resume",
    f"post --channel {ON_X} --yes --item Ngắn": "post",
    f"retract --channel {ON_X} --yes --last 1": "retract",
    "state export backup.gz": "state export",
    "state import backup.gz": "state import",
    "state check": "state check",
    "state backup copy.db": "state backup",
    "state restore nothing.db": "state restore",
    "state new": "state new",
    "state rewind": "state rewind",
    "init": "init",
}
DOCUMENTS = ("check", "chats", "feeds list", "preview", "status", "deliveries", "explain Ngắn")
ELSEWHERE = {
    "run": "it logs",
    "once": "it logs",
    "feeds export": "it prints a document for programs",
    "service install": "it shows the lines of files, which are to be copied",
    "service remove": "the same",
    "completion": "it prints a program",
}


IN_VIETNAMESE = pytest.mark.parametrize("used", ["vi"], indirect=True)


def commands(of: click.Command = newsbot, name: str = "") -> Iterator[str]:
    if isinstance(of, click.Group):
        for word, command in of.commands.items():
            yield from commands(command, f"{name} {word}".strip())
    else:
        yield name


@pytest.fixture(scope="module", params=["vi", "en"])
def used(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A bot that has run: posts of all fates, a feed that fails, long ids, wide letters."""
    home = tmp_path_factory.mktemp("used") / "a home"
    home.mkdir()
    with world(home) as made:
        made.telegram.chat(CHANNEL)
        channels = f"""
            [[channels]]
            id = "{ON_TELEGRAM}"
            account = "tg"
            chat = "{CHANNEL}"
            [[channels]]
            id = "{ON_X}"
            account = "x"
            [[channels]]
            id = "terminal"
            platform = "console"
            digest = {{ at = ["07:30", "19:00"] }}
        """
        both = [ON_TELEGRAM, ON_X, "terminal"]
        feeds = made.feed(FEED, *TITLES, channels=both) + made.feed(BROKEN, "x", channels=both)
        made.write(channels + feeds)
        text = made.config.read_text("utf-8")
        head = f'language = "{request.param}"\ntimezone = "Asia/Ho_Chi_Minh"\n'
        made.config.write_text(head + text, "utf-8")
        (home / "feeds" / f"{BROKEN}.rss").unlink()
        made.run("once", "--wait", "0s")
        made.run("pause", ON_TELEGRAM)
        yield made


def shown(bot: World, command: str) -> list[str]:
    """Return the lines of a command on a terminal, without their colours."""
    terminal = Terminal(bot.home, *command.split())
    terminal.ended()
    terminal.close()
    return _UNSEEN.sub("", terminal.seen.replace("\r\n", "\n")).split("\n")


def test_every_command_is_tried() -> None:
    assert set(commands()) == {*SHOWN.values(), *ELSEWHERE}


@pytest.mark.parametrize("command", SHOWN)
def test_it_fits_80_columns(command: str, used: World) -> None:
    assert [line for line in shown(used, command) if not fits(line)] == []


@pytest.mark.parametrize("command", ["", *commands(), "feeds", "state", "service"])
def test_its_help_fits_80_columns(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 5
    assert all(cell_len(line) <= WIDTH for line in lines)


@IN_VIETNAMESE
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("command", [*SHOWN, *(f"{name} --json" for name in DOCUMENTS)])
def test_letters_that_the_output_lacks_are_replaced(
    command: str, encoding: str, used: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding, "strict") for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.chdir(used.home)
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    with pytest.raises(SystemExit) as ended:
        main(command.split())
    assert ended.value.code in {None, 0, 1, 2}
    out.flush()
    text = out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    if "--json" in command:
        assert json.loads(text)


@IN_VIETNAMESE
@pytest.mark.parametrize("environ", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
def test_a_poor_environment_is_enough(environ: dict[str, str], used: World) -> None:
    done = used.run("deliveries", "--json", anew=True, **environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert TITLES[0] in {row["items"][0]["title"] for row in json.loads(done.stdout)}


@IN_VIETNAMESE
def test_a_pipe_gets_each_row_in_one_line(used: World) -> None:
    head, *rows = used.run("deliveries", COLUMNS="80").stdout.splitlines()
    assert len(rows) == len(used.json("deliveries"))
    assert all(re.match(r"\d+ +\w+ ", row) and " +07 " in row for row in rows)
    assert head.split()[:3] == ["ID", "STATE", "CHANNEL"]


def fits(line: str) -> bool:
    """Tell whether a line fits; a longer one is a word that does not, such as an address."""
    return cell_len(line) <= WIDTH or " " not in line.lstrip(" |")
