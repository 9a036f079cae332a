"""The installed service: each command that newsbot prints works in a shell as it is printed."""

from __future__ import annotations

import ast
import re
import shlex
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bot.cli import newsbot
from bot.cli.options import Settings
from bot.errors import ConfigError, NewsbotError, UsageError
from tests.e2e.world import ROOT, World, stop
from tests.standins import telegram

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAT = -1001000000077
PAGES = ("README.md", "docs/commands.md", "docs/operating.md", "docs/promises.md")
CODE = re.compile(r"`(newsbot [^`\n]+)`")
# They start a service, need no database, or change the configuration that the others go by.
ELSEWHERE = tuple(
    f"newsbot {words}"
    for words in ("run", "once", "init", "service", "preview", "completion", "state import",
                  "feeds add", "feeds adopt", "feeds import", "feeds remove", "status --watch")
)  # fmt: skip


class Machine:
    """A root with the service installed in it, and a shell that knows nothing of systemd."""

    def __init__(self, bot: World, shell: pytest.MonkeyPatch) -> None:
        self.bot = bot
        self.root = bot.home / "machine"
        self.config = self.root / "etc" / "newsbot" / "newsbot.toml"
        self.state = self.root / "var" / "lib" / "newsbot"
        self.state.mkdir(parents=True)
        self.config.parent.mkdir(parents=True)
        program = self.root / "opt" / "newsbot" / "bin" / "newsbot"
        program.parent.mkdir(parents=True)
        program.touch()
        for name in ("STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "TELEGRAM_TOKEN"):
            shell.delenv(name, raising=False)
        # Stands for /etc/newsbot/newsbot.toml, where no configuration is named.
        shell.setenv("NEWSBOT_CONFIG", str(self.config))
        shell.chdir(bot.home)

    def install(self) -> str:
        self.config.write_text(
            f"""
            [collect]
            every = "1s"
            [accounts.tg]
            platform = "telegram"
            token = {{ credential = "telegram-token" }}
            api_url = "{self.bot.telegram.base}"
            [[channels]]
            id = "tin"
            account = "tg"
            chat = {CHAT}
            max_per_hour = 1200
            min_gap = "1s"
            {self.bot.feed("vn", *(f"Tin mới số {number} của ngày" for number in range(2)))}
            """,
            encoding="utf-8",
        )
        done = self.type(f"service install --root '{self.root}' --yes")
        assert done.exit_code == 0, done.output
        token = self.config.parent / "credentials" / "telegram-token"
        token.write_text(telegram.TOKEN, encoding="utf-8")
        return done.output

    def unit(self) -> dict[str, str]:
        """Return the variables that systemd would set for the unit."""
        handed = self.root / "run" / "credentials" / "newsbot.service"
        return {"STATE_DIRECTORY": str(self.state), "CREDENTIALS_DIRECTORY": str(handed)}

    def type(self, line: str) -> Result:
        """Run a command as a shell would, in this process."""
        words = shlex.split(line.removeprefix("newsbot "))
        return CliRunner().invoke(newsbot, words, obj=Settings())

    def fault_of(self, line: str) -> str | None:
        """Return the fault where the command does not work on the installed service."""
        done = self.type(line)
        text = f"{done.output} {done.exception or ''}"
        if done.exit_code == 2 or isinstance(done.exception, UsageError | ConfigError):
            return text
        is_expected = done.exception is None or isinstance(
            done.exception, NewsbotError | SystemExit
        )
        wrong = ("no database", "credential", "nothing ran yet", "cannot be")
        return text if not is_expected or any(part in text for part in wrong) else None


@pytest.fixture
def machine(bot: World, monkeypatch: pytest.MonkeyPatch) -> Machine:
    bot.telegram.add_chat(CHAT)
    return Machine(bot, monkeypatch)


def messages() -> Iterator[str]:
    """Yield each text of the program that a person may read: no docstring, which tells of code."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documents = {
            node.body[0].value
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                yield "".join(
                    part.value
                    if isinstance(part, ast.Constant)
                    else f"{{{ast.unparse(part.value)}}}"
                    for part in node.values
                    if isinstance(part, ast.Constant | ast.FormattedValue)
                )
            elif isinstance(node, ast.Constant) and node not in documents:
                yield str(node.value)


def printed() -> set[str]:
    """Return every command that the documentation of commands, alerts and errors print."""
    pages = [(ROOT / name).read_text("utf-8") for name in PAGES]
    return {found for text in (*pages, *messages()) for found in CODE.findall(text)}


def typed(command: str, delivery: str) -> str:
    """Return the command as a reader types it: optional parts left out, names filled in."""
    line = re.sub(r" \[[^]]*\]", "", command)
    subject = "channel:tin" if "pause" in line or "resume" in line else "vn"
    for pattern, value in (
        (r"--channel (\{[^}]*\}|ID|[a-z-]+-[a-z-]+)", "--channel tin"),
        (r"--feed (\{[^}]*\}|ID|sample)", "--feed vn"),
        (r"--last (\{[^}]*\}|N)", "--last 1"),
        (r"(retry|drop|advance) (\{[^}]*\}|ID)", rf"\1 {delivery}"),
        (r"\{[^}]*\}:\{[^}]*\}", subject),
        (r"(feed|account|channel):(\{[^}]*\}|OLD)", r"\1:{\1}"),
        (r"adopt OLD NEW", "adopt vn vn2"),
        (r"TEXT", "'mới số 1'"),
        (r"FILE\.opml", "feeds.opml"),
        (r"\bFILE\b", "house.json"),
        (r"\{feed\}", "vn"),
        (r"\{account\}", "tg"),
        (r"\{channel\}", "tin"),
        (r"(\{[^}]*\}|\bID\b|\bNAME\b)", subject),
    ):
        line = re.sub(pattern, value, line)
    return line


def is_name_only(line: str) -> bool:
    """Tell whether the text only names a command that needs more, as in "what `newsbot retract`"."""
    command, words = newsbot, line.split()[1:]
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    needed = [one for one in command.params if one.required]
    return bool(needed) and not words


NAMED = frozenset({"a post that is deleted by `newsbot retract`"})
"""The reference of a key: no message."""


def test_a_message_names_its_command_as_it_is_typed() -> None:
    said = [text for text in messages() if text not in NAMED]
    commands = {found for text in said for found in CODE.findall(text)}
    assert len(commands) > 20
    assert [one for one in sorted(commands) if is_name_only(typed(one, "1"))] == []


def test_every_command_that_is_printed_works_as_printed_beside_the_service(
    machine: Machine,
) -> None:
    said = machine.install()
    assert "status -c /etc/newsbot/newsbot.toml" in said
    handed = machine.root / "run" / "credentials" / "newsbot.service"
    handed.mkdir(parents=True)
    (handed / "telegram-token").write_text(telegram.TOKEN, encoding="utf-8")
    bot = machine.bot
    process = bot.start("run", "-c", str(machine.config), **machine.unit())
    try:
        bot.wait_for(lambda: len(bot.telegram.posts(CHAT)) == 2)
        rows = machine.type("deliveries --json --state sent")
        delivery = re.search(r'"id": "(\d+)"', rows.output)
        assert delivery, rows.output
        commands = {typed(command, delivery[1]) for command in printed()}
        tried = sorted(
            line for line in commands if not line.startswith(ELSEWHERE) and not is_name_only(line)
        )
        assert len(tried) > 20
        assert [(line, fault) for line in tried if (fault := machine.fault_of(line))] == []
    finally:
        _, err = stop(process)
    assert process.returncode == 0, err
    assert [path.name for path in machine.config.parent.glob("*.db*")] == []
    posted = len(bot.telegram.requests)
    assert machine.type("once --wait 1s").exit_code == 0
    assert "sendMessage" not in str(bot.telegram.requests[posted:])
