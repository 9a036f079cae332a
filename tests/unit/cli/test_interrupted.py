"""Ctrl-C: one line on standard error, and with --json still a whole document."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import bot.cli
from bot.__main__ import main as start
from bot.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = Path(bot.cli.__file__).parent
LISTS = (
    "preview",
    "deliveries",
    "explain text",
    "feeds list",
    "chats",
    "retract --channel a --last 1",
)
OBJECTS = ("check", "check --online", "status", "state check", "web")


# Ctrl-C may come between an open() and the block that closes its file.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("command", [*LISTS, *OBJECTS])
def test_a_document_is_whole_after_ctrl_c(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "newsbot.toml"
    os.mkfifo(config)

    def interrupt() -> None:
        # Opened for writing once the command has opened it: now it reads.
        with config.open("wb"):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            ended.wait(10)

    ended, hook = threading.Event(), sys.excepthook
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(SystemExit) as stopped:
            main([*command.split(), "--json", "-c", str(config)])
    finally:
        sys.excepthook = hook
        ended.set()
        thread.join()
    out, err = capsys.readouterr()
    assert (stopped.value.code, err.strip()) == (1, "newsbot: stopped")
    assert json.loads(out) == ([] if command in LISTS else {"stopped": True})


def test_ctrl_c_while_the_service_starts_ends_it_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "newsbot.toml"
    os.mkfifo(config)

    def interrupt() -> None:
        with config.open("w") as written:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            written.write('[[channels]]\nid = "terminal"\nplatform = "console"\n')

    hook = sys.excepthook
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(SystemExit) as stopped:
            main(["run", "-c", str(config)])
    finally:
        sys.excepthook = hook
        thread.join()
    assert stopped.value.code in (None, 0)
    assert "running" not in capsys.readouterr().err


class Interrupted:
    """Finds the commands at the moment of Ctrl-C."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "bot.cli":
            raise KeyboardInterrupt


def test_ctrl_c_while_the_commands_are_still_loaded_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "bot.cli")
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    with pytest.raises(SystemExit) as stopped:
        start()
    assert stopped.value.code == "newsbot: stopped"  # as it is then printed; the exit code is 1


def functions() -> Iterator[tuple[ast.FunctionDef, set[str]]]:
    """Yield each function with those of its module that keep what was found so far."""
    for path in ROOM.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        keepers = {node.name for node in found if "settings.found" in ast.unparse(node)}
        for node in found:
            yield node, keepers


def is_command(node: ast.FunctionDef) -> bool:
    decorators = [ast.unparse(one) for one in node.decorator_list]
    return any(".command(" in one for one in decorators)


def test_every_command_with_a_document_has_one_before_it_works() -> None:
    shown = set()
    for node, keepers in functions():
        text = ast.unparse(node)
        if is_command(node) and re.search(r"\bshow\(settings|settings\.found", text):
            shown.add(node.name)
            called = set(re.findall(r"\b(\w+)\(", text))
            assert keepers & {node.name, *called}, node.name
    assert len(shown) >= len(LISTS) + len(OBJECTS) - 2
