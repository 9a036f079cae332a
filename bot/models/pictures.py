"""Pictures of posts, and the verdict on one: made by `collect.http` and `publish`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.models.basics import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPicture:
    """The bytes behind a picture's address, unexamined; `content_type` is their server's claim."""

    data: bytes = field(repr=False)
    content_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that every platform takes as an upload; `type` is image/jpeg or image/png."""

    data: bytes = field(repr=False)
    type: str
    width: int
    height: int

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
