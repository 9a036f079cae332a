"""One table of the file through its model: every mistake is noted, the other keys are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, get_args

from pydantic import ValidationError

from bot.config.mistakes import missing, unknown_key, wrong_value
from bot.config.schema.keys import Table, planned_keys, required_keys
from bot.config.schema.tables import SECTIONS, FileTable

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from bot.config.text.document import Document, Raw
    from bot.config.text.positions import Path as KeyPath

T = TypeVar("T", bound=Table)


def read_table(model: type[T], raw: Raw, path: KeyPath, document: Document) -> T:
    """Read `raw` and note its mistakes; keys that are wrong or missing get their defaults."""
    for key, meaning in required_keys(model).items():
        if key not in raw:
            document.problem((*path, key), missing(meaning))
    document.planned += [(*path, key) for key in planned_keys(model) if key in raw]
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
        annotation = model.model_fields[str(parent)].annotation
        kinds = get_args(annotation) or (annotation,)
        model = next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Table))
    return model
