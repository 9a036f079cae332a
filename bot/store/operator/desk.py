"""Everything an operator's command needs of the store; works beside a running service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store.db.worker import reads, writes
from bot.store.operator import actions, listing, status, terms
from bot.store.operator.channel_names import recognise_channels
from bot.store.operator.profiles import keep_profiles, profiles_of
from bot.store.operator.related import merges_since
from bot.store.operator.sent_texts import find_sent
from bot.store.operator.wrong_clock import ahead_of_clock, latest_moment, rewind
from bot.store.outbox import ledger, pace, pauses
from bot.store.outbox.at_once import story_article, withdraw
from bot.store.stories.adopt import adopt_feed
from bot.store.stories.filtered import drop_filtered
from bot.store.stories.servers import stay
from bot.store.stories.unrouted import count_unrouted, drop_unrouted

if TYPE_CHECKING:
    from bot.store.db.database import Database


class Desk:
    """The operations on the outbox, stories and money: each is the function that is named here."""

    def __init__(self, database: Database) -> None:
        self.database = database

    deliveries = reads(listing.list_deliveries)
    delivery = reads(listing.one_delivery)
    latest_deliveries_of_feed = reads(listing.deliveries_of_feed)
    find_stories = reads(listing.find_stories)
    find_sent = reads(find_sent)
    traces = reads(listing.traces)
    article = reads(story_article)

    feed_status = reads(status.feed_statuses)
    channel_status = reads(status.channel_statuses)
    delays = reads(status.delays)
    last_errors = reads(status.last_errors)
    pauses_over = reads(pauses.pauses_over)
    numbers_of_chats = reads(pace.numbers_of_chats)
    profiles_of = reads(profiles_of)
    keep_profiles = writes(keep_profiles)

    retry = writes(actions.retry_delivery)
    drop = writes(actions.drop_delivery)
    advance = writes(actions.advance_delivery)
    withdraw = writes(withdraw)
    pause = writes(actions.pause_scope)
    resume = writes(actions.resume_scope)
    release_feed = writes(actions.release_storm)
    stay = writes(stay)
    adopt = writes(adopt_feed)
    drop_unrouted = writes(drop_unrouted)
    unrouted = reads(count_unrouted)
    drop_filtered = writes(drop_filtered)
    recognise_channels = writes(recognise_channels)

    follow_terms = writes(terms.follow_terms)
    note_matches = writes(terms.note_matches, durable=False)
    idle_terms = reads(terms.idle_terms)
    kept_out_since = reads(terms.kept_out_since)

    merges_since = reads(merges_since)
    sent_posts = reads(actions.sent_posts)
    retracted = writes(actions.retract_delivery)

    latest_moment = reads(latest_moment)
    ahead_of_clock = reads(ahead_of_clock)
    rewind = writes(rewind)

    spent = reads(ledger.spent)
    begin_delete = writes(ledger.reserve_if_it_fits)
    give_back = writes(ledger.give_back)
