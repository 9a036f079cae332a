"""Wrong words on the command line: one line, a hint, exit code 2."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli import main, newsbot
from bot.store.engine import open_store

EXAMPLE = Path(__file__).parents[3] / "config" / "newsbot.toml"


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["delivries"], "Did you mean 'deliveries'?"),
        (["check", "--jsn"], "Did you mean '--json'?"),
        (["deliveries", "--state", "foo"], "'pending', 'sending'"),
        (["deliveries", "--limit", "-1"], "-1 is not in the range"),
        (["deliveries", "--limit", "9" * 24], "is not in the range"),
        (["retract", "--channel", "a", "--last", "9" * 24], "is not in the range"),
        (["drop", "9" * 5000], "`newsbot deliveries` lists their ids"),
        (["retry"], "Missing argument 'ID'"),
        (["retry", "abc"], "`newsbot deliveries` lists their ids"),
        (["pause"], "give a NAME or --all"),
        (["post", "--channel", "a"], "give either --test or --item TEXT"),
        (["post", "--channel", "a", "--test", "--item", "b"], "give either --test or --item TEXT"),
        (["retract", "--channel", "a"], "Missing option '--last'"),
        (["retract", "--channel", "a", "--last", "0"], "0 is not in the range"),
        (["once", "--wait", "soon"], "write 30s, 5m or 2h"),
        (["run", "--role", "poll"], "--role is for machines that share a PostgreSQL"),
        (["run", "--role", "both"], "'both' is not one of 'poll', 'deliver'"),
        (["--log-level", "loud", "run"], "'debug', 'info', 'warning', 'error'"),
        (["check", "-c", "/no/such/file.toml"], "newsbot init"),
        (["run", "extra"], "extra"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert hint in err
    assert len(err.splitlines()) == 1
    assert err.startswith("newsbot: ")


def test_help_lists_the_commands_in_the_order_of_use(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "--help")
    assert code == 0
    order = [out.index(f"\n  {name} ") for name in ("init", "check", "preview", "once", "run")]
    assert order == sorted(order)


def every_command(
    group: click.Group, *path: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, *path, name)


@pytest.mark.parametrize("path", [(), ("feeds",), ("state",), ("service",)])
@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_the_short_descriptions_are_whole(
    path: tuple[str, ...],
    columns: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    _, out, _ = call(capsys, *path, "--help")
    listed = " ".join(out.partition("Commands:")[2].split())
    assert "..." not in listed
    for names, command in every_command(newsbot):
        if names[:-1] == path:
            sentence = " ".join((command.help or "").split("\n\n")[0].split())
            assert sentence.rstrip(".") in listed, names


def test_words_of_a_title_need_no_quotes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "newsbot.toml"
    config.write_text('[[channels]]\nid = "t"\nplatform = "console"\n', encoding="utf-8")
    (tmp_path / "newsbot.db").touch()
    asyncio.run(open_store(f"sqlite:///{tmp_path}/newsbot.db", create=True).close())
    item = ("post", "--channel", "t", "--item")
    for command in (("explain",), item):
        code, _, err = call(capsys, *command, "chip", "của", "Việt Nam", "-c", str(config))
        assert code == 1
        assert err.startswith("newsbot: nothing matches 'chip của Việt Nam'")
        assert call(capsys, *command, "-c", str(config))[0] == 2
    assert call(capsys, "post", "--channel", "t", "--test", "chip", "-c", str(config))[0] == 2


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "--version")[:2] == (0, "newsbot, version 1.0.0\n")


@pytest.mark.parametrize("place", ["before", "after"])
def test_common_options_stand_before_and_after_the_command(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["-c", str(EXAMPLE), "--json"]
    arguments = [*options, "check"] if place == "before" else ["check", *options]
    code, out, _ = call(capsys, *arguments)
    assert code == 0
    assert '"later"' in out


@pytest.mark.parametrize("group", ["feeds", "state", "service"])
def test_common_options_stand_between_a_group_and_its_command(
    group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = {"feeds": "list", "state": "export", "service": "install"}[group]
    code, out, _ = call(capsys, group, "-c", str(EXAMPLE), "--json", command, "--help")
    assert code == 0
    assert f"newsbot {group} {command} " in out
