"""Reads an answer's body, unpacked, under a cap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.collect.inflate import (
    GZIP_MAGIC,
    BrokenEncodingError,
    BrotliDecoder,
    Decoder,
    GzipDecoder,
    TooLargeError,
)
from bot.wording import marked

if TYPE_CHECKING:
    import aiohttp

_CODINGS: Final[dict[str, type[GzipDecoder | BrotliDecoder]]] = {
    "gzip": GzipDecoder,
    "x-gzip": GzipDecoder,
    "deflate": GzipDecoder,
    "br": BrotliDecoder,
}
_UNREADABLE: Final = frozenset({"zstd", "compress", "x-compress", "dcb", "dcz"})
_MAX_CODINGS: Final = 3


async def read_body(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """Return the plain body; raise TooLargeError or BrokenEncodingError, or an error of aiohttp."""
    if (response.content_length or 0) > max_bytes:
        raise TooLargeError
    collector = Collector(response.headers.getall("Content-Encoding", []), max_bytes)
    async for chunk in response.content.iter_any():
        collector.add(chunk)
    return collector.body()


class Collector:
    """Puts a body together from pieces, undoing its content codings and undeclared gzip."""

    def __init__(self, codings: list[str], max_bytes: int) -> None:
        self._declared = _declared(codings)
        self._max_bytes = max_bytes
        self._decoders: list[Decoder] | None = None
        self._head = b""
        self._plain = bytearray()
        self._received = 0

    def add(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._received > self._max_bytes:
            raise TooLargeError
        if self._decoders is None:
            chunk = self._head = self._head + chunk
            if len(chunk) < len(GZIP_MAGIC):
                return
            self._decoders = self._choose(chunk)
        self._decode(chunk, self._decoders)

    def _choose(self, head: bytes) -> list[Decoder]:
        """Believe the bytes, not the header: servers call plain text gzip, and the reverse."""
        if head.startswith(GZIP_MAGIC):
            return [coding() for coding in self._declared] or [GzipDecoder()]
        if self._declared and head.lstrip()[:1] in {b"<", b"{"}:
            return []
        return [coding() for coding in self._declared]

    def _decode(self, chunk: bytes, decoders: list[Decoder]) -> None:
        room = self._max_bytes - len(self._plain)
        for decoder in decoders:
            chunk = decoder.feed(chunk, room)
        if len(chunk) > room:
            raise TooLargeError
        self._plain += chunk

    def body(self) -> bytes:
        if self._decoders is None:
            return self._head
        for decoder in self._decoders:
            decoder.finish()
        return bytes(self._plain)


def _declared(values: list[str]) -> list[type[GzipDecoder | BrotliDecoder]]:
    """Return the decoders in the order of undoing; unregistered names such as "utf-8" are none."""
    names = [name.strip().lower() for value in values for name in value.split(",")]
    unreadable = _UNREADABLE.intersection(names)
    if unreadable or len(names) > _MAX_CODINGS:
        raise BrokenEncodingError(", ".join(sorted(unreadable)) or marked("too many codings"))
    return [_CODINGS[name] for name in reversed(names) if name in _CODINGS]
