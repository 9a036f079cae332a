"""One table of the file through its model: every mistake in plain words, the rest usable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import ValidationError

from bot.config.schema import FileTable, Table
from bot.config.wording import kind_of, nearest, one_of, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic_core import ErrorDetails

    from bot.config.document import Document, Raw
    from bot.config.positions import Path as KeyPath

T = TypeVar("T", bound=Table)

SECTIONS = ("collect", "dedupe", "alerts", "log", "metrics", "accounts", "channels", "feeds")
"""The tables of the file; every other key at its top is in `FileTable`."""
_OF_A_TABLE = {"extra_forbidden", "missing"}


def read_table(model: type[T], raw: Raw, path: KeyPath, document: Document) -> T:
    """Read `raw` and note its mistakes; keys that are wrong or missing get their defaults."""
    for key, purpose in model.required.items():
        if key not in raw:
            document.problem((*path, key), f"is missing: {purpose}")
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
    for mistake in mistakes:
        is_unknown = mistake["type"] == "extra_forbidden"
        where = (*path, *mistake["loc"])
        document.problem(where, _explain(mistake, model), on_key=is_unknown)
    wrong = {mistake["loc"][0] for mistake in mistakes}
    return model.model_validate({key: raw[key] for key in raw if key not in wrong})


def _explain(mistake: ErrorDetails, model: type[Table]) -> str:
    *parents, name = mistake["loc"]
    for parent in parents if mistake["type"] in _OF_A_TABLE else ():
        model = _table_below(model, str(parent))
    if mistake["type"] == "extra_forbidden":
        return _unknown_key(str(name), model)
    if mistake["type"] == "missing":
        return f"is missing: {model.required[str(name)]}"
    return _WORDS[mistake["type"]](mistake["input"], mistake.get("ctx", {}))


def _unknown_key(name: str, model: type[Table]) -> str:
    known = [*model.model_fields, *(SECTIONS if model is FileTable else ())]
    hint = nearest(name, known)
    if not hint and name in FileTable.model_fields:
        return "unknown key here; it belongs at the top of the file, before the first [table]"
    return f"unknown key{hint}" if hint else f"unknown key, expected {one_of(known)}"


def _table_below(model: type[Table], key: str) -> type[Table]:
    annotation = model.model_fields[key].annotation
    kinds = get_args(annotation) or (annotation,)
    return next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Table))


def _literal(value: object, context: Mapping[str, Any]) -> str:
    # pydantic gives the values as text: 'never', 'auto' or 'always'
    names = re.findall(r"'([^']*)'", context["expected"])
    hint = nearest(value, names) if isinstance(value, str) else ""
    return f"must be {one_of(names)}, not {quote(value)}{hint}"


_WORDS: Mapping[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "value_error": lambda _, context: str(context["error"]),
    "literal_error": _literal,
    "string_type": lambda value, _: f"must be text in quotes, not {kind_of(value)}",
    "int_type": lambda value, _: f"must be a whole number without quotes, not {quote(value)}",
    "bool_type": lambda value, _: f"must be true or false without quotes, not {quote(value)}",
    "list_type": lambda value, _: f'must be a list such as ["a", "b"], not {kind_of(value)}',
    "model_type": lambda value, _: f"must be a table in braces {{ … }}, not {kind_of(value)}",
    "greater_than_equal": lambda value, context: (
        f"must be at least {context['ge']}, not {quote(value)}"
    ),
    "less_than_equal": lambda value, context: (
        f"must be at most {context['le']}, not {quote(value)}"
    ),
}
"""pydantic's type of a mistake -> the words for it; complete for the types in `schema.py`."""
