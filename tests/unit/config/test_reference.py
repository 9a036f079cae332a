"""docs/configuration.md and the models say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.config import schema
from bot.config.later import LATER
from bot.config.schema import Table
from bot.format.share import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
REFERENCE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "config" / "newsbot.toml").read_text(encoding="utf-8")

MODELS: dict[str, type[Table]] = {
    "Top of the file": schema.FileTable,
    "[collect]": schema.CollectTable,
    "[dedupe]": schema.DedupeTable,
    "[alerts]": schema.AlertsTable,
    "[log]": schema.LogTable,
    "[metrics]": schema.MetricsTable,
    '[accounts.ID] with platform = "telegram"': schema.TelegramTable,
    '[accounts.ID] with platform = "x"': schema.XTable,
    "budget": schema.BudgetTable,
    "prices": schema.PricesTable,
    "[[channels]]": schema.ChannelTable,
    "backlog": schema.BacklogTable,
    "[[feeds]]": schema.FeedTable,
}


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


@pytest.mark.parametrize("section", MODELS)
def test_keys_are_those_of_the_model(section: str) -> None:
    assert {key for where, key, *_ in ROWS if where == section} == own_keys(MODELS[section])


def test_every_model_has_a_section() -> None:
    models = {
        value
        for value in vars(schema).values()
        if isinstance(value, type) and issubclass(value, Table) and value is not Table
    }
    assert models == set(MODELS.values())


def literal_defaults() -> list[tuple[str, str, str]]:
    cells = [
        (section, key, re.fullmatch(r"`([^`]+)`", default)) for section, key, default, _ in ROWS
    ]
    return [(section, key, cell[1]) for section, key, cell in cells if cell]


@pytest.mark.parametrize(("section", "key", "default"), literal_defaults())
def test_defaults_are_those_of_the_model(section: str, key: str, default: str) -> None:
    model = MODELS[section]
    given = tomllib.loads(f"{key} = {default}")
    assert getattr(model.model_validate(given), key) == model.model_fields[key].default


def test_there_are_defaults_to_compare() -> None:
    assert len(literal_defaults()) >= 25


@pytest.mark.parametrize("section", MODELS)
def test_required_keys(section: str) -> None:
    said = {key for where, key, default, _ in ROWS if where == section and default == "required"}
    assert said - {"platform"} == set(MODELS[section].required)


def test_later_keys_are_marked() -> None:
    marked = {key for _, key, _, meaning in ROWS if "(later)" in meaning}
    assert marked == {str(path[-1]) for path in LATER}


def test_share_targets_are_named() -> None:
    (meaning,) = (meaning for _, key, _, meaning in ROWS if key == "share")
    assert set(re.findall(r"`(\w+)`", meaning)) == set(TARGETS)


@pytest.mark.parametrize("section", [name for name in MODELS if " " in name or "[" in name])
def test_the_example_shows_every_key(section: str) -> None:
    shown = set(re.findall(r"^(?:# )?(\w+) = ", EXAMPLE, re.MULTILINE))
    assert own_keys(MODELS[section]) <= shown
