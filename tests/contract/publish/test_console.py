"""`ports.Publisher` on a terminal or in a pipe."""

from __future__ import annotations

import asyncio
import io
import os
import threading
from pathlib import Path

import pytest

from bot.errors import OutcomeUnknown, Unreachable
from bot.models.basics import Platform
from bot.publish.console import ConsolePublisher
from tests.contract.publisher_kit import a_post, failure


def said(text: str) -> object:
    return a_post(text, platform=Platform.CONSOLE)


async def test_posts_are_printed_with_an_empty_line_between() -> None:
    stream = io.StringIO()
    publisher = ConsolePublisher(stream)
    receipts = [await publisher.publish(said("Tin một\nđọc")), await publisher.publish(said("Hai"))]
    await publisher.close()
    assert stream.getvalue() == "Tin một\nđọc\n\nHai\n\n"
    assert len({receipt.remote_id for receipt in receipts}) == 2
    assert receipts[0].url is None


async def test_a_post_is_out_as_soon_as_it_is_published() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(io.BufferedWriter(raw), "utf-8")
    await ConsolePublisher(stream).publish(said("tin"))
    assert raw.getvalue() == b"tin\n\n"


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [("ascii", b"Xin ch?o ? ?\n\n"), ("utf-8", "Xin chào 😀 \ufffd\n\n".encode())],
)
async def test_letters_that_a_terminal_cannot_show_do_not_stop_it(
    encoding: str, printed: bytes
) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding, errors="strict")
    await ConsolePublisher(stream).publish(said("Xin chào 😀 \ud83d"))
    assert raw.getvalue() == printed


async def test_a_post_drives_no_terminal() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "utf-8")  # kept: it closes `raw` when it goes
    await ConsolePublisher(stream).publish(said("a\x1b[2J\x9b\nb"))
    assert raw.getvalue().decode() == "a\ufffd[2J\ufffd\nb\n\n"


async def test_a_reader_that_went_away_is_unreachable() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    raw = io.FileIO(writing, "w")
    try:
        error = await failure(
            ConsolePublisher(io.TextIOWrapper(raw, "utf-8", write_through=True)), said("tin")
        )
    finally:
        raw.close()
    assert isinstance(error, Unreachable)
    assert error.code == "output_closed"


async def test_a_closed_output_is_unreachable() -> None:
    stream = io.StringIO()
    stream.close()
    assert isinstance(await failure(ConsolePublisher(stream), said("tin")), Unreachable)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
async def test_a_full_disk_is_unreachable() -> None:
    with io.FileIO("/dev/full", "w") as raw:
        stream = io.TextIOWrapper(raw, "utf-8", write_through=True)
        assert isinstance(await failure(ConsolePublisher(stream), said("tin")), Unreachable)


class _Paused(io.StringIO):
    """An output whose reader has stopped reading for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.resumed = threading.Event()

    def flush(self) -> None:
        self.resumed.wait(60)


async def test_a_reader_that_pauses_holds_up_nobody_else() -> None:
    stream = _Paused()
    printing = asyncio.ensure_future(ConsolePublisher(stream).publish(said("tin")))
    for _ in range(3):  # would hang here if printing blocked the loop
        await asyncio.sleep(0)
    assert not printing.done()
    stream.resumed.set()
    await printing
    assert stream.getvalue() == "tin\n\n"


async def test_a_reader_that_pauses_for_long_is_told_and_not_waited_for() -> None:
    stream = _Paused()
    publisher = ConsolePublisher(stream, patience=0.05)
    assert isinstance(await failure(publisher, said("một")), OutcomeUnknown)
    assert isinstance(await failure(publisher, said("hai")), Unreachable)
    stream.resumed.set()


async def test_without_a_standard_output_nothing_is_sent() -> None:
    assert isinstance(await failure(ConsolePublisher(None), said("tin")), Unreachable)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_on_a_terminal_a_post_stands_between_rules() -> None:
    stream, piped = _Terminal(), io.StringIO()
    shown = await ConsolePublisher(stream).publish(said("tin"))
    plain = await ConsolePublisher(piped).publish(said("tin"))
    rule = "-" * 60
    assert stream.getvalue() == f"{rule}\ntin\n{rule}\n\n"
    assert piped.getvalue() == "tin\n\n"
    assert shown == plain
