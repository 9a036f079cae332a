"""Everything that can go wrong, as one tree.

NewsbotError                one line for a person; `exit_code` ends the program
├── UsageError              wrong option or unknown id                                exit 2
├── ConfigError             all mistakes of the configuration file at once            exit 2
├── TemplateError           a template that cannot be compiled or rendered            exit 2
├── TooCostly               hostile input took more time or memory than it may     exit 1
├── StoreError              the database cannot be opened, read or written            exit 1
│   ├── DatabaseMissing     nothing ran on this database yet                          exit 1
│   ├── DatabaseLost        it was deleted, replaced or damaged: nothing may be sent  exit 1
│   └── InstanceLocked      another newsbot already runs on this database             exit 1
└── PublishError            a platform did not take a post; its class tells the outcome
    ├── Throttled           certainly not sent; the platform says when to come back
    ├── Unreachable         certainly not sent; the request never left
    ├── ChatMoved           certainly not sent; the chat has another id now
    ├── OutcomeUnknown      may have been sent: never repeated blindly
    ├── Rejected            permanent for this post
    ├── Unauthorized        permanent for the channel or its account
    └── OutOfCredit         the account must be paid for first
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from typing import Self


_NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})


def is_out_of_files(error: BaseException | None) -> bool:
    """Tell whether `error`, or one that led to it, means that no file descriptor is left."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _NO_DESCRIPTORS:
            return True
        error = error.__cause__ or error.__context__
    return False


class NewsbotError(Exception):
    """Base of all errors that are shown to a person; the message is one line."""

    exit_code = 1


class UsageError(NewsbotError):
    """The command line asks for something that does not exist or makes no sense."""

    exit_code = 2


class TemplateError(NewsbotError):
    """A template cannot be compiled or rendered; `line` is 1-based, None where unknown."""

    exit_code = 2

    def __init__(self, template: str, message: str, *, line: int | None = None) -> None:
        where = f"{template}:{line}" if line else template
        super().__init__(f"{where}: {message}")
        self.template = template
        self.message = message
        self.line = line


class Problem(str):
    """One mistake of a file in one line; `excerpt` shows the place, on lines of its own."""

    __slots__ = ("excerpt",)
    excerpt: str

    def __new__(cls, text: str, excerpt: str) -> Self:
        problem = super().__new__(cls, text)
        problem.excerpt = excerpt
        return problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in a file; line and column count from 1, columns in characters."""

    file: str
    line: int
    column: int
    excerpt: str = field(default="", repr=False)

    def problem(self, text: str) -> Problem:
        """Return the mistake with its place, as compilers do: FILE:LINE:COLUMN: text."""
        return Problem(f"{self.file}:{self.line}:{self.column}: {text}", self.excerpt)


class ConfigError(NewsbotError):
    """The configuration is wrong; `problems` holds every mistake, one line each.

    Those with a place in the file are of the class `Problem`, which can show it.
    """

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class TooCostly(NewsbotError):
    """Work on hostile input was ended: it took more time or memory than it may."""


class StoreError(NewsbotError):
    """The database cannot be opened, read or written; the message names file and remedy."""


class DatabaseMissing(StoreError):
    """The database does not exist, and only `run` and `once` create it."""


class DatabaseLost(StoreError):
    """The database was deleted, replaced or damaged: whatever it does not say may be posted."""


class InstanceLocked(StoreError):
    """Another newsbot holds the instance lock of this database."""


class PublishError(NewsbotError):
    """A platform did not confirm a post. `code` is stable, the message is for people.

    Subclasses tell the outcome as far as it is known: that decides the next step. Although the
    post itself is not out, `alt_texts` counts its pictures whose alternative text was set, or may
    have been: that costs money of its own on X.
    """

    alt_texts = 0

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Throttled(PublishError):
    """Certainly not sent (429). `until` (aware UTC) or `wait` tells when to come back.

    `scope` names who waits: the channel, or all channels of its account.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        wait: timedelta | None = None,
        until: datetime | None = None,
        scope: Literal["channel", "account"] = "channel",
    ) -> None:
        super().__init__(code, message)
        self.wait = wait
        self.until = until
        self.scope = scope


class Unreachable(PublishError):
    """Certainly not sent: no connection, or refused before the request was written."""


class ChatMoved(PublishError):
    """Certainly not sent: the group became a supergroup, whose id is `chat`."""

    def __init__(self, code: str, message: str, *, chat: int) -> None:
        super().__init__(code, message)
        self.chat = chat


class OutcomeUnknown(PublishError):
    """May have been sent: read time-out, connection lost, 5xx, unreadable answer."""


class Rejected(PublishError):
    """Permanent for this post. `part` names the part to leave out in one more try, if any.

    Without "rich" the post is a plain one; without the "clip" there are pictures, without the
    "album" one alone; without the "image_address" pictures are uploaded, without the "image"
    there is none. An
    answer that names no fault may mean the channel or its account instead: `suspect`.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        part: Literal["rich", "image_address", "image", "album", "clip", "buttons", "markup"]
        | None = None,
        suspect: Literal["channel", "account"] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.part = part
        self.suspect = suspect


class Unauthorized(PublishError):
    """Permanent until a person acts. `scope` is stopped: the channel or its account."""

    def __init__(self, code: str, message: str, *, scope: Literal["channel", "account"]) -> None:
        super().__init__(code, message)
        self.scope = scope


class OutOfCredit(PublishError):
    """The platform wants money first (402): stops the account."""
