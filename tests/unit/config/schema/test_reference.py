"""docs/configuration.md holds the tables that the models make, and they say the truth."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.config.schema import channel_table
from bot.config.schema import tables as schema
from bot.config.schema.by_platform import MISFITS
from bot.config.schema.keys import Table, required_keys
from bot.config.schema.reference import with_tables
from bot.config.schema.tables import TABLES
from bot.format.share import TARGETS
from bot.models.basics import Platform

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[4]
REFERENCE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "config" / "newsbot.toml").read_text(encoding="utf-8")


def read_rows() -> Iterator[tuple[str, str, str, str]]:
    section = ""
    for line in REFERENCE.splitlines():
        if line.startswith("##"):
            section = line.lstrip("#").strip()
        elif line.startswith("| `"):
            key, _, default, meaning = (cell.strip() for cell in line.strip("|").split(" | "))
            yield section, key.strip("`"), default, meaning


ROWS = tuple(read_rows())


def own_keys(model: type[Table]) -> set[str]:
    return set(model.model_fields) - (
        set(schema.CollectTable.model_fields) if model is schema.FeedTable else set()
    )


def test_the_tables_are_those_of_the_models() -> None:
    assert with_tables(REFERENCE) == REFERENCE, "out of date: run `make schema`"


def test_a_change_by_hand_is_noticed() -> None:
    changed = REFERENCE.replace("| `storm` | number from 0 | `20` |", "| `storm` | | `30` |")
    assert changed != REFERENCE
    assert with_tables(changed) == REFERENCE


def test_a_reference_without_a_table_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no table between .*\[dedupe\]"):
        with_tables(REFERENCE.replace("make schema`: [dedupe]", ""))


@pytest.mark.parametrize("section", TABLES)
def test_each_table_stands_below_its_heading(section: str) -> None:
    assert {key for where, key, *_ in ROWS if where == section} == own_keys(TABLES[section])


def test_every_model_has_a_section() -> None:
    models = {
        value
        for module in (schema, channel_table)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Table) and value is not Table
    }
    assert models == set(TABLES.values())


def literal_defaults() -> list[tuple[str, str, str]]:
    cells = [
        (section, key, re.fullmatch(r"`([^`]+)`", default)) for section, key, default, _ in ROWS
    ]
    return [(section, key, cell[1]) for section, key, cell in cells if cell]


NEEDED = {"digest": {"at": ["07:30"]}}
"""What a table cannot do without."""


@pytest.mark.parametrize(("section", "key", "default"), literal_defaults())
def test_defaults_mean_what_the_bot_takes(section: str, key: str, default: str) -> None:
    model = TABLES[section]
    given, needed = tomllib.loads(f"{key} = {default}"), NEEDED.get(section, {})
    left_out = model.model_validate(needed)
    assert getattr(model.model_validate(needed | given), key) == getattr(left_out, key)


def test_there_are_defaults_to_compare() -> None:
    assert len(literal_defaults()) >= 25


@pytest.mark.parametrize("section", TABLES)
def test_required_keys(section: str) -> None:
    said = {key for where, key, default, _ in ROWS if where == section and default == "required"}
    assert said == set(required_keys(TABLES[section]))


def test_share_targets_are_named() -> None:
    (meaning,) = (meaning for _, key, _, meaning in ROWS if key == "share")
    assert set(re.findall(r"`(\w+)`", meaning)) == set(TARGETS)


def test_keys_that_make_no_sense_on_a_platform_are_named() -> None:
    (text,) = re.findall(r"Keys that make no sense on a platform.*?\n\n", REFERENCE, re.DOTALL)
    on_x, on_telegram, on_console = text.split(";")
    for words, platform in (
        (on_telegram, Platform.TELEGRAM),
        (on_x, Platform.X),
        (on_console, Platform.CONSOLE),
    ):
        assert set(re.findall(r"`(\w+)`", words)) == set(MISFITS[platform])


@pytest.mark.parametrize("section", [name for name in TABLES if " " in name or "[" in name])
def test_the_example_shows_every_key(section: str) -> None:
    shown = set(re.findall(r"^(?:# )?(\w+) = ", EXAMPLE, re.MULTILINE))
    assert own_keys(TABLES[section]) <= shown
