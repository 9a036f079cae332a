"""Rows that are written whether or not they are there, in one statement for many."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table
    from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

    Insert = SqliteInsert | PostgresInsert


def adding(tx: Connection, table: Table, columns: tuple[str, ...]) -> Insert:
    """Return the INSERT that adds to `columns` of a row that is there."""
    return _inserting(tx.dialect.name, table, columns, adds=True)


def add_all(
    tx: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[Mapping[str, object]]
) -> None:
    """Add `rows` to `columns` of those that are there, in their order: one statement for all.

    PostgreSQL would be sent one for each, and a poll with news has 40 words.
    """
    if tx.dialect.name == "postgresql":
        values = tuple([row[column.name] for row in rows] for column in table.columns)
        tx.exec_driver_sql(_adding_arrays(table, columns), values)
    else:
        tx.execute(adding(tx, table, columns), rows)


@cache
def _adding_arrays(table: Table, columns: tuple[str, ...]) -> str:
    """Return the INSERT for one array for each column of `table`."""
    arrays = ", ".join(f"%s::{column.type.compile()}[]" for column in table.columns)
    keys = ", ".join(column.name for column in table.primary_key)
    sums = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in columns)
    names = ", ".join(column.name for column in table.columns)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608 - names of the program's own
        f" ON CONFLICT ({keys}) DO UPDATE SET {sums}"
    )


def replacing(tx: Connection, table: Table, columns: tuple[str, ...]) -> Insert:
    """Return the INSERT that writes `columns` anew in a row that is there."""
    return _inserting(tx.dialect.name, table, columns, adds=False)


@cache
def _inserting(dialect: str, table: Table, columns: tuple[str, ...], *, adds: bool) -> Insert:
    statement: Insert
    if dialect == "postgresql":
        # With it come all its drivers, 40 ms of each command on SQLite.
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415

        statement = insert(table)
    else:
        statement = sqlite.insert(table)
    new = {name: statement.excluded[name] for name in columns}
    values = {name: table.c[name] + value for name, value in new.items()} if adds else new
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(index_elements=keys, set_=values)
