"""[[channels]] as a pydantic model, and the defaults of each platform."""

from __future__ import annotations

import json
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from bot.config.schema.desk_table import APPROVE, THEN, WITHIN
from bot.config.schema.keys import Table, key, required
from bot.config.schema.kinds import (
    Chat,
    Count,
    DailyHours,
    Days,
    DigestTimes,
    Duration,
    DurationOrOff,
    Gap,
    Hashtag,
    HashtagsMap,
    Id,
    Language,
    Limit,
    Name,
    NameInTitle,
    OwnLanguage,
    PostAt,
    ShareLabels,
    ShareTarget,
    Silent,
    TemplateName,
    Term,
)
from bot.models.basics import Platform
from bot.wording import marked

PLATFORM_NAMES = {
    Platform.TELEGRAM: "Telegram",
    Platform.X: "X",
    Platform.CONSOLE: marked("the console"),
}


class Defaults(NamedTuple):
    """The values of keys that a channel leaves out; None is no limit."""

    template: str
    share: tuple[str, ...] = ()
    hashtags_max: int = 3
    max_per_hour: int | None = 6
    max_per_day: int | None = 60


DEFAULTS = {
    Platform.TELEGRAM: Defaults("telegram.html.j2", share=("telegram", "facebook", "copy")),
    Platform.X: Defaults("x.txt.j2", hashtags_max=2),
    Platform.CONSOLE: Defaults("console.txt.j2", max_per_hour=None, max_per_day=None),
}


# The platforms' own rates: 20 posts a minute in one Telegram chat, 100 in 15 minutes on X
# (https://core.telegram.org/bots/faq, https://docs.x.com/x-api/fundamentals/rate-limits).
MOST_PER_HOUR = {Platform.TELEGRAM: 1_200, Platform.X: 400}


def _by_platform(name: str) -> str:
    """Say the default of a key on each platform, as the file would write it."""
    return ", ".join(
        f"{_code(getattr(defaults, name))} on {PLATFORM_NAMES[platform]}"
        for platform, defaults in DEFAULTS.items()
    )


def _code(value: object) -> str:
    return "no limit" if value is None else f"`{json.dumps(value)}`"


def _most(*, hours: int) -> str:
    rates = [f"{most * hours} on {PLATFORM_NAMES[name]}" for name, most in MOST_PER_HOUR.items()]
    return f"At most {' and '.join(rates)}"


class BacklogTable(Table):
    """The stories that waited while a channel was away."""

    newest: Count = key(5, "the number of stories that are posted as usual, newest first")
    rest: Literal["digest", "drop"] = key(
        "digest", "whether one post lists the headlines of the others, or they are dropped"
    )


class DigestTable(Table):
    """One post with the headlines of what came since the one before."""

    at: DigestTimes = required(marked('the times of the post, such as `["07:30", "19:00"]`'))
    days: Days = key("mon-sun", 'the days: `"mon-fri"`, `"sat,sun"`, `"weekdays"`, `"weekend"`')
    newest: Annotated[int, Field(ge=1, le=50)] = key(
        10, "the most headlines of one post; older ones wait for the next"
    )
    title: Name = key(None, "its heading", default_is='`"Điểm tin"`, `"News digest"`')
    template: TemplateName = key(
        None,
        "how it looks; looked for as `template` of a channel",
        default_is='`"digest.html.j2"` on Telegram, else `"digest.txt.j2"`',
    )


