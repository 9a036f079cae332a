"""Heads of answers that break the rules, and what is made of them."""

from __future__ import annotations

import time

import pytest

from bot.collect.http.heads import mended


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nA: 1\r\nB: 2", b"HTTP/1.1 200 OK\r\nA: 1\r\nB: 2"),
        (b"HTTP/1.1 200 OK\nA: 1\nB: 2", b"HTTP/1.1 200 OK\r\nA: 1\r\nB: 2"),
        (b"\r\nHTTP/1.1 200 OK\r\r\nA: 1", b"HTTP/1.1 200 OK\r\nA: 1"),
        (b'HTTP/1.1 200 OK\r\n"X: 0"\r\nno field\r\nA: 1', b"HTTP/1.1 200 OK\r\nA: 1"),
        (b"HTTP/1.1 200 OK\r\nA : 1", b"HTTP/1.1 200 OK\r\nA: 1"),
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\n\t3", b"HTTP/1.1 200 OK\r\nA: 1 2 3"),
        (b"HTTP/1.1 200 OK\r\nA: 1\x002", b"HTTP/1.1 200 OK\r\nA: 12"),
        (b"HTTP/1.1 200 OK\r\nA: caf\xe9", b"HTTP/1.1 200 OK\r\nA: caf\xe9"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: 1\r\ncontent-length: 5",
            b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 5",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5", b"HTTP/1.1 200 OK\r\nContent-Length: 5"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6",
        ),
        (b"HTTP/1.1 204", b"HTTP/1.1 204"),
    ],
)
def test_heads_are_mended(head: bytes, expected: bytes) -> None:
    assert mended(head) == expected


@pytest.mark.parametrize(
    "part", [b"\r", b"\r\n", b"\n a", b"\r\n\tb", b" ", b"a:", b"\na:b", b",5"]
)
def test_a_head_of_repetitions_takes_linear_time(part: bytes) -> None:
    """It is mended on the loop, where each second stops all feeds and posts."""
    short, long = (min(_seconds(part, size) for _ in range(3)) for size in (64 * 1024, 256 * 1024))
    # Linear is 4 times as long, quadratic 16 times; too quick a time says nothing.
    assert long < 9 * max(short, 0.05)


def _seconds(part: bytes, size: int) -> float:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5" + part * (size // len(part)) + b"x"
    start = time.thread_time()  # of this thread: servers of other tests may still end in theirs
    mended(head)
    return time.thread_time() - start
