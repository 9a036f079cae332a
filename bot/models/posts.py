"""Finished text, and the proof that it was published: made by `format` and `publish`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.errors import PublishError
    from bot.models.basics import ChannelId, Platform, Reason
    from bot.models.pictures import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under a post: opens `url`, copies `copy_text`, or tells the bot `data`.

    Exactly one of the three; the last only stands at the desk.
    """

    text: str
    url: str | None = None
    copy_text: str | None = None
    data: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Finished text for one channel.

    `text` is sent as it is (HTML source for Telegram); `length` is counted as the platform
    counts, `limit` is None where there is none. `has_link` tells whether the platform will
    see (and X will bill) a link in it. `chat` is where it goes, on Telegram.

    `image` is the picture's address; where `picture` is present, that is uploaded instead. `alt`
    describes the picture in words. `told` is how many headlines the text of a digest shows; the
    others wait for the next one where `is_continued`.
    """

    channel: ChannelId
    platform: Platform
    text: str
    length: int
    limit: int | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    image: str | None = None
    picture: Picture | None = None
    alt: str = ""
    link: str | None = None
    has_link: bool = False
    silent: bool = False
    chat: str | int | None = None
    told: int | None = None
    is_continued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The result of a search on the platform: the post's `receipt`, None where it is not there.

    `made_at` is when it was made, where the platform says so; `reads` posts were read for it, and
    are paid. With a `doubt` it may be there all the same, as after a search that failed so.
    `is_open`: only a later post in the same chat will tell whether it is there.
    """

    receipt: Receipt | None
    made_at: datetime | None = None
    reads: int = 0
    doubt: PublishError | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof of a post: the platform's id, and a link to the post where one is known.

    `rest_until`: the platform said with it that the account may post no more until then.
    `alt_text_billed`: the picture was described for it, which X charges extra.
    `picture_lost` tells why the post went out without the picture that it should have carried.
    `chat` is the number of the chat where it stands, which may be configured by its name.
    """

    remote_id: str
    url: str | None = None
    rest_until: datetime | None = None
    alt_text_billed: bool = False
    picture_lost: Reason | None = None
    chat: int | None = None
