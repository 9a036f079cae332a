"""Finished text, and the proof that it was published: made by `format` and `publish`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.models.basics import Platform
from bot.models.pictures import FurtherPicture

if TYPE_CHECKING:
    from datetime import datetime

    from bot.errors import PublishError
    from bot.models.basics import ChannelId, Reason
    from bot.models.pictures import Clip, Picture

MESSAGE_GAP: Final = timedelta(seconds=3.05)
"""Telegram: 20 messages a minute in a group or channel (python-telegram-bot wiki, "Avoiding flood
limits"), sent evenly instead of in bursts, and a little slower: the network does not keep time."""


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
    describes the picture in words. `album` are the pictures that follow it. A `clip` is sent
    instead of all of them, a film with the picture as its poster. `told` is how many headlines the
    text of a digest shows; the others wait for the next one where `is_continued`.
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
    album: tuple[FurtherPicture, ...] = ()
    clip: Clip | None = None

    @property
    def pictures(self) -> tuple[FurtherPicture, ...]:
        """All pictures in their order."""
        if self.image is None and self.picture is None:
            return ()
        first = FurtherPicture(url=self.image or "", alt=self.alt, picture=self.picture)
        return (first, *self.album)

    @property
    def messages(self) -> int:
        """How many messages it makes: on Telegram each picture of an album is one."""
        return 1 + len(self.album) if self.platform is Platform.TELEGRAM else 1

    @property
    def is_caption(self) -> bool:
        """Whether the text stands under a picture, a film or a recording."""
        return self.clip is not None or bool(self.pictures)

    @property
    def media(self) -> str | None:
        """The address of the picture, film or recording, None where there is none."""
        return self.clip.url if self.clip and self.image is None else self.image


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
    `alt_texts` counts the pictures that were described for it, which X charges extra.
    `picture_lost` tells why the post went out without the picture that it should have carried.
    `chat` is the number of the chat where it stands, which may be configured by its name.
    `further_ids` are the messages of its album after the first.
    """

    remote_id: str
    url: str | None = None
    rest_until: datetime | None = None
    alt_texts: int = 0
    picture_lost: Reason | None = None
    chat: int | None = None
    further_ids: tuple[str, ...] = ()
