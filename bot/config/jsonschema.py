"""The JSON Schema of the configuration file, with which editors complete and check.

Keys, types and what is required come from the models, words and defaults from the reference
(docs/configuration.md); `make schema` writes the file. Draft 7, which editors of TOML know.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from bot.config import addresses, schema, values
from bot.config.schema import Table
from bot.format.share import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic.fields import FieldInfo

Form = dict[str, Any]

_DURATION = r"\d{1,9}[smhd]"
_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_HOURS = rf"{_TIME}\s*-\s*({_TIME}|24:00)"
_ID = "^[A-Za-z0-9][A-Za-z0-9._-]*$"
_TEXT: Form = {"type": "string", "minLength": 1}
_WEB: Form = {"type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}
_TEXTS: Form = {"type": "object", "additionalProperties": {"type": "string"}}
_SECRET: Form = {
    "type": "object",
    "properties": {
        "env": {**_TEXT, "description": "an environment variable"},
        "file": {**_TEXT, "description": "a file with the secret alone"},
        "credential": {**_TEXT, "description": "a systemd credential"},
    },
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}
_FORMS: Mapping[Callable[..., Any], Form] = {
    values.parse_duration: {"type": "string", "pattern": f"^{_DURATION}$"},
    values.parse_duration_or_off: {"type": "string", "pattern": f"^({_DURATION}|off)$"},
    values.parse_gap: {"type": "string", "pattern": f"^({_DURATION}|off)$"},
    values.parse_hours: {"type": "string", "pattern": f"^{_HOURS}$"},
    values.parse_silent: {"type": ["boolean", "string"], "pattern": f"^{_HOURS}$"},
    values.parse_money: {"type": "number", "minimum": 0, "maximum": 1_000_000},
    values.parse_secret: _SECRET,
    values.parse_id: {"type": "string", "pattern": _ID},
    values.parse_chat: {
        "type": ["string", "integer"],
        "pattern": "^@[A-Za-z][A-Za-z0-9_]{3,31}$",
        "not": {"const": 0},
    },
    values.parse_language: {"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"},
    values.parse_own_language: {"enum": ["vi", "en"]},
    values.parse_template: _TEXT,
    values.parse_name: _TEXT,
    values.parse_hashtag: _TEXT,
    values.parse_timezone: _TEXT,
    schema.parse_share: {"enum": list(TARGETS)},
    addresses.parse_api_url: _WEB,
    addresses.parse_feed_url: _TEXT,
    addresses.parse_contact: _TEXT,
    addresses.parse_host: _TEXT,
    addresses.parse_listen: {"type": "string", "pattern": r"^.+:\d{1,5}$"},
    addresses.parse_database: {
        "anyOf": [{"type": "string", "pattern": "^(sqlite:///|postgresql://)"}, _SECRET]
    },
}
"""What reads a value -> the form that it reads; other values are known by their type."""

_PLAIN: Mapping[object, Form] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    dict: _TEXTS,
}


class Said(NamedTuple):
    """What the reference says of a key; `default` is TOML, None where it is none of one word."""

    meaning: str
    default: str | None


def schema_text(reference: str) -> str:
    """Return the schema as the text of its file."""
    return json.dumps(_Writer(_read(reference)).file(), ensure_ascii=False, indent=2) + "\n"


def _read(reference: str) -> dict[tuple[str, str], Said]:
    """Return what the tables of the reference say, by heading and key."""
    found, heading = {}, ""
    for line in reference.splitlines():
        if line.startswith("##"):
            heading = line.lstrip("#").strip()
        elif line.startswith("| `"):
            key, _, default, meaning = (cell.strip() for cell in line.strip("|").split(" | "))
            literal = re.fullmatch(r"`([^`]+)`", default)
            text = meaning.removesuffix("|").removeprefix("(later) ").replace("`", "").strip()
            found[heading, key.strip("`")] = Said(text, literal and literal[1])
    return found


class _Writer:
    def __init__(self, said: Mapping[tuple[str, str], Said]) -> None:
        self._said = said

    def file(self) -> Form:
        whole = self._table(schema.FileTable, "Top of the file")
        whole["properties"] |= dict(self._sections())
        return {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "newsbot.toml",
            "description": "The configuration of newsbot",
            **whole,
        }

    def _sections(self) -> Iterator[tuple[str, Form]]:
        """Yield the tables that say in their first line how they begin in the file."""
        kinds = []
        for model in schema.tables():
            first = (model.__doc__ or "").partition("\n")[0]
            if "platform" in model.model_fields and (match := re.match(r"\[accounts\.", first)):
                platform = model.model_fields["platform"].default
                kinds.append(self._account(model, platform))
            elif match := re.match(r"(\[\[?(\w+)\]\]?): ", first):
                table = self._table(model, match[1])
                is_list = match[1].startswith("[[")
                yield match[2], {"type": "array", "items": table} if is_list else table
        yield (
            "accounts",
            {
                "type": "object",
                "propertyNames": {"pattern": _ID},
                "additionalProperties": {"oneOf": kinds},
            },
        )

    def _account(self, model: type[Table], platform: str) -> Form:
        table = self._table(model, f'[accounts.ID] with platform = "{platform}"')
        table["properties"]["platform"] = {"const": platform}
        return {**table, "required": ["platform", *table.get("required", ())]}

    def _table(self, model: type[Table], heading: str) -> Form:
        table: Form = {
            "type": "object",
            "properties": {
                name: self._key(name, field, heading) for name, field in model.model_fields.items()
            },
            "additionalProperties": False,
        }
        return {**table, "required": [*model.required]} if model.required else table

    def _key(self, name: str, field: FieldInfo, heading: str) -> Form:
        form = dict(self._form(field.annotation, field.metadata, name))
        said = self._said.get((heading, name)) or self._said.get(("[collect]", name))
        if said is None:
            return form
        if said.meaning:
            form["description"] = said.meaning
        if said.default is not None:
            form["default"] = tomllib.loads(f"value = {said.default}")["value"]
        return form

    def _form(self, annotation: Any, metadata: Any, name: str) -> Form:
        for mark in metadata:
            if form := _FORMS.get(getattr(mark, "func", _form_of_type)):
                return form
        kind, arguments = get_origin(annotation) or annotation, get_args(annotation)
        if kind is Annotated:
            inner, *marks = arguments
            return self._form(inner, marks, name)
        if kind in {Union, UnionType}:
            (inner,) = (one for one in arguments if one is not NoneType)
            return self._form(inner, metadata, name)
        if kind is Literal:
            return {"enum": list(arguments)}
        if kind is list:
            return {"type": "array", "items": self._form(arguments[0], (), name)}
        if isinstance(kind, type) and issubclass(kind, Table):
            return self._table(kind, name)
        return _form_of_type(kind, metadata)


def _form_of_type(kind: object, metadata: Any) -> Form:
    marks = [one for mark in metadata for one in getattr(mark, "metadata", [mark])]
    names = {"ge": "minimum", "le": "maximum"}
    bounds = {
        word: getattr(mark, name)
        for mark in marks
        for name, word in names.items()
        if hasattr(mark, name)
    }
    return {**_PLAIN[kind], **bounds}


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(schema_text(source.read_text(encoding="utf-8")), encoding="utf-8")
