"""The two sentences of this program.

collect_feed:  fetch -> parse -> decide -> write articles -> store everything in one transaction
deliver:       render -> store "sending" with the frozen text -> publish -> store the outcome
               (`prepare` is the first step, `send` the rest)
"""

from bot.pipeline.collect import CollectPorts, collect_feed
from bot.pipeline.deliver import Route, outcome_of, prepare, retry_delay, send, unknown_policy
from bot.pipeline.desk import Desk, Offload, Written, article_of
from bot.pipeline.money import charge_for, local_starts, price_of, spent_all_the_same
from bot.pipeline.pictures import illustrated, without_picture

__all__ = [
    "CollectPorts",
    "Desk",
    "Offload",
    "Route",
    "Written",
    "article_of",
    "charge_for",
    "collect_feed",
    "illustrated",
    "local_starts",
    "outcome_of",
    "prepare",
    "price_of",
    "retry_delay",
    "send",
    "spent_all_the_same",
    "unknown_policy",
    "without_picture",
]
