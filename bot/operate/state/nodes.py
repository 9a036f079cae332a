"""The machines that share the database, and the queue of their jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.models.nodes import behind
from bot.moments import local_time
from bot.operate.json_forms import plain
from bot.operate.say import say
from bot.operate.tables import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from bot.models.nodes import Node, QueueState
    from bot.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A node, and how it is."""

    node: Node
    is_alive: bool
    is_behind: bool


def machines(nodes: Sequence[Node], now: datetime) -> list[Machine]:
    """Return the nodes, each with how it is."""
    late = {node.id for node, _ in behind(nodes, now)}
    return [
        Machine(node=node, is_alive=node.is_alive(now), is_behind=node.id in late) for node in nodes
    ]


def nodes_json(nodes: Sequence[Node], now: datetime) -> list[dict[str, Any]]:
    """Return the nodes as JSON elements."""
    return [
        {
            "id": one.node.id,
            "host": one.node.host,
            "version": one.node.version,
            "roles": list(one.node.roles),
            "state": "alive" if one.is_alive else "silent",
            "running": one.node.running,
            "configuration": one.node.config,
            "behind": one.is_behind,
            "seen_at": plain(one.node.seen_at),
        }
        for one in machines(nodes, now)
    ]


async def queue_json(store: Store | None) -> dict[str, Any] | None:
    """Return the queue as a JSON object, None where no node ever ran."""
    found = await store.queue.state() if store else None
    return None if found is None else _queue(found)


def _queue(found: QueueState) -> dict[str, Any]:
    oldest = None if found.oldest is None else round(found.oldest.total_seconds())
    return {"due": found.due, "running": found.running, "oldest": oldest}


def print_nodes(status: dict[str, Any], zone: ZoneInfo) -> None:
    """Print the nodes and the queue, where there are any."""
    if not status["nodes"]:
        return
    say()
    print_table(
        ("MACHINE", "VERSION", "DOES", "STATE", "JOBS", "CONFIGURATION", "LAST SIGN OF LIFE"),
        [
            (
                node["host"],
                node["version"],
                ", ".join(node["roles"]),
                node["state"],
                node["running"],
                f"{node['configuration']}{' (behind)' if node['behind'] else ''}",
                local_time(datetime.fromisoformat(node["seen_at"]), zone),
            )
            for node in status["nodes"]
        ],
    )
    if queue := status["queue"]:
        say(queue_line(queue))


def queue_line(queue: dict[str, Any]) -> str:
    """Return how much waits for the nodes, in words."""
    since = "" if queue["oldest"] is None else f", the oldest for {queue['oldest']} s"
    return f"jobs: {queue['due']} due{since}, {queue['running']} under way"
