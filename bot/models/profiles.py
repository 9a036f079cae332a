"""How platforms show the accounts and chats that posts appear under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.models.views import Lack


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The name that readers see above a post, and the @name, None where there is none."""

    name: str
    handle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutAccount:
    """What an account says of itself; `profile` only where posts appear under its own name."""

    text: str
    profile: Profile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutChat:
    """A channel's chat as its platform knows it, and the right that is missing to post to it.

    Each is None where there is none.
    """

    number: int | None = None
    lack: Lack | None = None
    profile: Profile | None = None
