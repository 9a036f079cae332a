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
from bot.runner.reload.changes import AT_START
from tests.docs.pages import BY_NAME, PAGES, ROOT, Block, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def dotted_fault(code: str) -> str | None:
    """Say what is wrong with TABLE.KEY, where there is such a table; `feeds.lan` is a host."""
    table, _, key = code.partition(".")
    models = {name.strip("[]"): model for name, model in TABLES.items() if "[[" not in name}
    is_wrong = table in models and key not in table_form(models[table])["properties"]
    return f"{code}: no such key" if is_wrong else None


RULES: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("(--[a-z-]+)$", lambda name: name in every_option(), "no such option"),
    (r"\[([a-z]+)[\].a-z]*$", lambda name: name in SECTIONS, "no such table"),
    (
        "([a-z][a-z_]*)$",
        lambda name: name in written() | OTHERS,
        "neither in the program nor in OTHERS",
    ),
    (
        rf"((?:{FOLDERS})/\S*)$",
        lambda name: (ROOT / name.partition("::")[0]).exists(),
        "no such file",
    ),
    ("make ([a-z]+)$", lambda name: name in targets(), "no such target"),
    (r"\$(NEWSBOT_\w+)", lambda name: name in written(), "no such variable"),
)
"""A form of code in a sentence, the test of the name in it, and what is wrong without."""


def span_fault(code: str) -> str | None:
    """Say what is wrong with the code in a sentence, where it is a name of this project."""
    if re.match(r"[a-z_]+ = \S", code):
        return setting_fault(code)
    if re.fullmatch(r"[a-z]+\.[a-z_]+", code):
        return dotted_fault(code)
    for form, is_known, fault in RULES:
        if (found := re.match(form, code)) and not is_known(found[1]):
            return f"{code}: {fault}"
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


@pytest.mark.parametrize("name", ["docs/configuration.md", "docs/operating.md"])
def test_the_settings_that_need_a_restart_are_named(name: str) -> None:
    prose = " ".join(BY_NAME[name].prose.split())
    (named,) = re.findall(r"([^.]*) (?:need a restart|take effect at the next start)\.", prose)
    assert set(re.findall(r"`\[?([a-z]+)\]?`", named)) == set(AT_START)


@pytest.mark.parametrize(
    "line", ["stauts", "feeds ad URL", "status --wach", "post --chanel ID --item TEXT"]
)
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    assert command_fault(line)


@pytest.mark.parametrize(
    "code",
    [
        "--wach", "storms = 3", 'link = "sometimes"', "[dedup]", "max_per_minute",
        "bot/pipeline/setle.py",
        "prices.remove", "make tests", "$NEWSBOT_CONFIGS",
    ],
)  # fmt: skip
def test_a_name_that_does_not_exist_is_found(code: str) -> None:
    assert span_fault(code)
