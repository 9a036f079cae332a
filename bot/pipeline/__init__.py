"""The sentences of this program.

collect_feed:       fetch -> parse -> decide -> write articles -> store all in one transaction
deliver:            render -> store "sending" with the frozen text -> publish -> store the outcome
                    (`prepare` is the first step, `send` the rest)
settle:             what may have been sent is looked for, or left to the operator's policy
follow_correction:  a post follows its story for a while
"""

from bot.pipeline.articles import MOST_PAGES, ArticleWriter, Offload, Written, article_of
from bot.pipeline.collect import CollectPorts, collect_feed
from bot.pipeline.correct import follow_correction
from bot.pipeline.deliver import OVER_BUDGET, outcome_of, prepare, retry_delay, send
from bot.pipeline.pictures import illustrated, without_picture
from bot.pipeline.prices import (
    charge_for,
    charge_of,
    local_starts,
    may_link,
    parts_to_save,
    price_of,
    spent_all_the_same,
)
from bot.pipeline.route import Powers, Route
from bot.pipeline.settle import by_policy, settle, unknown_policy

__all__ = [
    "MOST_PAGES",
    "OVER_BUDGET",
    "ArticleWriter",
    "CollectPorts",
    "Offload",
    "Powers",
    "Route",
    "Written",
    "article_of",
    "by_policy",
    "charge_for",
    "charge_of",
    "collect_feed",
    "follow_correction",
    "illustrated",
    "local_starts",
    "may_link",
    "outcome_of",
    "parts_to_save",
    "prepare",
    "price_of",
    "retry_delay",
    "send",
    "settle",
    "spent_all_the_same",
    "unknown_policy",
    "without_picture",
]
