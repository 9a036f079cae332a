"""The manual pages and completions under share/ are those of the commands and the reference."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from bot.cli import newsbot
from bot.cli.manual import files, page_of_commands, page_of_reference
from bot.config.schema.jsonschema import table_form
from bot.config.schema.tables import TABLES

ROOT = Path(__file__).parents[3]
REFERENCE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


def commands(group: click.Group, *path: str) -> list[tuple[str, click.Command]]:
    return [
        found
        for name, one in group.commands.items()
        for found in (
            commands(one, *path, name)
            if isinstance(one, click.Group)
            else [(" ".join((*path, name)), one)]
        )
    ]


def test_what_is_shipped_is_what_the_program_says_now() -> None:
    made = files(REFERENCE)
    shipped = {
        str(path.relative_to(ROOT / "share")): path.read_text(encoding="utf-8")
        for path in (ROOT / "share").rglob("*")
        if path.is_file()
    }
    assert shipped.keys() == made.keys()
    for name, content in made.items():
        assert shipped[name] == content, "say `make man`"


def test_the_page_of_the_commands_names_each_command_and_option() -> None:
    page = page_of_commands().replace("\\-", "-")
    for path, command in commands(newsbot):
        assert f"newsbot {path} " in page
        options = [one for one in command.params if isinstance(one, click.Option)]
        assert [name for one in options for name in one.opts if name not in page] == []


def test_the_page_of_the_file_explains_each_key() -> None:
    page = page_of_reference(REFERENCE)
    explained = set(re.findall(r"^\.BR (\w+) ", page, re.MULTILINE))
    for model in TABLES.values():
        assert table_form(model)["properties"].keys() <= explained


@pytest.mark.parametrize(
    ("markdown", "roff"),
    [
        (".hidden 'x'", "\\&.hidden 'x'"),
        ("'quoted", "\\&'quoted"),
        ("a\\b -c", "a\\eb \\-c"),
        ("`--x` and **this**", "\\fB\\-\\-x\\fR and \\fBthis\\fR"),
        ("see [the desk](desk.md)", "see the desk"),
        ("## [[feeds]]", '.SH "[[feeds]]"'),
        ('### with "x"', '.SS "with \\(dqx\\(dq"'),
        ("<!-- end -->", ""),
    ],
)
def test_markdown_becomes_text_that_man_takes_as_it_is(markdown: str, roff: str) -> None:
    body = page_of_reference(markdown).partition(".SH DESCRIPTION\n")[2]
    assert body.partition(".SH SEE ALSO")[0].strip("\n") == roff
