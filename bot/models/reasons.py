"""Why: the codes that this program decides by, each with one meaning."""

from __future__ import annotations

from enum import StrEnum


class ReasonCode(StrEnum):
    """A reason of newsbot's own: a closed set, whose values stand in JSON outputs and in rows.

    Codes of platforms' answers and of fetching are open text beside it, unless something is
    decided by them.
    """

    # A story is not for a channel.
    TOO_OLD = "too_old"
    """Older than the feed's `max_age`, when it was seen or while it waited."""
    FIRST_RUN = "first_run"
    """Beyond `first_run` in the first poll that the channel gets news of."""
    FILTERED = "filtered"
    """`include` or `exclude` of its feed, its channel or the way between them keeps it out."""
    INCLUDED = "included"
    """A term of `include` lets it pass."""
    LANGUAGE = "language"
    """In a language that the channel does not take."""
    SAME_STORY = "same_story"
    """The channel receives the story by another entry: of this feed, or under its former id."""
    STORM = "storm"
    """Its feed brought more at once than `storm` allows: the operator looks at that first."""
    RESTORED = "restored"
    """A copy of the database was put back, and it may be posted since: the operator looks first."""
    ADOPTED = "adopted"
    """The feed lives on under another id."""
    UNROUTED = "unrouted"
    """Its feed was removed, disabled, or led to other channels, while it waited."""

    # A story is dated ahead.
    FUTURE_DATE = "future_date"
    """Its feed dates it ahead: it waits until then, or is taken as undated."""

    # A delivery waited too long.
    BACKLOG = "backlog"
    """Left out after an outage: only the newest that waited are posted."""
    DIGEST = "digest"
    """Told in one post with others, or that post has nothing left to tell."""

    # Somebody decided.
    OPERATOR = "operator"
    """The operator paused, dropped or retracted it."""
    APPROVAL = "approval"
    """It waits at the desk for somebody who decides."""
    SKIPPED = "skipped"
    """Somebody at the desk decided against it, or nobody decided in time."""
    TEST = "test"
    """A test post that did not go out at once."""
    BUDGET = "budget"
    """The account's budget of the day or month has no room for it."""

    # A post may have been sent.
    INTERRUPTED = "interrupted"
    """newsbot ended while the post was being sent, or while the feed was being read."""
    LEASE_EXPIRED = "lease_expired"
    """The sender did not say in time what came of it."""
    LATE = "late"
    """Not sent: the machine stood still, or its database, until another one may have sent it."""
    DUPLICATE = "duplicate"
    """The platform says that the post exists, which is a proof only together with a search."""
    ABSENT = "absent"
    """A search showed that the post had not arrived."""
    BY_OWNER = "by_owner"
    """The account's owner had posted it by hand: it is not ours to delete."""

    # A post cannot be made.
    TEMPLATE = "template"
    """The channel's template failed on this article."""
    INTERNAL_ERROR = "internal_error"
    """A fault of newsbot itself; the log tells it."""
    CHAT_MOVED = "chat_moved"
    """The chat has a new id."""
    TOO_LARGE = "too_large"
    """More bytes than the one who reads them takes: a feed, a picture or a post."""
    WRONG_ADDRESS = "wrong_address"
    """The API's address is wrong, so that no answer is one of the platform."""
    NO_ANSWER = "no_answer"
    """A request got no answer."""

    # A feed cannot be read.
    GONE = "gone"
    """The server says that the feed is gone for good (410)."""
    DNS = "dns"
    """The name of the server is not known."""
    UNREACHABLE = "unreachable"
    """No connection to the server."""
    PROXY = "proxy"
    """The operator's proxy made no connection."""
    CHALLENGE = "challenge"
    """The server asks for proof that a person reads: a bot that is no browser cannot give it."""
    LOGIN = "login"
    """The server wants a login, or shows the page of one."""
    HTML_PAGE = "html_page"
    """A web page came instead of a feed."""


UNREADABLE = frozenset({ReasonCode.CHALLENGE, ReasonCode.LOGIN, ReasonCode.HTML_PAGE})
"""The server answers, but with something else than the feed: a person must mend that."""
