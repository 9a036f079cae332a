"""Keys that say whose they are, pauses and chats in tables of their own, and truthful names."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0003"
down_revision = "0002"

_RENAMED = {
    # Of the body, and of the address and the channels that it was asked for.
    "feeds": {"body_hash": "poll_hash"},
    "deliveries": {
        "doubt_at": "unknown_since",
        "look_at": "search_at",
        "looks": "searches",
        "told_version": "shown_version",
    },
}
_NOT_NULL = ("searches", "shown_version")
_AT_ONCE = 1000
_keys = sa.table("story_keys", sa.column("key"), sa.column("feed"), sa.column("story"))
_of_accounts = sa.table("account_lanes", sa.column("account"), sa.column("not_before"))
_of_chats = sa.table("chat_lanes", sa.column("account"), sa.column("chat"), sa.column("not_before"))


def upgrade() -> None:
    """Rename, move and hash anew; deliveries that an import left behind are searched for."""
    op.drop_index("deliveries_sought", "deliveries")
    for table, columns in _RENAMED.items():
        for was, name in columns.items():
            _rename(table, was, name)
    where = sa.text("search_at IS NOT NULL")
    op.create_index(
        "deliveries_searched",
        "deliveries",
        ["channel", "feed", "id"],
        sqlite_where=where,
        postgresql_where=where,
    )
    _search_for_the_interrupted()
    _move_pauses()
    _move_chats()
    _move_keys()


def _rename(table: str, was: str, name: str) -> None:
    # PostgreSQL 18 calls the constraint of a column that takes no NULL after the column.
    is_named = name in _NOT_NULL and op.get_bind().dialect.name == "postgresql"
    if is_named:
        op.alter_column(table, was, nullable=True)
    op.alter_column(table, was, new_column_name=name)
    if is_named:
        op.alter_column(table, name, nullable=False)


def _search_for_the_interrupted() -> None:
    """`state import` made them unknown without the times that searching and on_unknown need."""
    op.execute(
        "UPDATE deliveries SET unknown_since = attempted_at, search_at = attempted_at"
        " WHERE state = 'unknown' AND reason_code = 'interrupted' AND unknown_since IS NULL"
    )


def _move_pauses() -> None:
    # A table that is renamed keeps the old name in its constraints.
    op.create_table(
        "pauses",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("probe", sa.BigInteger()),
        sa.PrimaryKeyConstraint("scope", "id"),
    )
    names = "scope, id, code, text, since, until, failures, probe"
    op.execute(f"INSERT INTO pauses ({names}) SELECT {names} FROM holds")  # noqa: S608 - constants
    op.drop_table("holds")


def _move_chats() -> None:
    """A chat was kept as an account called "ACCOUNT CHAT"; ids of accounts have no space."""
    op.create_table(
        "chat_lanes",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "chat"),
    )
    tx, is_chat = op.get_bind(), _of_accounts.c.account.contains(" ")
    for name, until in tx.execute(sa.select(_of_accounts).where(is_chat)).all():
        account, _, chat = name.partition(" ")
        tx.execute(sa.insert(_of_chats).values(account=account, chat=chat, not_before=until))
    tx.execute(sa.delete(_of_accounts).where(is_chat))


def _move_keys() -> None:
    """The feed was hashed into the keys of its own; now it stands beside them."""
    op.execute("CREATE TABLE story_keys_was AS SELECT key, story FROM story_keys")
    op.drop_table("story_keys")
    op.create_table(
        "story_keys",
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("story", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "feed"),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO story_keys SELECT key, '', story FROM story_keys_was")
    op.drop_table("story_keys_was")
    hashed = (
        sa.update(_keys)
        .where(_keys.c.key == sa.bindparam("was"), _keys.c.feed == "")
        .values(key=sa.bindparam("is"), feed=sa.bindparam("of"))
    )
    for part in _own_keys(op.get_bind()):
        op.get_bind().execute(hashed, part)


def _own_keys(tx: sa.Connection) -> Iterator[list[dict[str, object]]]:
    query = sa.text("SELECT feed, item_id, link, title FROM story_items")
    result = tx.execute(query, execution_options={"yield_per": _AT_ONCE})
    for rows in result.partitions():
        yield [
            {"was": _hash(kind, row.feed, *said), "is": _hash(kind, *said), "of": row.feed}
            for row in rows
            for kind, said in (
                ("item", (row.item_id, row.link or "", row.title)),
                ("id", (row.item_id,)),
            )
        ]


def _hash(*parts: str) -> bytes:
    """As bot/dedupe/keys.py did in this version."""
    return blake2b("\0".join(parts).encode(), digest_size=16).digest()
