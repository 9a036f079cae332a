"""An element of a feed's `channels`: the id of a channel, or a table with more about the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator

from bot.config.mistakes import not_this
from bot.config.schema.channel_table import DigestTable
from bot.config.schema.desk_table import APPROVE, THEN, WITHIN
from bot.config.schema.keys import Table, key, required
from bot.config.schema.kinds import ID_FORM, Duration, Id, Term
from bot.config.schema.values import parse_id
from bot.wording import marked, told

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema

    from bot.config.schema.keys import Form


class RouteTable(Table):
    """What holds for the way of one feed to one channel alone."""

    id: Id = required(marked("the channel to which it is routed"))
    include: list[Term] = key(
        [], "as `include` of a feed, for this route alone", default_is="`[]`: all"
    )
    exclude: list[Term] = key(
        [], "as `exclude` of a feed, for this route alone", default_is="`[]`: none"
    )
    priority: Literal["normal", "high"] | None = key(
        None, "as `priority` of a feed, for this route alone", default_is="the feed's"
    )
    urgent: bool | None = key(
        None, "as `urgent` of a feed, for this route alone", default_is="the feed's"
    )
    digest: DigestTable | None = key(
        None,
        "what comes by this route is posted as one digest at these times, as by `digest` of a "
        "channel; routes to one channel with the same digest share one post",
        default_is="the channel's",
    )
    approve: bool | None = key(None, APPROVE, default_is="the feed's")
    approve_within: Duration | None = key(None, WITHIN, default_is="the feed's")
    then: Literal["skip", "post"] | None = key(None, THEN, default_is="the feed's")


def _as_table(value: object) -> object:
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        raise not_this(told('the id of a channel, or a table such as {{ id = "a" }}'), value)
    return {"id": parse_id(value)}


@dataclass(frozen=True, slots=True)
class _IdOrTable:
    """The form of what `_as_table` reads."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        forms: list[Form] = [dict(ID_FORM), dict(handler(core))]
        return {"title": "channel", "anyOf": forms}


RouteOrId = Annotated[RouteTable, BeforeValidator(_as_table), _IdOrTable()]
