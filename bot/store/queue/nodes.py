"""The machines that share a database: what each is, and when it last gave a sign of life.

The table stands beside those of the queue, not among our own: a state that moves to another
database takes no node along.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, MetaData, String, Table, delete, select

from bot.models.nodes import Node
from bot.store.db.database import upsert
from bot.store.db.worker import in_worker
from bot.store.tables.columns import Prose, UtcTime

if TYPE_CHECKING:
    from bot.store.db.database import Database

FORGOTTEN = timedelta(hours=1)
"""A node that was silent for so long is gone."""
# `config` is the mark of the configuration that the node works with since `config_at`; the file
# was saved at `saved_at`.
nodes = Table(
    "nodes",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("host", Prose(255), nullable=False),
    Column("version", String, nullable=False),
    Column("roles", String, nullable=False),
    Column("config", String, nullable=False),
    Column("config_at", UtcTime, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    Column("running", Integer, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)
_IS_MADE = "SELECT to_regclass('nodes') IS NOT NULL"


class Nodes:
    """The nodes on one database. On SQLite, and where no node ever ran, there is none."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @in_worker
    def sign(self, node: Node) -> None:
        """Note a sign of life. Raises StoreError, and OtherTables where the node must not work."""
        with self.database.write(durable=False, beside=True) as tx:
            names = (column.name for column in nodes.columns if column is not nodes.c.id)
            values = {name: getattr(node, name) for name in names}
            upsert(tx, nodes, {"id": node.id}, {**values, "roles": " ".join(node.roles)})
            tx.execute(delete(nodes).where(nodes.c.seen_at < node.seen_at - FORGOTTEN))

    @in_worker
    def leave(self, id_: str) -> None:
        """Forget a node that ends, also because another release changed the tables."""
        with self.database.write(durable=False, beside=True, any_tables=True) as tx:
            tx.execute(delete(nodes).where(nodes.c.id == id_))

    @in_worker
    def all(self) -> list[Node]:
        """Return the nodes, by host."""
        with self.database.read() as tx:
            if not self.database.is_shared or not tx.exec_driver_sql(_IS_MADE).scalar():
                return []
            rows = tx.execute(select(nodes).order_by(nodes.c.host, nodes.c.id)).mappings()
            return [Node(**{**row, "roles": tuple(row["roles"].split())}) for row in rows]
