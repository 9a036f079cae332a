"""The outside world of the pipeline, as protocols.

Each contract is tested once for all its implementations in `tests/contract/`. All datetimes are
aware and in UTC. The store is in `store_ports.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import timedelta

    from bot.models.basics import Reason
    from bot.models.desk import Place, Update
    from bot.models.feeds import FetchedPage, FetchFailed, FetchOutcome, Validators
    from bot.models.outbox import Sought
    from bot.models.pictures import Clip, FetchedPicture, FetchedStart, Verdict
    from bot.models.posts import Button, Post, Receipt, SearchResult
    from bot.models.settings import Feed
    from bot.models.subscriptions import HubRefused, Subscription

    Rows = tuple[tuple[Button, ...], ...]


class Fetcher(Protocol):
    """Gets a feed's bytes."""

    async def fetch(self, feed: Feed, validators: Validators) -> FetchOutcome:
        """Poll once, conditionally. Never raises for a bad feed: that is an outcome, too."""
        ...


class PageFetcher(Protocol):
    """Gets the pages of articles."""

    async def fetch_pages(
        self, feed: Feed, links: Sequence[str]
    ) -> list[FetchedPage | FetchFailed]:
        """Return the page of each of `links` in their order, or why not; a few at a time.

        Links come from a feed, so that private addresses are refused unless `feed.allow_hosts`
        names them. Never raises for a bad page, and takes no longer than its deadline.
        """
        ...


class PictureFetcher(Protocol):
    """Gets the bytes of pictures."""

    async def fetch_picture(
        self, url: str, allow_hosts: Collection[str]
    ) -> FetchedPicture | FetchFailed:
        """Return the picture at `url`, or why nothing came.

        Addresses come from feeds, so that private ones are refused unless `allow_hosts` names
        their host. Never raises for a bad address, and takes no longer than its deadline.
        """
        ...

    async def fetch_start(
        self, url: str, allow_hosts: Collection[str]
    ) -> FetchedStart | FetchFailed:
        """Return the first bytes of the file at `url` and its size, as `fetch_picture` does."""
        ...


class PictureSource(Protocol):
    """Looks at pictures before a platform does."""

    async def examine(self, url: str, *, allow_hosts: Collection[str] = ()) -> Verdict:
        """Return whether a post can show the picture at `url`, and how it must be sent.

        Never raises for a bad picture. Looks at one address at the same time, or soon after, are
        one request. `allow_hosts` are the hosts that may be private.
        """
        ...

    async def examine_all(
        self, urls: Sequence[str], *, allow_hosts: Collection[str] = ()
    ) -> list[Verdict]:
        """Return the verdict on each of `urls`, in the time of the slowest."""
        ...

    async def why_no_clip(self, clip: Clip, *, allow_hosts: Collection[str] = ()) -> Reason | None:
        """Return why no post can play `clip` from its address, None where one can."""
        ...


class Publisher(Protocol):
    """One channel of one platform."""

    async def publish(self, post: Post) -> Receipt:
        """Send `post` once and return the proof.

        Raises one of `PublishError`'s subclasses, which say how sure that is: `Throttled` and
        `Unreachable` are certainly not sent, `OutcomeUnknown` may have been, `Rejected` is
        permanent for this post, `Unauthorized` and `OutOfCredit` for channel or account.
        Never repeats a request by itself.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class Finder(Protocol):
    """A channel in which the bot can search for a post of its own.

    A search makes sense `first_search` after the attempt ended, when none of its requests was under
    way any more; from `sure_after` on, a post that is not found was not sent, unless the search
    `is_open`.
    """

    first_search: timedelta
    sure_after: timedelta

    def reads_most(self, sought: Sought) -> int:
        """Return how many posts a search reads at most; X charges for each."""
        ...

    async def find(self, sought: Sought) -> SearchResult:
        """Search for the post; no subscriber sees anything of it.

        Raises PublishError: `Rejected` where this can never be known, the others for now.
        """
        ...


class Editor(Protocol):
    """A channel whose posts can be edited."""

    async def edit(self, remote_id: str, post: Post) -> None:
        """Make the post with this id show `post`; that it does already is a success.

        May be repeated. Raises PublishError, `Rejected` where the post cannot be edited any more.
        """
        ...


class DeskChat(Protocol):
    """The chat of the people who decide, and what they do there. All raise PublishError."""

    async def updates(self, first: int, wait: float) -> list[Update]:
        """Return what happened from the update `first` on, in their order, 100 at most.

        Where nothing did, it waits for so many seconds for something. What came before `first` is
        given no more: it must have been handled.
        """
        ...

    async def show(self, post: Post, preview: str) -> tuple[str, int]:
        """Send `post`, with its link shown as `preview` says; return chat and number of it."""
        ...

    async def set_buttons(self, chat: str, message: int, rows: Rows) -> None:
        """Put these buttons under a message. May be repeated; that it is refused is a success."""
        ...

    async def say(
        self, place: int, text: str, rows: Rows = (), *, answers: int | None = None
    ) -> None:
        """Write `text` (HTML) to a chat, as the answer to a message where one is named."""
        ...

    async def answer(self, tap: str, text: str, *, is_long: bool = False) -> None:
        """Tell the person who tapped; a tap that is too old for that is a success."""
        ...

    async def offer(self, commands: Mapping[str, str], users: Sequence[int]) -> None:
        """Let Telegram offer these commands, with their meaning, to `users` and in the chat."""
        ...

    async def name(self) -> str:
        """Return the bot's name without "@"."""
        ...

    async def number(self) -> str:
        """Return the number of the chat, as `show` does."""
        ...

    def is_here(self, place: Place) -> bool:
        """Tell whether `place` is the chat."""
        ...


class Deleter(Protocol):
    """A channel whose posts can be deleted."""

    async def delete(self, remote_id: str, chat: str | None) -> None:
        """Delete the post with this id in `chat`; that it is gone already is a success.

        May be repeated. Raises PublishError.
        """
        ...


class Hubs(Protocol):
    """The hubs that tell the news of feeds at once (WebSub)."""

    async def ask(self, one: Subscription, allow_hosts: Collection[str]) -> HubRefused | None:
        """Ask for a subscription, or for its end; return why the hub refuses, None if it does not.

        The hub verifies that by a request to the callback, maybe before this returns. Its address
        comes from a feed, so that a private one is refused unless `allow_hosts` names its host.
        Never raises for a bad hub, and takes no longer than its deadline.
        """
        ...
