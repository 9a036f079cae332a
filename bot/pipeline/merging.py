"""One post for an event that several outlets report: what a later report gets instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bot.models.basics import ChannelId
    from bot.models.events import Heard, Relation
    from bot.models.stories import Story


def merged(story: Story, heard: Heard, also_at: Collection[ChannelId] = ()) -> Story:
    """Return `story` with what was heard of its event, owed to no channel that has it already.

    The posts of the channels `also_at` name its outlet.
    """
    reasons = _reasons(story, heard)
    owed = tuple(channel for channel in story.owed if channel not in reasons)
    shows = not reasons.keys().isdisjoint(also_at)
    return replace(story, heard=heard, owed=owed, merged=reasons, shows_outlet=shows)


def _reasons(story: Story, heard: Heard) -> Mapping[ChannelId, Reason]:
    found: dict[ChannelId, Reason] = {}
    for relation in heard.relations:
        if relation.is_same:
            for channel in story.owed:
                if channel in relation.channels:
                    found.setdefault(channel, same_story(relation))
    return found


def same_story(relation: Relation) -> Reason:
    """Return why a channel does not get the report of an event that it has already."""
    text = told(
        'the same story as "{title}" of {outlet} (score {score}: {why})',
        title=relation.title,
        outlet=relation.outlet,
        score=f"{relation.score:.1f}",
        why=relation.why,
    )
    return Reason(code=ReasonCode.SAME_STORY, text=text)
