"""Column types: times as whole microseconds, and text that any database can hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Integer, String, Text
from sqlalchemy.types import TypeDecorator

from bot.log import redact
from bot.models.basics import DeliveryState

if TYPE_CHECKING:
    from sqlalchemy import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# SQLite numbers rows by itself only in a column declared INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as microseconds since 1970: sorts and compares everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else moment_of(value)


def moment_of(value: int) -> datetime:
    """Return the moment so many microseconds after 1970."""
    return EPOCH + value * _MICROSECOND


def microseconds(moment: datetime) -> int:
    """Return the whole microseconds since 1970."""
    return (moment - EPOCH) // _MICROSECOND


class State(TypeDecorator[DeliveryState]):
    """A delivery's state, stored by its name in the documentation."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: DeliveryState | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else value.value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> DeliveryState | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else DeliveryState(value)


class Prose(TypeDecorator[str]):
    """Text from a feed, at most `limit` characters.

    Lone surrogates cannot be written as UTF-8, and PostgreSQL refuses U+0000.
    """

    impl = Text
    cache_ok = True

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else storable(value)[: self.limit]


class Said(Prose):
    """Why something happened, which may quote a server: no secret gets into a row."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return super().process_bind_param(None if value is None else redact(value), dialect)


def storable(text: str) -> str:
    """Return `text` without characters that a database cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def approval_columns() -> tuple[Column[Any], ...]:
    """Return when and who at the desk let a delivery go, and the text that a person wrote."""
    return (
        Column("approved_at", UtcTime),
        Column("approved_by", Prose(200)),
        Column("hand_text", Prose(100_000)),
    )
