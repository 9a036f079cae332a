"""How a model states a key: its default as the file would say it, and its meaning for people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core.core_schema import no_info_plain_validator_function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic_core import CoreSchema

Form = dict[str, Any]
"""A JSON Schema. Its `title` names the kind of value in the reference."""


class Table(BaseModel):
    """A table of the file: no unknown keys, no conversion between types."""

    # Deferred: only the tables that a file has are worth the time of building their validators.
    model_config = ConfigDict(
        extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True
    )


@dataclass(frozen=True, slots=True, eq=False)
class Reads:
    """The function that reads a value of the file, and the form that it accepts."""

    parse: Callable[[Any], object]
    form: Form

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        return no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, core: object, handler: object) -> Form:
        return dict(self.form)


def key(default: object, meaning: str, *, default_is: str = "") -> Any:
    """Return the field of an optional key.

    `default` is the value that the file would hold, None for none; `default_is` says in words a
    default that depends on other keys. `meaning` is Markdown without line breaks.
    """
    extra: Form = {"x-default": default_is}
    if default is None:
        return Field(None, description=meaning, json_schema_extra=extra)
    return Field(default, validate_default=True, description=meaning, json_schema_extra=extra)


def required(meaning: str, *, stand_in: object = ...) -> Any:
    """Return the field of a key that its table cannot do without.

    Where it is missing, `stand_in` lets the other keys of the table be checked in the same run.
    """
    return Field(stand_in, description=meaning, json_schema_extra={"x-required": True})


@cache
def required_keys(model: type[Table]) -> Mapping[str, str]:
    """Return the keys that the table cannot do without, with their meaning."""
    return {
        name: field.description or ""
        for name, field in model.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("x-required")
    }
