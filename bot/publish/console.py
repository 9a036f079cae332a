"""Publishes on a terminal: for trying out, and for pipes."""

from __future__ import annotations

import asyncio
import os
from hashlib import blake2b
from threading import Lock, Thread
from typing import TYPE_CHECKING

from bot.errors import OutcomeUnknown, Unreachable
from bot.models.posts import Receipt
from bot.visible import visible
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from bot.models.posts import Post

# Channels share one output: no post may be torn by another one.
_WRITING = Lock()
_RULE = b"-" * 60 + b"\n"  # between a post and the lines of the log around it
_PATIENCE = 20.0  # seconds that a reader may pause before other things go on


class ConsolePublisher:
    """Prints posts, each followed by a blank line, on a terminal between rules, too.

    Implements `ports.Publisher`. `as_line` writes a post as one line instead, as where the
    stream is a log of such lines.
    """

    def __init__(
        self,
        stream: TextIO | None,
        *,
        patience: float = _PATIENCE,
        as_line: Callable[[Post], str] | None = None,
    ) -> None:
        self._stream = stream
        self._as_line = as_line
        self._patience = patience
        self._is_writing = False

    async def publish(self, post: Post) -> Receipt:
        """Print the post.

        Raises Unreachable when nobody reads any more, OutcomeUnknown when a reader pauses
        (`| less`, Ctrl-S): the post is shown when it goes on.
        """
        if self._stream is None:  # as Python starts with `>&-`
            raise Unreachable("output_closed", marked("standard output is closed"))
        if self._is_writing:
            raise Unreachable("output_blocked", marked("nobody reads standard output"))
        encoding = self._stream.encoding or "utf-8"
        # A terminal of another time must not stop the bot over an emoji.
        shown = self._as_line(post) if self._as_line else f"{visible(post.text)}\n"
        data = f"{shown}\n".encode(encoding, "replace")
        try:
            await asyncio.wait_for(self._written(self._ruled(data), self._stream), self._patience)
        except TimeoutError:
            text = told(
                "standard output was not read for {patience} seconds",
                patience=f"{self._patience:g}",
            )
            raise OutcomeUnknown("output_blocked", text) from None
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Unreachable(
                "output_closed", told("standard output cannot be written: {why}", why=why)
            ) from error
        except ValueError as error:
            raise Unreachable("output_closed", marked("standard output is closed")) from error
        return Receipt(remote_id=blake2b(data, digest_size=6).hexdigest())

    def _ruled(self, data: bytes) -> bytes:
        """Return the post as a person shall find it between the lines of the log."""
        if self._as_line or self._stream is None or not self._stream.isatty():
            return data
        return _RULE + data[:-1] + _RULE + b"\n"

    async def close(self) -> None:
        """Leave the stream open: it is not ours."""

    async def _written(self, data: bytes, stream: TextIO) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def report(error: Exception | None) -> None:
            if not done.done():
                done.set_exception(error) if error else done.set_result(None)

        def write() -> None:
            error: Exception | None = None
            try:
                with _WRITING:
                    _write_all(data, stream)
            except (OSError, ValueError) as caught:
                error = caught
            self._is_writing = False
            if not loop.is_closed():
                loop.call_soon_threadsafe(report, error)

        # A daemon: a reader that pauses must not keep the bot from ending.
        self._is_writing = True
        Thread(target=write, daemon=True, name="newsbot-console").start()
        await done


def _write_all(data: bytes, stream: TextIO) -> None:
    """Write past the stream's buffer, whose lock a blocked writer would hold at the exit."""
    try:
        number = stream.fileno()
    except OSError:  # no file behind it
        stream.write(data.decode(stream.encoding or "utf-8"))
        stream.flush()
        return
    stream.flush()
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(number, rest) :]
