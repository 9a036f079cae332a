"""What the log says of polls."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.log import get_logger, local_time

if TYPE_CHECKING:
    from bot.models.basics import FeedId
    from bot.models.feeds import FeedState, PollReport
    from bot.models.settings import Feed
    from bot.runner.assembly import Assembly

_log = get_logger(__name__)


class PollLog:
    """Logs polls; what stays true of a feed is logged once."""

    def __init__(self) -> None:
        self._logged_lines: set[tuple[FeedId, str]] = set()

    def tell(self, feed: Feed, state: FeedState, report: PollReport) -> None:
        """Log what a poll of `feed` came to."""
        for note in report.notes:
            _log.warning(note, feed=feed.id)
        if report.outcome == "failed" and report.reason is not None:
            _log.warning(
                "feed failed", feed=feed.id, reason=report.reason.text, errors=state.errors + 1
            )
        elif report.outcome == "not_modified":
            _log.debug("feed not modified", feed=feed.id)
        else:
            _log.info(
                "feed polled", feed=feed.id, items=report.items, new=report.new, queued=report.owed
            )
            if report.held:
                _log.warning(
                    f"too much at once: held back; look, then `newsbot feeds release {feed.id}`",
                    feed=feed.id,
                    held=report.held,
                )
            if report.restyled:
                _log.warning(
                    "the feed's ids and links changed: its news was recognised by its text",
                    feed=feed.id,
                    stories=report.restyled,
                )
            for title in report.unlike:
                _log.warning(
                    "too different to be a correction: what was posted before stays as it is",
                    feed=feed.id,
                    title=title[:200],
                )
            if report.reason is not None:
                _log.warning("feed is damaged", feed=feed.id, reason=report.reason.text)
            self._tell_of_texts(feed, report)

    def _tell_of_texts(self, feed: Feed, report: PollReport) -> None:
        for place, term in report.slow:
            if (feed.id, term) not in self._logged_lines:
                self._logged_lines.add((feed.id, term))
                text = "a filter's expression took too long on an article: it is not found there"
                _log.warning(text, feed=feed.id, where=place, term=term)
        for text, pages in Counter(reason.text for reason in report.unread_pages).items():
            said = "pages not read: posted with the feed's own text"
            _log.info(said, feed=feed.id, reason=text, pages=pages)
        for line in report.left_out:
            if (feed.id, line) not in self._logged_lines:
                self._logged_lines.add((feed.id, line))
                _log.info("line of several items left out", feed=feed.id, line=line[:200])


async def tell_posted_before(feed: Feed, assembly: Assembly) -> None:
    """After a start, a feed that brings nothing would leave a newcomer wondering why."""
    rows = await assembly.store.desk.latest_deliveries_of_feed(feed.id, limit=1)
    for row in rows:
        if row.sent_at is not None:
            _log.info(
                "nothing new: posted before",
                feed=feed.id,
                title=row.items[0].title if row.items else "",
                channel=row.channel,
                at=local_time(row.sent_at, assembly.timezone),
            )
