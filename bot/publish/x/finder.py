"""Searches for a post that may have arrived among the account's own posts."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.errors import OutcomeUnknown, PublishError, Rejected
from bot.models.posts import Receipt, SearchResult
from bot.models.reasons import ReasonCode
from bot.publish.x.answers import translated
from bot.publish.x.posts import address_of
from bot.wording import told, told_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.models.outbox import Sought
    from bot.publish.x.account import XAccount

_READ_MOST = 20
# Where X itself says that it has the post, it may have been made long before, by hand; and other
# posts may stand beside it. So many are made in 15 minutes at most (X API, "Rate limits").
_READ_MOST_ANY = 100
_SHORT_SEARCHES = 3  # one that is too early, one at once, one that is sure if few posts followed
_SKEW = timedelta(minutes=2)  # of X's clock and ours
_LINK = re.compile(r"https?://\S+")


class XFinder:
    """Searches among the account's own posts. Implements `ports.Finder`.

    X shows a new post with some delay, so that it is not there only after a while.
    """

    first_search = timedelta(seconds=10)
    sure_after = timedelta(seconds=60)

    def __init__(self, account: XAccount) -> None:
        self._account = account

    def reads_most(self, sought: Sought) -> int:
        """Return how many posts one search reads at most; X charges for each."""
        is_far = sought.reason.code == ReasonCode.DUPLICATE or sought.searches >= _SHORT_SEARCHES
        return _READ_MOST_ANY if is_far else _READ_MOST

    async def find(self, sought: Sought) -> SearchResult:
        """Read the newest own posts and compare expanded links and text.

        Where more posts stand beside it than are read in the first searches, a longer one may tell;
        where even that does not show them all, none can.
        """
        with translated():
            posts, is_all = await self._own_posts(sought)
            for post in posts:
                if post["id"] not in sought.known and _is_same(post, sought):
                    receipt = Receipt(remote_id=post["id"], url=address_of(post["id"]))
                    made = _moment(post.get("created_at"))
                    return SearchResult(receipt=receipt, made_at=made, reads=len(posts))
        is_proof = is_all or sought.reason.code == ReasonCode.DUPLICATE
        doubt = None if is_proof else _out_of_sight(self.reads_most(sought))
        return SearchResult(receipt=None, reads=len(posts), doubt=doubt)

    async def _own_posts(self, sought: Sought) -> tuple[list[dict[str, Any]], bool]:
        """Return the newest posts since the attempt, and whether these are all."""
        params = {
            "max_results": str(self.reads_most(sought)),
            "exclude": "replies,retweets",
            "tweet.fields": "created_at,entities",
        }
        if sought.reason.code != ReasonCode.DUPLICATE:
            start, end = sought.attempted_at - _SKEW, sought.unknown_since + _SKEW
            params["start_time"] = _written(start)
            # Later posts are not read: they cost, and could fill the page.
            if sought.at > end + _SKEW:
                params["end_time"] = _written(end)
        route = f"/2/users/{self._account.user_id}/tweets"
        response = await self._account.request("GET", route, params=params)
        answer = await response.json()
        # An answer that counts no posts is none: it must never pass for "nothing is there".
        meta, count = answer["meta"], int(answer["meta"]["result_count"])
        posts = [{**post, "id": str(int(post["id"]))} for post in answer["data"]] if count else []
        # Replies and reposts fill the page, too, though they are left out of it.
        return posts, "next_token" not in meta


def _out_of_sight(count: int) -> PublishError:
    kind = OutcomeUnknown if count < _READ_MOST_ANY else Rejected
    return kind(
        "many_posts",
        told(
            "more than {what} of the account stand beside it",
            what=told_count("{count} post", "{count} posts", count),
        ),
    )


def _is_same(post: Mapping[str, Any], sought: Sought) -> bool:
    urls = post.get("entities", {}).get("urls", [])
    expanded = {url.get("expanded_url") for url in urls} | {url.get("unwound_url") for url in urls}
    if sought.link is not None and sought.link in sought.text and sought.link not in expanded:
        return False
    return _words(str(post["text"]), (str(url["url"]) for url in urls)) == _words(sought.text, ())


def _words(text: str, links: Iterable[str]) -> str:
    """Return the words of a post without its links, in the form that X and we share."""
    for link in links:
        text = text.replace(link, " ")
    plain = _LINK.sub(" ", unicodedata.normalize("NFC", html.unescape(text)))
    return " ".join(plain.split())


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
