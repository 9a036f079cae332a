"""The operator's settings; `config` makes them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Literal

from bot.errors import Place  # noqa: TC001 - pydantic reads the annotations of SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from bot.models.basics import AccountId, ChannelId, FeedId, Platform
    from bot.models.times import Hours, Times, WeekHours


Priority = Literal["normal", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Terms that let items pass: one of `include`, where there are any, and none of `exclude`.

    `place` is where they stand in the file, as messages name it.
    """

    place: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateText:
    """A template as its author wrote it; messages call it `name`."""

    name: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One post for all news of a while: the headlines of the `newest` that wait at its times.

    Without a `title` it has the usual heading.
    """

    at: Times
    template: TemplateText
    newest: int = 10
    title: str | None = None

    def __str__(self) -> str:
        named = f', title "{self.title}"' if self.title else ""
        return f"at {self.at}, newest {self.newest}{named}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person decides at the desk whether a story is posted; `within` None means at any time.

    `then` is what happens to one about which nobody decided `within` that time of being shown.
    """

    within: timedelta | None = None
    then: Literal["skip", "post"] = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRoute:
    """The way of a feed's stories to one channel, with what the file says of this way alone.

    `priority` and `urgent` None are the feed's; `digest` None is the channel's.
    """

    channel: ChannelId
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    priority: Priority | None = None
    urgent: bool | None = None
    digest: Digest | None = None
    approve: bool | None = None
    approve_within: timedelta | None = None
    then: Literal["skip", "post"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed to poll. `url` is an http(s) address or, where `is_local`, an absolute path.

    `max_age` None means that items of any age are posted. `headers` may hold secrets.
    `routes` are those of `channels` that the file says more of than the channel's id; `filters` are
    all that an item must pass on its way to a channel: the feed's, the route's and the channel's.
    `languages` are those of the channels that do not take every language, `also_at` the channels
    whose posts name other outlets. `same_story` is how long another outlet's report of an event is
    the same story. `body` is how many characters of an article's own text its posts may show beside
    the lead. `stated_language` is the operator's word on the articles' language, `language`
    the default without any claim.
    """

    id: FeedId
    url: str
    is_local: bool = False
    channels: tuple[ChannelId, ...] = ()
    routes: Mapping[ChannelId, FeedRoute] = field(default_factory=dict)
    filters: Mapping[ChannelId, tuple[Filter, ...]] = field(default_factory=dict)
    enabled: bool = True
    name: str | None = None
    languages: Mapping[ChannelId, tuple[str, ...]] = field(default_factory=dict)
    also_at: frozenset[ChannelId] = frozenset()
    same_story: timedelta | None = None
    language: str = "vi"
    stated_language: str | None = None
    hashtags: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    priority: Priority = "normal"
    urgent: bool = False
    approve: bool | None = None
    approve_within: timedelta | None = None
    then: Literal["skip", "post"] | None = None
    remove: tuple[str, ...] = ()
    cut_after: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    every: timedelta = timedelta(minutes=15)
    every_min: timedelta = timedelta(minutes=5)
    every_max: timedelta = timedelta(hours=6)
    first_run: int = 1
    max_age: timedelta | None = timedelta(days=2)
    storm: int = 20
    fetch_page: Literal["never", "auto", "always"] = "auto"
    allow_hosts: tuple[str, ...] = ()
    body: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """The stories that waited through an outage: the `newest` are posted, the `rest` is not."""

    newest: int = 5
    rest: Literal["digest", "drop"] = "digest"


_GENERAL = 1
_BODY_OF_RICH, _BODY_OF_MORE = 12_000, 2_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel to post to; `max_per_hour` and `max_per_day` None are no limit.

    It takes articles in `languages` only, all where that is empty; likewise `hashtags_allowed`.
    At each time of `post_at` the `per_slot` oldest that wait are posted. Stories of the feeds in
    `high` go first, those in `urgent` at any hour, too. The others are posted in a digest where
    `digests` names their feed, or the channel has a `digest`; `digest_template` is for the backlog.
    `approvals` are those of feeds that are approved in another way than the channel's `approval`.
    """

    id: ChannelId
    platform: Platform
    template: TemplateText
    account: AccountId | None = None
    chat: str | int | None = None
    topic: int | None = None
    enabled: bool = True
    language: str = "vi"
    timezone: tzinfo = UTC
    languages: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    share: tuple[str, ...] = ()
    share_labels: Mapping[str, str] = field(default_factory=dict)
    comments: bool = True
    hashtags_max: int = 3
    hashtags_allowed: tuple[str, ...] = ()
    hashtags_from_title: tuple[str, ...] = ()
    hashtags_map: Mapping[str, str] = field(default_factory=dict)
    max_per_hour: int | None = None
    max_per_day: int | None = None
    min_gap: timedelta = timedelta(0)
    quiet_hours: Hours | WeekHours | None = None
    silent: bool | Hours | WeekHours = False
    post_at: Times | None = None
    per_slot: int = 3
    on_unknown: Literal["hold", "resend", "drop"] = "hold"
    image: Literal["never", "auto"] = "auto"
    images: int = 1
    video: Literal["never", "auto"] = "never"
    audio: Literal["never", "auto"] = "never"
    preview: Literal["large", "small", "above", "off"] = "large"
    link: Literal["always", "never", "budget"] = "always"
    scratch_chat: str | int | None = None
    edit_window: timedelta | None = None
    backlog: Backlog = field(default_factory=Backlog)
    protect_content: bool = False
    also_at: bool = False
    more: Literal["off", "expandable"] = "off"
    layout: Literal["plain", "rich"] = "plain"
    high: frozenset[FeedId] = frozenset()
    urgent: frozenset[FeedId] = frozenset()
    digest: Digest | None = None
    digests: Mapping[FeedId, Digest] = field(default_factory=dict)
    digest_template: TemplateText | None = None
    approve: bool | None = None
    approve_within: timedelta | None = None
    then: Literal["skip", "post"] | None = None
    approval: Approval | None = None
    approvals: Mapping[FeedId, Approval | None] = field(default_factory=dict)

    def digest_of(self, feed: FeedId | None) -> Digest | None:
        """Return the digest that tells the stories of `feed`, None where each has its own post."""
        if feed is None or feed in self.urgent:
            return None
        return self.digests.get(feed, self.digest)

    @property
    def every_digest(self) -> tuple[Digest, ...]:
        """Its digest and those of feeds, each once."""
        every = (self.digest, *self.digests.values())
        return tuple(dict.fromkeys(one for one in every if one is not None))

    @property
    def body(self) -> int:
        """How many characters of an article's own text its posts may show beside the lead."""
        if self.layout == "rich":
            return _BODY_OF_RICH
        return _BODY_OF_MORE if self.more == "expandable" else 0

    @property
    def templates(self) -> tuple[TemplateText, ...]:
        """All templates that its posts are made with."""
        digests = (one.template for one in self.every_digest)
        every = (self.template, *digests, self.digest_template)
        return tuple(dict.fromkeys(text for text in every if text is not None))

    def with_template(self, name: str, new: TemplateText) -> Channel:
        """Return it with the template `new` wherever it has the one called `name`."""

        def of(old: TemplateText) -> TemplateText:
            return new if old.name == name else old

        def told(digest: Digest) -> Digest:
            return replace(digest, template=of(digest.template))

        return replace(
            self,
            template=of(self.template),
            digest=self.digest and told(self.digest),
            digests={feed: told(one) for feed, one in self.digests.items()},
            digest_template=self.digest_template and of(self.digest_template),
        )

    def approval_of(self, feed: FeedId) -> Approval | None:
        """Return how the stories of `feed` are approved, None where nobody is asked."""
        return self.approvals.get(feed, self.approval)

    @property
    def thread(self) -> int | None:
        """The number of the topic as Telegram takes it: it refuses that of "General", the first.

        See python-telegram-bot issue 4739 and tdlib/telegram-bot-api issue 798.
        """
        return None if self.topic == _GENERAL else self.topic

    @property
    def place(self) -> str:
        """Where it posts, by which a channel is recognised that has another id than before."""
        chat = str(self.chat).lower()  # Telegram's names of chats have no case
        return f"{self.platform} {self.account} {chat} {self.thread}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """The name of a secret, never the secret itself; `place` is where the file names it."""

    kind: Literal["env", "file", "credential"]
    name: str
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that an account may spend, in micro-dollars, per local day and month."""

    per_day: int
    per_month: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The price of one request, in micro-dollars; `read` is for each post that a read returns.

    `alt_text` comes on top of a post where its picture has one.
    """

    post: int = 15_000
    post_with_link: int = 200_000
    alt_text: int = 5_000
    read: int = 1_000
    delete: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The credentials behind channels; `secrets` maps a credential's name to where it is kept."""

    id: AccountId
    platform: Platform
    api_url: str
    secrets: Mapping[str, SecretRef]
    budget: Budget | None = None
    prices: Prices | None = None
