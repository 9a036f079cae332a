"""No secret leaves through a log, whoever writes it."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from bot.log import Redactor, configure, get_logger

TOKEN = "123456:FAKE-token/with+signs"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]


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


def test_the_http_client_of_telegram_is_quiet_even_at_debug(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("debug", [])
    logging.getLogger("httpx").info("HTTP Request: POST https://api/botTOKEN/sendMessage")
    logging.getLogger("telegram.ext.ExtBot").debug("base url https://api/botTOKEN")
    assert capsys.readouterr().err == ""


def test_help_loads_nothing_heavy() -> None:
    heavy = "aiohttp telegram tweepy sqlalchemy feedparser twitter_text jinja2 pydantic lxml apscheduler"
    program = (
        "import sys; from bot.cli import newsbot\n"
        f"print([name for name in {heavy.split()} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
