"""Records to columns and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import RowMapping

from bot.models.basics import Reason
from bot.models.pictures import Clip, FurtherPicture
from bot.models.stories import Article, Passage

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from sqlalchemy import Row

_Record = TypeVar("_Record", bound="DataclassInstance")


def article_to_json(article: Article) -> dict[str, Any]:
    """Return `article` as a JSON object; the inverse is `article_from_json`."""
    # The headlines of a digest are the stories that name it; other outlets are related stories.
    value = {one.name: getattr(article, one.name) for one in fields(Article)}
    del value["headlines"], value["also_at"]
    return value | {
        "published": article.published.isoformat() if article.published else None,
        "pictures": [[one.url, one.alt] for one in article.pictures],
        "clip": asdict(article.clip) if article.clip else None,
    }


def article_from_json(value: dict[str, Any]) -> Article:
    """Return the article that `article_to_json` wrote."""
    said: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in value.items()
    }
    if said["published"]:
        said["published"] = datetime.fromisoformat(said["published"])
    said["body"] = tuple(Passage(*one) for one in said.get("body", ()))
    said["pictures"] = tuple(map(_further_picture, said.get("pictures", ())))
    if said.get("clip"):
        said["clip"] = Clip(**said["clip"])
    return Article(**said)


def _further_picture(value: str | list[str]) -> FurtherPicture:
    """Read a picture; its address stands alone in rows of earlier versions."""
    url, alt = (value, "") if isinstance(value, str) else value
    return FurtherPicture(url=url, alt=alt)


def record(kind: type[_Record], row: Row[Any] | RowMapping, **values: Any) -> _Record:
    """Return the record `kind` of the columns of `row` with its fields' names; `values` win."""
    columns = row if isinstance(row, RowMapping) else row._mapping  # noqa: SLF001 - SQLAlchemy's public name
    names = (one.name for one in fields(kind) if one.name in columns and one.name not in values)
    return kind(**{name: columns[name] for name in names}, **values)


def reason_columns(reason: Reason | None) -> dict[str, str | None]:
    """Return the two columns that keep `reason`."""
    return {
        "reason_code": reason.code if reason else None,
        "reason_text": reason.text if reason else None,
    }


def reason_of(row: RowMapping) -> Reason | None:
    """Return the reason that a row's two columns keep."""
    code = row["reason_code"]
    return None if code is None else Reason(code=code, text=row["reason_text"] or "")
