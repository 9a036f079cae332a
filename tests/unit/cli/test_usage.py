"""Wrong words on the command line: one line, a hint, exit code 2."""

from pathlib import Path

import pytest

from bot.cli import main

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


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "--version")[:2] == (0, "newsbot, version 0.1.0\n")


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
