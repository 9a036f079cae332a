"""No secret leaves through a log, whoever writes it."""

import errno
import io
import json
import logging
import os
import subprocess
import sys
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.log import get_logger
from bot.log.output import configure, form_of
from bot.log.redaction import Redactor, Veil
from bot.wording import FEW_FILES

TOKEN = "123456:FAKE-token/with+signs"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    handlers = list(logging.root.handlers)
    hooks = threading.excepthook, sys.unraisablehook
    yield
    logging.captureWarnings(capture=False)
    threading.excepthook, sys.unraisablehook = hooks
    logging.root.handlers[:] = handlers


def test_every_spelling_of_a_secret_is_hidden() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Redactor(logging.Formatter("%(message)s"), [TOKEN]))
    logger = logging.getLogger("some.library")
    logger.addHandler(handler)
    try:
        logger.warning("POST https://api/bot%s/send %s", TOKEN, quote(TOKEN, safe=""))
        try:
            raise ValueError(TOKEN)
        except ValueError:
            logger.exception("broken")
    finally:
        logger.removeHandler(handler)
    assert "FAKE-token" not in stream.getvalue()
    assert stream.getvalue().count("[secret]") >= 3


def test_a_line_carries_its_fields_and_nothing_secret(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", [TOKEN])
    get_logger("t").info("posted", channel="tin", reason=f"see bot{TOKEN}")
    get_logger("t").debug("not at this level")
    line = capsys.readouterr().err
    assert "posted" in line
    assert "channel=tin" in line
    assert "FAKE-token" not in line
    assert line.count("\n") == 1


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_text_of_a_feed_drives_the_terminal(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    drives = "\x1b]0;x\x07\x9b31m\u202egpj"
    configure("info", form=form)
    get_logger("t").info(f"a{drives}", title=f"b{drives}", word=drives)
    logging.getLogger("some.library").warning(drives)
    try:
        raise ValueError(drives)
    except ValueError:
        get_logger("t").exception("broken")
    shown = capsys.readouterr().err
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(shown)
    assert shown.count("gpj") >= 5


def test_the_http_client_of_telegram_is_quiet_even_at_debug(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("debug", [])
    logging.getLogger("httpx").info("HTTP Request: POST https://api/botTOKEN/sendMessage")
    logging.getLogger("telegram.ext.ExtBot").debug("base url https://api/botTOKEN")
    logging.getLogger("telegram.request.BaseRequest").error("invalid JSON data")
    assert capsys.readouterr().err == ""


def test_json_is_one_object_a_line_with_the_same_names(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", [TOKEN], form="json")
    get_logger("t").warning("feed failed", feed="f", reason=f'quoted "{TOKEN}"')
    try:
        raise ValueError(TOKEN)
    except ValueError:
        get_logger("t").exception("internal error")
    logging.getLogger("some.library").warning("héllo %s", TOKEN)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["feed failed", "internal error", "héllo [secret]"]
    assert list(lines[0]) == ["time", "level", "event", "feed", "reason"]
    assert lines[0]["reason"] == 'quoted "[secret]"'
    assert lines[0]["time"].endswith("Z")
    assert "ValueError: [secret]" in lines[1]["exception"]
    assert lines[1]["level"] == "error"


def test_the_journal_gets_priorities(capsys: pytest.CaptureFixture[str]) -> None:
    configure("debug", form="json", is_journal=True)
    for level in ("debug", "info", "warning", "error"):
        getattr(get_logger("t"), level)("x")
    assert [line[:3] for line in capsys.readouterr().err.splitlines()] == [
        "<7>", "<6>", "<4>", "<3>",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "journal", "environ", "expected"),
    [
        ("auto", False, {}, ("text", False)),
        ("auto", True, {}, ("json", True)),
        ("auto", False, {"INVOCATION_ID": "1"}, ("json", False)),
        ("auto", False, {"JOURNAL_STREAM": "8:1"}, ("text", False)),
        ("text", True, {}, ("text", True)),
        ("json", False, {}, ("json", False)),
    ],
)
def test_the_form_follows_where_the_log_goes(
    wanted: str, journal: bool, environ: dict[str, str], expected: tuple[str, bool], tmp_path: Path
) -> None:
    with (tmp_path / "log").open("w") as stream:
        at = os.fstat(stream.fileno())
        known = {"JOURNAL_STREAM": f"{at.st_dev}:{at.st_ino}"} if journal else {}
        assert form_of(wanted, stream, environ | known) == expected


SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=60)


@settings(deadline=None, max_examples=80)
@given(SECRETS, st.binary(max_size=7), st.binary(max_size=7))
def test_no_coding_hides_a_secret_from_the_gate(secret: str, before: bytes, after: bytes) -> None:
    raw = secret.encode()
    veil = Veil([secret])
    for encode in (b64encode, urlsafe_b64encode):
        left = veil.hide(encode(before + raw + after).decode())
        start, end = -(-len(before) * 8 // 6), (len(before) + len(raw)) * 8 // 6
        code = encode(before + raw + after).decode()[start:end]
        assert code not in left
    every_letter = "".join(f"%{byte:02x}" for byte in raw)
    for text in (secret, quote(secret), every_letter, quote(quote(secret)), quote(every_letter)):
        assert secret not in veil.hide(text)
        assert "[secret]" in veil.hide(text)


def test_help_loads_nothing_heavy() -> None:
    heavy = "structlog aiohttp telegram tweepy sqlalchemy feedparser twitter_text jinja2 pydantic lxml apscheduler"
    program = (
        "import sys; from bot.cli import newsbot\n"
        f"print([name for name in {heavy.split()} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE])
def test_the_lack_of_descriptors_is_one_line_that_names_the_limit(
    form: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("info", form=form)
    for logger in (get_logger("bot.some"), logging.getLogger("asyncio")):
        try:
            try:
                raise OSError(code, os.strerror(code))
            except OSError as error:
                raise RuntimeError("no connection") from error
        except RuntimeError:
            logger.exception("internal error")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(FEW_FILES in line and "LimitNOFILE=" in line for line in lines)
    assert not any("internal error" in line for line in lines)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no space"), OSError("no number")])
def test_another_fault_keeps_its_traceback(
    error: OSError, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("info")
    try:
        raise error
    except OSError:
        get_logger("bot.some").exception("internal error")
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "internal error" in told
