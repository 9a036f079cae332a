"""Undoes compression piece by piece under a cap, so that a small bomb stays small."""

from __future__ import annotations

import zlib
from typing import Final, Protocol

import brotli

from bot.wording import marked, told

GZIP_MAGIC: Final = b"\x1f\x8b"
_PIECE: Final = 64 * 1024
_MOST_MEMBERS: Final = 1000
"""Of one gzip stream: millions of empty ones fit into a small answer that unpacks to nothing."""
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


class TooLargeError(Exception):
    """More bytes than the cap allows."""


class BrokenEncodingError(Exception):
    """The bytes do not follow their encoding, or end too early."""


class Decoder(Protocol):
    """Turns the bytes of one content coding into plain bytes."""

    def feed(self, data: bytes, room: int) -> bytes:
        """Return the plain bytes of `data`; raise TooLargeError beyond `room` bytes."""
        ...

    def finish(self) -> None:
        """Raise BrokenEncodingError unless the stream is complete."""
        ...


class GzipDecoder:
    """gzip (also several members in a row), zlib, and deflate without a header (RFC 9110 8.4.1)."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._started = False
        self._members = 1

    def feed(self, data: bytes, room: int) -> bytes:
        pieces: list[bytes] = []
        while data:
            piece = self._inflate(data, room)
            room -= len(piece)
            if room < 0:
                raise TooLargeError
            pieces.append(piece)
            data = self._rest()
        return b"".join(pieces)

    def _inflate(self, data: bytes, room: int) -> bytes:
        try:
            piece = self._stream.decompress(data, room + 1)
        except zlib.error as exc:
            if self._started:
                raise BrokenEncodingError(str(exc)) from exc
            self._started = True
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._inflate(data, room)
        self._started = True
        return piece

    def _rest(self) -> bytes:
        """Return the bytes still to inflate: none after the end, unless another member starts."""
        if not self._stream.eof:
            return self._stream.unconsumed_tail
        rest = self._stream.unused_data
        if not rest.startswith(GZIP_MAGIC):
            return b""
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise BrokenEncodingError(
                told("it is in more than {most_members} parts", most_members=_MOST_MEMBERS)
            )
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        return rest

    def finish(self) -> None:
        if self._started and not self._stream.eof:
            raise BrokenEncodingError(marked("the compressed data ends early"))


class BrotliDecoder:
    """Brotli (RFC 7932)."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._started = False

    def feed(self, data: bytes, room: int) -> bytes:
        self._started = True
        pieces: list[bytes] = []
        while not self._stream.is_finished():
            piece = self._inflate(data)
            data = b""
            room -= len(piece)
            if room < 0:
                raise TooLargeError
            if not piece:
                break
            pieces.append(piece)
        return b"".join(pieces)

    def _inflate(self, data: bytes) -> bytes:
        try:
            piece: bytes = self._stream.process(data, output_buffer_limit=_PIECE)
        except brotli.error as exc:
            raise BrokenEncodingError(str(exc)) from exc
        return piece

    def finish(self) -> None:
        if self._started and not self._stream.is_finished():
            raise BrokenEncodingError(marked("the compressed data ends early"))


def gunzip(data: bytes, limit: int) -> bytes:
    """Return the plain bytes of gzip `data`; raise TooLargeError or BrokenEncodingError."""
    decoder, plain = GzipDecoder(), bytearray()
    for start in range(0, len(data), _PIECE):
        plain += decoder.feed(data[start : start + _PIECE], limit - len(plain))
    decoder.finish()
    return bytes(plain)
