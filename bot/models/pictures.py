"""Pictures and films of posts, and the verdict on one: made by `collect.http` and `publish`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from bot.models.basics import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPicture:
    """The bytes behind a picture's address, unexamined; `content_type` is their server's claim."""

    data: bytes = field(repr=False)
    content_type: str = ""


_SAME_SHADE: Final = 16
"""Of 256: copies at 320 to 900 pixels differed by 7 at most, other pictures by 23 and more
(docs/decisions/0045)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that every platform takes as an upload; `type` is image/jpeg or image/png.

    `sketch` are a few pixels of it in three colours, None where none were made.
    """

    data: bytes = field(repr=False)
    type: str
    width: int
    height: int
    sketch: bytes | None = field(default=None, repr=False)

    def is_like(self, other: Picture) -> bool:
        """Tell whether both show the same, in whatever size and quality."""
        if self.sketch is None or other.sketch is None:
            return False
        pairs = zip(self.sketch, other.sketch, strict=True)
        return all(abs(one - another) <= _SAME_SHADE for one, another in pairs)

    @property
    def file_name(self) -> str:
        """The name to upload it by: some servers tell the type by its end."""
        return "picture.png" if self.type == "image/png" else "picture.jpg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetchable:
    """A platform can take it by its address; `picture` is uploaded if it will not."""

    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploadable:
    """No platform takes the picture at the address, but each takes the `picture` made of it."""

    picture: Picture
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """Nothing that a post could show stands at the address."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfReach:
    """The address gave us no picture; a platform may have better luck."""

    reason: Reason


Verdict = Fetchable | Uploadable | Unfit | OutOfReach


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherPicture:
    """A picture of an album after the first one; `picture` is uploaded where it is present.

    `alt` describes it in words.
    """

    url: str
    alt: str = ""
    picture: Picture | None = None


ClipKind = Literal["video", "audio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A film or a recording at an address, as the feed states it; `seconds` is how long it is."""

    url: str
    kind: ClipKind
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedStart:
    """The first bytes behind an address; `size` is that of the whole, None where nobody says."""

    data: bytes = field(repr=False)
    size: int | None = None
