"""What a poll of a benchmark decides: the stories are made before it, and all are new."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.models.stories import Known, Story


def all_new(stories: Sequence[Story]) -> Callable[[Known], Sequence[Story]]:
    """Return the `decide` of `FeedStore.finish_poll` that adds `stories` whatever is known."""
    return lambda _: stories
