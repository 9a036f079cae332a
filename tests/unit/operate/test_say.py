"""All that a command prints passes one place."""

import ast
import io
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.cli.options import STOPPED, Settings, show, show_found
from bot.operate.say import as_a_whole, forgive_letters, say
from bot.operate.tables import print_table

ROOT = Path(bot.__file__).parent
# It draws with rich, whose frames it makes fit to be shown itself.
DRAW = {"operate/preview/terminal.py"}
HOSTILE = "Tin\x1b]0;x\x07 \x9b31m\u202egpj"


def prints(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in {"print", "click.echo", "click.secho"} or called.endswith(
                ("console.print", "stdout.write", "stderr.write")
            ):
                yield called


def test_nothing_is_printed_anywhere_else() -> None:
    found = {
        str(path.relative_to(ROOT)): list(prints(ast.parse(path.read_text(encoding="utf-8"))))
        for path in ROOT.rglob("*.py")
    }
    assert {name for name, calls in found.items() if calls} == DRAW | {"operate/say.py"}


def test_what_is_said_drives_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(HOSTILE)
    say(HOSTILE, err=True)
    print_table(("TITLE",), [(HOSTILE + "\nFORGED",)])
    show(Settings(json=True), [HOSTILE], lambda: None)
    out, err = capsys.readouterr()
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out + err)
    assert "\ufffd FORGED" not in out
    assert "gpj FORGED" in out
    assert json.loads(out[out.index("[\n") :]) == [HOSTILE]


def shown_in(encoding: str, text: str, monkeypatch: pytest.MonkeyPatch, *, as_json: bool) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
    monkeypatch.setattr(sys, "stdout", stream)
    forgive_letters()
    show(Settings(json=as_json), [text], lambda: say(text))
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


def test_an_encoding_without_a_letter_replaces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown_in("ascii", "Tiếng", monkeypatch, as_json=False) == "Ti?ng\n"
    assert shown_in("latin-1", "Tiếng Pháp é", monkeypatch, as_json=False) == "Ti?ng Pháp é\n"
    assert json.loads(shown_in("ascii", "Tiếng", monkeypatch, as_json=True)) == ["Tiếng"]


def test_ctrl_c_waits_for_the_end_of_a_document() -> None:
    done = []

    def write() -> None:
        with as_a_whole():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("written")

    with pytest.raises(KeyboardInterrupt):
        write()
    assert done == ["written"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("found", [[], [{"id": "1"}], STOPPED])
def test_a_stopped_command_prints_what_it_had_found(
    found: object, capsys: pytest.CaptureFixture[str]
) -> None:
    show_found(Settings(json=True, found=found))
    assert json.loads(capsys.readouterr().out) == found
    show_found(Settings(json=False, found=found))
    show_found(Settings(json=True))
    assert capsys.readouterr().out == ""
