"""A script that answers `newsbot init` wrongly is told which option it is, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.cli import main
from bot.cli.init import _Person, init
from bot.cli.options import Settings
from bot.errors import NewsbotError, PublishError, UsageError
from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.operate.feeds.discovery import Found
from bot.operate.setup.interview import Interview

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.operate.setup.chats import ChatRow

TOKEN = f"7000000001:{'A' * 35}"
GOOD = {"feed": "https://a.vn/rss", "token": TOKEN, "chat": "@kenhtin"}


class Offline:
    """A world that cannot be reached: what can be right is taken as it is."""

    def feeds(self, text: str) -> Found:
        return Found(reason=Reason(code=ReasonCode.DNS, text=f"cannot find host {text}"))

    def bot(self, token: str) -> str:
        raise PublishError("dns", f"Telegram is not there for a token of {len(token)} letters")

    def chats(self, token: str) -> Sequence[ChatRow]:
        raise PublishError("dns", f"Telegram is not there for a token of {len(token)} letters")

    def lack(self, token: str, chat: str | int) -> str | None:
        raise PublishError("dns", f"Telegram is not there for {chat}, asked with {len(token)}")


def answers(**given: str) -> None:
    person = _Person(settings=Settings(), given=GOOD | given, is_there=False)
    Interview(
        ask=person, around=Offline(), language="en", timezone="UTC", api_url="https://a.vn"
    ).answers()


@pytest.mark.parametrize(
    ("key", "answer", "said"),
    [
        ("language", "de", '--language: that must be "vi" or "en", not "de"'),
        ("timezone", "Mars", "--timezone: that must be a time zone"),
        ("every", "1x", "--every: that must be a duration"),
        ("token", "\ufffd\ufffd", "--token-file: that is no whole token"),
        ("chat", "kenh tin", "--chat: that must be a public name"),
        ("chat", "9" * 22, f"not {'9' * 22}$"),
    ],
)
def test_an_answer_that_cannot_be_is_a_fault_of_its_option(
    key: str, answer: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers()
    with pytest.raises(UsageError, match=said):
        answers(**{key: answer})
    assert TOKEN not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "newsbot: không có ai để hỏi, nên hãy thêm --feed: Địa chỉ"),
        (("--api-url", "x"), "newsbot: --api-url: "),
        (("--timezone", "Mars"), "newsbot: --timezone: chưa đúng: "),
    ],
)
def test_a_script_that_speaks_vietnamese_is_answered_in_it(
    options: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["init", str(tmp_path / "my"), "--yes", "--language", "vi", *options])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(said)
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_leads_nowhere_is_no_fault_of_the_command_line() -> None:
    with pytest.raises(NewsbotError, match="cannot find host ftp://x; nothing was written") as told:
        answers(feed="ftp://x")
    assert not isinstance(told.value, UsageError)


@pytest.mark.parametrize("url", ["nonsense", "ftp://a.vn", "http://"])
def test_a_server_that_cannot_be_is_told_before_anything_is_asked(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["init", str(tmp_path), "--yes", "--api-url", url])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("newsbot: --api-url: ")


@pytest.mark.parametrize(
    ("content", "read"), [(b"\xef\xbb\xbf7:x\r\n", "7:x\n"), (b"\xe9\xff", "\ufffd\ufffd")]
)
def test_a_token_file_may_hold_anything(content: bytes, read: str, tmp_path: Path) -> None:
    """Windows puts three bytes before a text; what is no text at all is no token."""
    file = tmp_path / "token"
    file.write_bytes(content)
    (option,) = (one for one in init.params if one.name == "token_file")
    with option.type.convert(str(file), option, None) as opened:
        assert opened.read() == read
