"""`make schema`: the JSON Schema and the tables of docs/configuration.md, from the models."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.config.schema.jsonschema import schema_text, table_form
from bot.config.schema.tables import TABLES, CollectTable, FeedTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.config.schema.keys import Form, Table

_BEGIN = "<!-- Written by `make schema`: {} -->"
_END = "<!-- end -->"
_UNBOUNDED = 1_000_000


def with_tables(reference: str) -> str:
    """Return the reference with the table of each heading of `TABLES` between its marks.

    Raises ValueError where the marks of a table are missing.
    """
    for heading, model in TABLES.items():
        mark = _BEGIN.format(heading)
        before, begin, rest = reference.partition(mark)
        _, end, after = rest.partition(_END)
        if not begin or not end:
            raise ValueError(f"the reference has no table between {mark!r} and {_END!r}")
        reference = "\n".join((f"{before}{begin}\n", *_table(model), f"\n{end}{after}"))
    return reference


def _table(model: type[Table]) -> Iterator[str]:
    yield "| key | type | default | meaning |"
    yield "|---|---|---|---|"
    form = table_form(model)
    for name, field in form["properties"].items():
        if model is FeedTable and name in CollectTable.model_fields:
            continue
        cells = (f"`{name}`", _kind(field), _default(field), field["description"])
        yield f"| {' | '.join(cells)} |"


def _kind(form: Form) -> str:
    """Say in words which values the form allows."""
    match form:
        case {"title": str(title)}:
            return title
        case {"enum": values}:
            return ", ".join(map(_toml_code, values))
        case {"const": value}:
            return _toml_code(value)
        case {"type": "array", "items": items}:
            return f"list of {_kind(items)}s"
        case {"type": "integer", "minimum": least, "maximum": most}:
            return f"number from {least}" + (f" to {most}" if most < _UNBOUNDED else "")
        case {"type": "boolean"}:
            return "true or false"
        case _:
            return "table"


def _default(form: Form) -> str:
    if form.get("x-required"):
        return "required"
    return form["x-default"] or (_toml_code(form["default"]) if "default" in form else "none")


def _toml_code(value: object) -> str:
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        keys = ", ".join(f"{name} = {_toml(inner)}" for name, inner in value.items())
        return f"{{ {keys} }}" if keys else "{}"
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    docs, schema = map(Path, sys.argv[1:])
    docs.write_text(with_tables(docs.read_text(encoding="utf-8")), encoding="utf-8")
    schema.write_text(schema_text(), encoding="utf-8")
