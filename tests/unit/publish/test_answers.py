from __future__ import annotations

import errno
import socket
import ssl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.publish.answers import quote_answer, unreachable


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        ("Bad Request: chat not found", "Bad Request: chat not found"),
        ("two\nlines\tand \x1b[31mcolour", "two lines and [31mcolour"),
        ("tiếng Việt", "tiếng Việt"),
        ("x" * 201, "x" * 200 + "…"),
        ("", ""),
    ],
)
def test_one_short_printable_line(said: str, quoted: str) -> None:
    assert quote_answer(said) == quoted


@pytest.mark.parametrize("form", ["12:se/cret", "12%3Ase%2Fcret"])
def test_a_secret_is_hidden_however_it_is_written(form: str) -> None:
    assert quote_answer(f"GET /bot{form}/x", ["12:se/cret"]) == "GET /bot[secret]/x"


def test_a_secret_is_hidden_before_the_text_is_cut() -> None:
    quoted = quote_answer("x" * 195 + "abcdefghijkl", ["abcdefghijkl"])
    assert "abc" not in quoted


@settings(deadline=None, max_examples=100)
@given(st.text())
def test_any_text_becomes_one_line(said: str) -> None:
    quoted = quote_answer(said)
    assert quoted.isprintable()
    assert len(quoted) <= 201


def test_the_lack_of_descriptors_is_named_with_its_limit() -> None:
    error = ConnectionError("All connection attempts failed")
    error.__cause__ = OSError(errno.EMFILE, "Too many open files")
    assert "LimitNOFILE=" in str(unreachable("Telegram", error))
    assert str(unreachable("X", ConnectionError())) == "X cannot be reached (ConnectionError)"


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (socket.gaierror(-2, "Name or service not known"), "its name is not found"),
        (ConnectionRefusedError(111, "Connect call failed"), "it refuses the connection"),
        (TimeoutError(), "it does not answer"),
        (ssl.SSLCertVerificationError("certificate has expired"), "no secure connection"),
    ],
)
def test_what_keeps_a_platform_out_of_reach_is_told(cause: OSError, why: str) -> None:
    """The libraries' own errors are all of one kind, and it stands behind them."""
    error = ConnectionError("All connection attempts failed")
    error.__cause__ = OSError("All connection attempts failed")
    error.__cause__.__context__ = cause
    assert str(unreachable("X", error)).startswith(f"X cannot be reached ({why}")
