"""`newsbot post --test`: one message that says that the channel is ready."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.models.stories import Article
from bot.operate.posting.at_once import post_at_once
from bot.wording import wording

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.pipeline.route import Route
    from bot.store.engine import Store


async def send_test(route: Route, store: Store, now: Callable[[], datetime]) -> str:
    """Send a test post and return a message for the operator. Raises NewsbotError if it failed.

    It goes out at once or never: readers must not get it when nobody looks any more.
    """
    # The operator is waiting for it: quiet hours are no reason to send it without a sound.
    route = replace(route, channel=replace(route.channel, silent=False))
    article = article_of_test(route, now())
    return await post_at_once(
        lambda: store.outbox.owe_directly(article, route.channel, now()),
        route,
        store,
        now,
        is_kept=False,
    )


def article_of_test(route: Route, now: datetime) -> Article:
    """Return the words of a test post at `now`, in the channel's language."""
    language = route.channel.language
    words = wording(language)
    title = words.phrase("newsbot: a test post")
    return Article(
        title=f"{title} ({now.astimezone(route.timezone):%H:%M:%S})",
        paragraphs=(words.phrase("If you can read this, the channel is ready."),),
        source="newsbot",
        language=language,
    )
