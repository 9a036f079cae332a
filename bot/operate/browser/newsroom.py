"""The running service as pages see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.config import Config
    from bot.models.basics import ChannelId
    from bot.pipeline.route import Route
    from bot.store.engine import Store


@dataclass(slots=True, kw_only=True)
class Newsroom:
    """What pages read and act on; `config` and `routes` follow the file while the service runs.

    `reads` is a connection of its own to the database of `store`: a page that reads much makes no
    post wait. Whatever changes something goes through `store`. `environ` is as for `load_config`.
    """

    config: Config
    store: Store
    reads: Store
    now: Callable[[], datetime]
    began: datetime
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    routes: Mapping[ChannelId, Route] = field(default_factory=dict)

    def follow(self, config: Config, routes: Mapping[ChannelId, Route]) -> None:
        """Work with another configuration from now on."""
        self.config = config
        self.routes = routes
