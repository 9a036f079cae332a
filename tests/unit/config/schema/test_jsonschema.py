"""The schema that editors use: in step with the code, and of one mind with it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.config.schema.jsonschema import schema_text
from bot.config.schema.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "config" / "newsbot.toml"
SCHEMA: dict[str, Any] = json.loads(
    (ROOT / "config" / "newsbot.schema.json").read_text(encoding="utf-8")
)
TYPES = {"string": str, "integer": int, "number": (int, float), "array": list, "object": dict}


def has_type(value: object, name: str) -> bool:
    if name == "boolean" or isinstance(value, bool):
        return name == "boolean" and isinstance(value, bool)
    return isinstance(value, TYPES[name])


def faults(value: Any, schema: dict[str, Any]) -> Iterator[str]:
    """Check by the words of JSON Schema that our schema uses; an unknown word is an error."""
    for word, wanted in schema.items():
        if word in OF_OBJECTS and not isinstance(value, dict):
            continue
        yield from (f"{word} of {value!r}" for _ in [0] if not CHECKS[word](value, wanted, schema))
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        for key, below in value.items():
            yield from faults(below, inner.get(key) or schema.get("additionalProperties") or {})
    if isinstance(value, list):
        for element in value:
            yield from faults(element, schema.get("items", {}))


def fits(value: Any, schema: dict[str, Any]) -> bool:
    return not list(faults(value, schema))


OF_OBJECTS = {
    *("minProperties", "maxProperties", "required", "additionalProperties", "propertyNames")
}
CHECKS: dict[str, Any] = {
    "type": lambda v, w, _: any(has_type(v, one) for one in ([w] if isinstance(w, str) else w)),
    "enum": lambda v, w, _: v in w,
    "const": lambda v, w, _: v == w,
    "not": lambda v, w, _: not fits(v, w),
    "anyOf": lambda v, w, _: any(fits(v, one) for one in w),
    "oneOf": lambda v, w, _: sum(fits(v, one) for one in w) == 1,
    "pattern": lambda v, w, _: not isinstance(v, str) or bool(re.search(w, v)),
    "minLength": lambda v, w, _: not isinstance(v, str) or len(v) >= w,
    "minimum": lambda v, w, _: isinstance(v, str) or v >= w,
    "maximum": lambda v, w, _: isinstance(v, str) or v <= w,
    "minItems": lambda v, w, _: not isinstance(v, list) or len(v) >= w,
    "minProperties": lambda v, w, _: len(v) >= w,
    "maxProperties": lambda v, w, _: len(v) <= w,
    "required": lambda v, w, _: set(w) <= v.keys(),
    "additionalProperties": lambda v, w, s: w is not False or v.keys() <= s["properties"].keys(),
    "propertyNames": lambda v, w, _: all(fits(key, w) for key in v),
    **dict.fromkeys(
        ("properties", "items", "description", "default", "title", "$schema"), lambda *_: True
    ),
}


def test_the_file_is_in_step_with_the_code() -> None:
    assert json.loads(schema_text()) == SCHEMA, "out of date: run `make schema`"


def test_the_example_names_its_schema() -> None:
    first = EXAMPLE.read_text(encoding="utf-8").splitlines()[0]
    assert first == "#:schema ./newsbot.schema.json"


def with_every_option(text: str) -> str:
    """Turn the commented options of the example on."""
    return re.sub(r"^# (\w+ = |\[\w+\]$)", r"\1", text, flags=re.MULTILINE)


@pytest.mark.parametrize("change", [str, with_every_option], ids=["as it is", "every option"])
def test_the_example_fits(change: Any) -> None:
    data = tomllib.loads(change(EXAMPLE.read_text(encoding="utf-8")))
    assert list(faults(data, SCHEMA)) == []


def every_key(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, below in schema.get("properties", {}).items():
        yield name, below
        yield from every_key(below)
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            yield from every_key(schema[word])
    for one in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from every_key(one)


def test_every_key_is_there_with_words() -> None:
    found = dict(every_key(SCHEMA))
    sections = {
        "collect",
        "defaults",
        "dedupe",
        "alerts",
        "desk",
        "log",
        "metrics",
        "web",
        "nodes",
        "accounts",
        "channels",
        "feeds",
    }
    assert {name for model in TABLES.values() for name in model.model_fields} <= set(found)
    assert sections <= set(SCHEMA["properties"])
    silent = {name for name, form in found.items() if not form.get("description")}
    assert silent <= sections


def test_every_default_fits() -> None:
    defaults = [(name, form) for name, form in every_key(SCHEMA) if "default" in form]
    assert len(defaults) >= 25
    assert [name for name, form in defaults if not fits(form["default"], form)] == []


TELEGRAM = '[accounts.tg]\nplatform = "telegram"\ntoken = { env = "T" }\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        'database = { env = "URL" }',
        'database = "postgresql://bot@h/d"',
        TELEGRAM,
        '[collect]\nevery = "15m"\nmax_age = "off"\nfirst_run = 0',
        '[[channels]]\nid = "a"\nplatform = "console"\nsilent = "21:00-07:00"\nmin_gap = "0s"',
        '[[channels]]\nid = "a"\naccount = "tg"\nchat = -1001234567890\nsilent = true',
        '[[feeds]]\nid = "a"\nurl = "f.xml"\nheaders = { Accept = "x" }\nevery = "1h"',
    ],
)
def test_good(text: str) -> None:
    assert list(faults(tomllib.loads(text), SCHEMA)) == []


@pytest.mark.parametrize(
    "text",
    [
        'langauge = "vi"',
        'language = "de"',
        'database = "mysql://h"',
        '[collect]\nevery = "15 minutes"',
        '[collect]\nevery = "off"',
        "[collect]\nfirst_run = -1",
        "[collect]\nfirst_run = true",
        '[accounts.tg]\nplatform = "telegram"',
        '[accounts.tg]\nplatform = "telegram"\ntoken = "12345:FAKE"',
        '[accounts.tg]\nplatform = "telegram"\ntoken = { env = "A", file = "b" }',
        '[accounts."my tg"]\nplatform = "telegram"\ntoken = { env = "A" }',
        '[accounts.tg]\nplatform = "twitter"',
        '[accounts.x]\nplatform = "x"',
        '[feeds]\nid = "a"',
        '[[feeds]]\nid = "a"',
        '[[feeds]]\nid = "a b"\nurl = "f.xml"',
        '[[channels]]\nid = "a"\nplatform = "console"\nquiet_hours = "11pm"',
        '[[channels]]\nid = "a"\nplatform = "console"\nshare = ["facebok"]',
        '[[channels]]\nid = "a"\nplatform = "console"\nchat = "tincongnghe"',
        '[[channels]]\nid = "a"\nplatform = "console"\nbacklog = { newest = -1 }',
    ],
)
def test_wrong(text: str) -> None:
    assert list(faults(tomllib.loads(text), SCHEMA))
