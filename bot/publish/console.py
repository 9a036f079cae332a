"""Publishes on a terminal: for trying out, and for pipes."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

from bot.errors import Unreachable
from bot.models import Receipt

if TYPE_CHECKING:
    from typing import TextIO

    from bot.models import Post

# Channels share one output: no post may be torn by another one.
_WRITING = Lock()


class ConsolePublisher:
    """Prints posts, each followed by a blank line. Implements `ports.Publisher`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    async def publish(self, post: Post) -> Receipt:
        """Print the post. Raises Unreachable when nobody reads any more."""
        encoding = self._stream.encoding or "utf-8"
        # A terminal of another time must not stop the bot over an emoji.
        text = post.text.encode(encoding, "replace").decode(encoding)
        try:
            # A reader that pauses (`| less`, Ctrl-S) must not hold up the other channels.
            await asyncio.to_thread(self._print, text)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Unreachable(
                "output_closed", f"standard output cannot be written: {why}"
            ) from error
        except ValueError as error:
            raise Unreachable("output_closed", "standard output is closed") from error
        return Receipt(remote_id=blake2b(text.encode(), digest_size=6).hexdigest())

    async def close(self) -> None:
        """Leave the stream open: it is not ours."""

    def _print(self, text: str) -> None:
        with _WRITING:
            self._stream.write(f"{text}\n\n")
            self._stream.flush()