class ChannelTable(Table):
    """[[channels]]: a place to post to. None means the default of the channel's platform."""

    id: Id = required(marked("the name that feeds and commands use"), stand_in="")
    platform: Literal["telegram", "x", "console"] | None = key(
        None, "needed only where there is no account: on the console", default_is="the account's"
    )
    account: Id | None = key(
        None, "the account that posts", default_is="required on Telegram and X"
    )
    chat: Chat | None = key(
        None,
        "the Telegram channel or group; numbers of channels begin with -100",
        default_is="required on Telegram",
    )
    topic: Limit | None = key(None, "the topic of a Telegram forum; 1 is the general one")
    enabled: bool = key(True, "a disabled channel receives nothing, and its secrets are not read")
    language: OwnLanguage | None = key(
        None, "the language of the words on buttons", default_is="the file's"
    )
    languages: list[Language] = key(
        [],
        'only articles in these are posted, such as `["vi", "en"]`; as `language` of '
        "the feed says, else the item, else its feed, else the file",
        default_is="`[]`: all",
    )
    include: list[Term] = key(
        [],
        "only items that one of these [terms](#filters) matches are posted, whatever their feed",
        default_is="`[]`: all",
    )
    exclude: list[Term] = key([], "items that one of these [terms](#filters) matches are not")
    approve: bool = key(False, APPROVE)
    approve_within: Duration | None = key(None, WITHIN)
    then: Literal["skip", "post"] | None = key(None, THEN, default_is="it is skipped")
    template: TemplateName = key(
        None,
        "how a post looks; looked for in `templates/` beside the file, then among the shipped ones",
        default_is=_by_platform("template"),
    )
    share: list[ShareTarget] | None = key(
        None,
        "share buttons: `telegram`, `x`, `facebook`, `linkedin`, `pinterest`, `reddit`, "
        "`whatsapp`, `threads`, `bluesky`, `hackernews`, `email` (not on Telegram), `copy`",
        default_is=_by_platform("share"),
    )
    share_labels: ShareLabels = key(
        {},
        'your own words on buttons: `{ telegram = "Gửi bạn bè" }`; `comments` may stand in it, too',
    )
    comments: bool = key(True, "a button to the comments where the feed names their page")
    hashtags_max: Annotated[int, Field(ge=0, le=30)] | None = key(
        None, "the most hashtags of a post", default_is=_by_platform("hashtags_max")
    )
    hashtags_allowed: list[Hashtag] = key(
        [],
        "only these become hashtags of a feed's categories; `hashtags` of the feed are always "
        "shown",
        default_is="`[]`: all",
    )
    hashtags_from_title: list[NameInTitle] = key(
        [], "names that become hashtags where they stand in a headline as whole words, case aside"
    )
    hashtags_map: HashtagsMap = key(
        {},
        'the hashtag for a category: `{ "AI" = "TríTuệNhânTạo" }`; case and accents do not count',
    )
    max_per_hour: Limit | None = key(
        None,
        f"the most posts in an hour; the others wait. {_most(hours=1)}",
        default_is=_by_platform("max_per_hour"),
    )
    max_per_day: Limit | None = key(
        None,
        f"the most posts in 24 hours. {_most(hours=24)}",
        default_is=_by_platform("max_per_day"),
    )
    min_gap: Gap = key(
        "0s",
        "the least time between two posts; an attempt that certainly posted nothing does not count",
    )
    digest: DigestTable | None = key(
        None,
        "all that the channel gets is posted as one digest at these times ([digests](#digest)): "
        '`{ at = ["07:30", "19:00"], days = "mon-fri" }`',
    )
    quiet_hours: DailyHours = key(
        None,
        'stories wait until they end; `{ weekdays = "23:00-06:00", weekend = "00:00-08:00" }` '
        "where Saturday and Sunday differ: each moment goes by its own day",
    )
    silent: Silent = key(
        False, "Telegram posts without a sound: always, or in hours as of `quiet_hours`"
    )
    post_at: PostAt = key(
        None,
        'posts go out at these times only, `["07:00", "12:00", "18:30"]`; '
        '`{ weekdays = ["07:00"], weekend = ["09:00"] }` where Saturday and Sunday differ '
        "([fixed times](#fixed-times))",
    )
    per_slot: Limit = key(
        3, "how many of the stories that wait are posted at each time of `post_at`, oldest first"
    )
    on_unknown: Literal["hold", "resend", "drop"] = key(
        "hold",
        'for a post that may or may not have arrived: `"hold"` leaves it to you, `"resend"` '
        'may post it twice, five times more at most, `"drop"` gives it up',
    )
    scratch_chat: Chat | None = key(
        None,
        "a private chat of yours with the bot in it (a channel or group): there it searches for "
        "such posts by forwarding the messages around them, and deletes the copies. A post that "
        "did not arrive is sent again once a later one stands in the chat (decision 17), one that "
        "did is not. Not together with `protect_content`",
    )
    edit_window: DurationOrOff = key(
        "12h",
        "the time in which a correction of an article is followed by an edit of its post on "
        "Telegram, tried ten times at most; `max_per_hour`, `max_per_day` and `min_gap` do "
        "not count edits. The edit goes to the chat that the post was sent to; a group that "
        "became a supergroup since keeps its old posts as they are. Corrections that come "
        "later are logged, as are those on X, where nothing can be edited",
    )
    backlog: BacklogTable = key({}, "the stories that are posted after an outage")
    protect_content: bool = key(
        False, "Telegram keeps readers from forwarding and saving the posts"
    )
    also_at: bool = key(
        False,
        "whether a post names other outlets that report the same event, three at most, with links: "
        "added by an edit within `edit_window`",
    )
    more: Literal["off", "expandable"] = key(
        "off",
        "whether a post on Telegram goes on under its lead in a quotation that opens on a tap "
        "(`expandable`): up to 900 characters of the article's next paragraphs, from the feed or "
        "the page, in whole sentences ([read on here](templates.md#read-on-here))",
    )
    layout: Literal["plain", "rich"] = key(
        "plain",
        "`rich`: a post on Telegram holds the article itself, its text and pictures, in a part "
        "that opens on a tap ([rich messages](templates.md#rich-messages)); older applications "
        "show that they do not know such a message",
    )
    image: Literal["never", "auto"] = key(
        "auto",
        "whether posts carry the article's picture; on X those without a link, with the "
        "headline as alternative text (see `prices`). Each picture is checked before: "
        "[the rules](decisions/0016-pictures.md)",
    )
    images: Annotated[int, Field(ge=1, le=4)] = key(
        1,
        "the most pictures of a post where an article has several: more than one are an album. On "
        "Telegram it counts as that many messages, and has no buttons: those of `share` (but "
        "`copy`) and `comments` stand as links in its text; on X only posts without a link show "
        "pictures ([albums](decisions/0045-albums-films-and-recordings.md))",
    )
    video: Literal["never", "auto"] = key(
        "never",
        "whether the film of an article (MP4, at most 20 MB) stands on Telegram instead of its "
        "picture, which becomes the poster; a rich message shows none",
    )
    audio: Literal["never", "auto"] = key(
        "never",
        "whether the recording of an article (MP3 or M4A, at most 20 MB) stands on Telegram "
        "instead of its picture; a rich message shows none",
    )
    preview: Literal["large", "small", "above", "off"] = key("large", "Telegram's link preview")
    link: Literal["always", "never", "budget"] = key(
        "always",
        'whether X posts carry the link, which X charges extra; `"budget"`: while the day\'s '
        "budget, spread over the day, allows: the first link at once, the next ones when as "
        "much of the day is gone as of its money",
    )
