"""The two sentences of this program.

collect_feed:  fetch -> parse -> decide -> write articles -> store everything in one transaction
deliver:       render -> store "sending" with the frozen text -> publish -> store the outcome
               (`prepare` is the first step, `send` the rest)
"""

from bot.pipeline.collect import CollectPorts, collect_feed
from bot.pipeline.deliver import Route, outcome_of, prepare, retry_delay, send, unknown_policy
from bot.pipeline.desk import MOST_PAGES, Desk, Offload, Written, article_of
from bot.pipeline.money import charge_for, local_starts

__all__ = [
    "MOST_PAGES",
    "CollectPorts",
    "Desk",
    "Offload",
    "Route",
    "Written",
    "article_of",
    "charge_for",
    "collect_feed",
    "local_starts",
    "outcome_of",
    "prepare",
    "retry_delay",
    "send",
    "unknown_policy",
]
