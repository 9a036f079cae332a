"""docs/json.md names the fields that `--json` prints, all of them and no other."""

from __future__ import annotations

import json
import re
import shlex
from shutil import copy
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from bot.cli import newsbot
from bot.cli.options import Settings
from tests.docs.pages import BY_NAME, ROOT
from tests.unit.cli.test_interrupted import LISTS, OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = BY_NAME["docs/json.md"]
BLOCKS = dict(re.findall(r"(?ms)^## ([a-z ]+)\n.*?```\n(.*?)```", PAGE.text))
CONFIG = """
[web]
[[channels]]
id = "t"
platform = "console"
[[channels]]
id = "all-filtered"
platform = "console"
include = ["không có trong bài này"]
[[feeds]]
id = "f"
url = "f.xml"
max_age = "off"
fetch_page = "never"
"""
RUNS = {
    "status": "status",
    "deliveries": "deliveries",
    "explain": "explain 'Cách Trung Quốc'",
    "preview": "preview",
    "check": "check --online",
    "feeds list": "feeds list",
    "feeds add": "feeds add g.xml",
    "retract": "retract --channel t --last 1",
    "state check": "state check",
    "web": "web",
}
REASON = {"code", "text"}

Shape = dict[str, Any] | list[Any] | None
"""The fields of an object, the one shape of a list's elements, or a value."""


def shape_of(text: str) -> Shape:
    """Read the notation of the page: `"a": X | null` is X, `"a" | "b"` one of two fields."""
    return _value(re.findall(r'"\w+"|\w+|[][{}:,|]', text))


def _value(tokens: list[str]) -> Shape:
    first, found = tokens.pop(0), None
    if first == "[":
        found = [_value(tokens) if tokens[0] != "]" else None]
        tokens.pop(0)
    elif first == "{":
        found = dict(_fields(tokens))
    while tokens[:1] == ["|"]:
        del tokens[:2]
    return found


def _fields(tokens: list[str]) -> Iterator[tuple[str, Shape]]:
    while (name := tokens.pop(0)) != "}":
        while tokens[0] == "|":
            name += "".join((tokens.pop(0), tokens.pop(0)))
        is_more = tokens[0] == ":" and tokens.pop(0)
        yield name.replace('"', ""), _value(tokens) if is_more else None
        if tokens[0] == ",":
            tokens.pop(0)


def faults(shape: Shape, value: Any, at: str) -> list[str]:
    """Say which fields are not those of the page."""
    if isinstance(shape, list):
        return [fault for one in value for fault in faults(shape[0], one, f"{at}[]")]
    if value is None:
        return []
    if shape is None:
        is_plain = not isinstance(value, dict) or value.keys() == REASON
        return [] if is_plain else [f"{at} is not explained"]
    names = {one: name for name in shape for one in name.split("|")}
    missing = [
        f"{at}.{name} is not printed" for name in shape if not value.keys() & {*name.split("|")}
    ]
    others = [f"{at}.{name} is not explained" for name in value if name not in names]
    inner = [
        fault
        for name in value
        if name in names
        for fault in faults(shape[names[name]], value[name], f"{at}.{name}")
    ]
    return [*missing, *others, *inner]


def ran(words: str) -> str:
    return CliRunner().invoke(newsbot, shlex.split(words), obj=Settings()).stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("json")
    for name in ("f.xml", "g.xml"):
        copy(ROOT / "config" / "sample" / "feed.xml", home / name)
    (home / "newsbot.toml").write_text(CONFIG, encoding="utf-8")
    assert "Cách Trung Quốc" in ran(f"-c {home}/newsbot.toml once")
    return home


@pytest.mark.parametrize("command", RUNS)
def test_a_document_has_the_fields_of_the_page(command: str, home: Path) -> None:
    document = json.loads(ran(f"-c {home}/newsbot.toml {RUNS[command]} --json"))
    assert document
    assert faults(shape_of(BLOCKS[command]), document, command) == []


def test_each_command_with_a_document_is_explained() -> None:
    words = {name for line in (*LISTS, *OBJECTS) for name in [re.split(r" text| --", line)[0]]}
    assert words | {"feeds add"} == set(BLOCKS)
    assert set(RUNS) == set(BLOCKS) - {"chats"}, "it asks Telegram"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": "x", "b": [{"c": 1}], "d": None, "h": ["i"]}, []),
        ({"a": "x", "b": [], "d": {"e": 1}, "h": ["i"]}, []),
        ({"a": "x", "b": [], "h": ["i"]}, ["it.d is not printed"]),
        ({"a": {"f": 1}, "b": [], "d": None, "h": ["i"]}, ["it.a is not explained"]),
        (
            {"a": "x", "b": [{"f": 1}], "d": None, "h": ["i"]},
            ["it.b[].c|g is not printed", "it.b[].f is not explained"],
        ),
    ],
)
def test_a_field_too_many_or_too_few_is_found(value: object, expected: list[str]) -> None:
    shape = shape_of('{"a": "x" | "y", "b": [{"c" | "g"}], "d": {"e"} | null, "h": []}')
    assert faults(shape, value, "it") == expected
