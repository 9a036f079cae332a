"""The JSON Schema of the configuration file, with which editors complete and check.

Everything comes from the models. Draft 7 without references, which editors of TOML know.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from bot.config.schema.keys import required_keys
from bot.config.schema.kinds import ID_FORM
from bot.config.schema.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import core_schema

    from bot.config.schema.keys import Form, Table

_ACCOUNT = "[accounts."


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(_for_editors(_whole_file()), ensure_ascii=False, indent=2) + "\n"


def table_form(model: type[Table]) -> Form:
    """Return the schema of one table, with those of the tables inside it.

    Descriptions and titles are Markdown, and words that begin with "x-" are those of `key`.
    """
    form = model.model_json_schema(schema_generator=_Generator)
    inner = {f"#/$defs/{name}": table for name, table in form.pop("$defs", {}).items()}
    for field in form["properties"].values():
        if table := inner.get(field.pop("$ref", None)):
            default = _defaults_of(table) if "default" in field else {}
            field |= {**table, **field, **default}
        if "items" in field:
            field["items"] = _element(field["items"], inner)
    return form


def _element(form: Form, inner: Mapping[str, Form]) -> Form:
    """Return the form of a list's elements, with the tables that may be among them."""
    if "anyOf" not in form:
        return form
    return {**form, "anyOf": [inner.get(one.get("$ref"), one) for one in form["anyOf"]]}


def _defaults_of(table: Form) -> Form:
    keys = table["properties"].items()
    return {"default": {name: form["default"] for name, form in keys if "default" in form}}


class _Generator(GenerateJsonSchema):
    """Leaves out null, which TOML has not, titles made of names, and values that only stand in."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Form:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Form:
        has_default = schema.get("validate_default")
        return (
            super().default_schema(schema) if has_default else self.generate_inner(schema["schema"])
        )

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> Form:
        form = super().model_schema(schema)
        model: type[Table] = schema["cls"]
        required = [*required_keys(model)]
        kept = {"type": "object", "properties": form["properties"], "additionalProperties": False}
        return {**kept, "required": required} if required else kept

    def sort(self, value: Form, parent_key: str | None = None) -> Form:  # noqa: ARG002 - as above
        return value


def _whole_file() -> Form:
    sections: Form = {}
    accounts: list[Form] = []
    for heading, model in TABLES.items():
        name = heading.strip("[]")
        if heading.startswith(_ACCOUNT):
            accounts.append(table_form(model))
        elif heading.startswith("[["):
            sections[name] = {"type": "array", "items": table_form(model)}
        elif heading.startswith("["):
            sections[name] = table_form(model)
    sections["accounts"] = {
        "type": "object",
        "propertyNames": {"pattern": ID_FORM["pattern"]},
        "additionalProperties": {"oneOf": accounts},
    }
    top, *_ = map(table_form, TABLES.values())
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "newsbot.toml",
        "description": "The configuration of newsbot",
        **top,
        "properties": {**top["properties"], **sections},
    }


def _for_editors(form: Any) -> Any:
    """Leave out the words of `key`, and the marks of Markdown, which editors would show."""
    if isinstance(form, list):
        return [_for_editors(one) for one in form]
    if not isinstance(form, dict):
        return form
    return {
        word: value.replace("`", "") if isinstance(value, str) else _for_editors(value)
        for word, value in form.items()
        if not word.startswith("x-")
    }
