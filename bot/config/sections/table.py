"""One table of the file through its model: every mistake is noted, the other keys are read."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar, get_args

from pydantic import ValidationError

from bot.config.mistakes import missing, unknown_key, wrong_value
from bot.config.schema.channel_table import ChannelTable
from bot.config.schema.keys import Table, required_keys
from bot.config.schema.tables import SECTIONS, FeedTable, FileTable
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import DataclassInstance
    from pydantic_core import ErrorDetails

    from bot.config.text.document import Document, Raw
    from bot.config.text.positions import Path as KeyPath

T = TypeVar("T", bound=Table)
E = TypeVar("E", bound=ChannelTable | FeedTable)
R = TypeVar("R", bound="DataclassInstance")


def read_table(model: type[T], raw: Raw, path: KeyPath, document: Document) -> T:
    """Read `raw` and note its mistakes; keys that are wrong or missing get their defaults."""
    for key, meaning in required_keys(model).items():
        if key not in raw:
            document.problem((*path, key), missing(meaning))
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


def read_entries(
    model: type[E], section: str, document: Document
) -> Iterator[tuple[KeyPath, Raw, E]]:
    """Yield the entries of a list of tables; note an id that an entry before has, too."""
    first = document.paths_of(section)
    for path, raw in document.tables(section):
        table = read_table(model, raw, path, document)
        if table.id and first[table.id] != path:
            line = document.line_of((*first[table.id], "id"))
            text = told(
                "is the id of another entry, in line {line}; every id must differ", line=line
            )
            document.problem((*path, "id"), text)
        yield path, raw, table


def record(kind: type[R], table: Table, **own: object) -> R:
    """Make a record from the keys of the same name, lists as tuples; the `own` values win."""
    names = {field.name for field in fields(kind)}
    values = {
        name: _frozen(getattr(table, name)) for name in names & type(table).model_fields.keys()
    }
    return kind(**{**values, **own})


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _explain(mistake: ErrorDetails, model: type[Table]) -> str:
    *parents, name = mistake["loc"]
    match mistake["type"]:
        case "extra_forbidden":
            table = _table_at(parents, model)
            sections = SECTIONS if table is FileTable else ()
            known = [*table.model_fields, *sections]
            return unknown_key(str(name), known, top=FileTable.model_fields)
        case "missing":
            return missing(required_keys(_table_at(parents, model))[str(name)])
        case kind:
            return wrong_value(kind, mistake["input"], mistake.get("ctx", {}))


def _table_at(parents: list[int | str], model: type[Table]) -> type[Table]:
    """Return the model of the table that stands at `parents` in a table of `model`."""
    for parent in parents:
        if isinstance(parent, str):  # not the place in a list of tables
            model = next(_tables_of(model.model_fields[parent].annotation))
    return model


def _tables_of(annotation: object) -> Iterator[type[Table]]:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        yield annotation
    for part in get_args(annotation):
        yield from _tables_of(part)
