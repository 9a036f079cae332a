"""The documentation names only what exists, and every command."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

import click
import pytest

from bot.cli import newsbot
from bot.config.schema.jsonschema import table_form
from bot.config.schema.tables import SECTIONS, TABLES
from tests.docs.pages import BY_NAME, PAGES, ROOT, Block, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHERS = {"ai", "apt", "down", "pg_amcheck", "pg_dump", "psql", "synchronous_standby_names"}
"""Words of other programs, and of readers."""
OF_ALL = frozenset({"--help", "-h", "--version"})
FOLDERS = "bot|benchmarks|config|deploy|docs|share|systemd|tests"


def leaves(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, *path, name)
        else:
            yield (*path, name)


def command_of(line: str) -> tuple[click.Command, list[str]]:
    """Return the command that a line names, and the rest of its words."""
    command, words = newsbot, line.split()
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    return command, words


def options_of(command: click.Command) -> set[str]:
    return {name for one in command.params if isinstance(one, click.Option) for name in one.opts}


@cache
def every_option() -> frozenset[str]:
    return OF_ALL.union(*(options_of(command_of(" ".join(path))[0]) for path in leaves(newsbot)))


def command_fault(line: str) -> str | None:
    """Say what is wrong with `newsbot LINE`."""
    command, words = command_of(line)
    options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(words)))
    # `post --item` names the option of an argument that is yet to come.
    if isinstance(command, click.Group) and words and re.fullmatch("[a-z]+", words[0]):
        return f"newsbot {line}: no command {words[0]}"
    unknown = options - options_of(command) - OF_ALL
    return f"newsbot {line}: no option {', '.join(sorted(unknown))}" if unknown else None


def typed_in(block: Block) -> list[str]:
    """Return the lines of a shell without comments, those of a console without its answers."""
    lines = [line.partition("# ")[0] for line in block.text.splitlines()]
    if block.kind == "console":
        return [line for line in lines if line.startswith("$ ")]
    return lines if block.kind == "sh" else []


def commands_in(page: Page) -> Iterator[str]:
    """Yield what stands behind `newsbot`, in sentences and in blocks of shells."""
    typed = [line for block in page.blocks for line in typed_in(block)]
    for code in (*page.spans, *typed):
        found = re.match(r"(?:\$ |sudo )*(?:\.venv/bin/)?newsbot ([^|&]+)", code)
        if found:
            yield found[1].strip()
        elif code.partition(" ")[0] in newsbot.commands and " " in code and "=" not in code:
            yield code


@cache
def keys() -> dict[str, list[dict[str, Any]]]:
    """Return each key of the configuration with its forms, one for each table that has it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for model in TABLES.values():
        for name, form in table_form(model)["properties"].items():
            found.setdefault(name, []).append(form)
    return found


def setting_fault(code: str) -> str | None:
    """Say what is wrong with a setting, `key = value`."""
    key, _, value = code.partition(" = ")
    forms = keys().get(key)
    if forms is None:
        return f"{code}: no such key"
    given = tomllib.loads(f"it = {value}")["it"]
    choices = [form.get("enum") for form in forms]
    is_one = any(choice is None or given in choice for choice in choices)
    return None if is_one else f"{code}: no such value"


@cache
def written() -> frozenset[str]:
    """Return every word of the program."""
    texts = (
        path.read_text("utf-8")
        for kind in ("py", "j2")
        for path in (ROOT / "bot").rglob(f"*.{kind}")
    )
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


@cache
def targets() -> frozenset[str]:
    (line,) = re.findall(r"(?m)^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"))
    return frozenset(line.split())


def span_fault(code: str) -> str | None:
    """Say what is wrong with the code in a sentence, where it is a name of this project."""
    if re.fullmatch("--[a-z-]+", code):
        return None if code in every_option() else f"{code}: no such option"
    if re.match(r"[a-z_]+ = \S", code):
        return setting_fault(code)
    if found := re.fullmatch(r"\[([a-z]+)[\].a-z]*", code):
        return None if found[1] in SECTIONS else f"{code}: no such table"
    if re.fullmatch("[a-z][a-z_]*", code):
        return (
            None if code in written() | OTHERS else f"{code}: neither in the program nor in OTHERS"
        )
    if re.match(rf"({FOLDERS})/\S*$", code):
        return None if (ROOT / code.partition("::")[0]).exists() else f"{code}: no such file"
    if found := re.match(r"make ([a-z]+)$", code):
        return None if found[1] in targets() else f"{code}: no such target"
    if found := re.match(r"\$(NEWSBOT_\w+)", code):
        return None if found[1] in written() else f"{code}: no such variable"
    return None


each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@each_page
def test_each_command_and_option_exists(page: Page) -> None:
    assert not "; ".join(found for line in commands_in(page) if (found := command_fault(line)))


@each_page
def test_each_name_exists(page: Page) -> None:
    assert not "; ".join(found for code in page.spans if (found := span_fault(code)))


@each_page
def test_each_target_of_make_in_a_block_exists(page: Page) -> None:
    text = "\n".join(block.text for block in page.blocks if block.kind == "sh")
    assert set(re.findall(r"(?m)^make ([a-z]+)", text)) <= targets()


def test_every_command_is_in_the_reference() -> None:
    rows = re.findall(r"(?m)^\| (`newsbot [^|]*?) \|", BY_NAME["docs/commands.md"].text)
    named = [
        command_of(code.removeprefix("newsbot ").replace("[", " "))[0]
        for row in rows
        for code in re.findall(r"`([^`]+)`", row)
    ]
    missing = [path for path in leaves(newsbot) if command_of(" ".join(path))[0] not in named]
    assert missing == []


def test_every_target_of_make_is_explained() -> None:
    text = BY_NAME["docs/developing.md"].text
    assert [name for name in sorted(targets()) if f"make {name}" not in text] == []


@pytest.mark.parametrize(
    "line", ["stauts", "feeds ad URL", "status --wach", "post --chanel ID --item TEXT"]
)
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    assert command_fault(line)


@pytest.mark.parametrize(
    "code",
    [
        "--wach", "storms = 3", 'link = "sometimes"', "[dedup]", "max_per_minute",
        "bot/pipeline/setle.py", "make tests", "$NEWSBOT_CONFIGS",
    ],
)  # fmt: skip
def test_a_name_that_does_not_exist_is_found(code: str) -> None:
    assert span_fault(code)
