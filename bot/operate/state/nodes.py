"""The machines that share the database, and the queue of their jobs."""

from __future__ import annotations

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


def nodes_json(found: Sequence[Node], now: datetime) -> list[dict[str, Any]]:
    """Return the nodes as JSON elements; none on SQLite."""
    late = {node.id for node, _ in behind(found, now)}
    return [
        {
            "id": node.id,
            "host": node.host,
            "version": node.version,
            "roles": list(node.roles),
            "state": "alive" if node.is_alive(now) else "silent",
            "running": node.running,
            "configuration": node.config,
            "behind": node.id in late,
            "seen_at": plain(node.seen_at),
        }
        for node in found
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
