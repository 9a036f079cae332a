"""`newsbot web`: where the desk is, and the way there."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from bot.config import load_config
from bot.errors import NewsbotError
from bot.models.alerts import Presence
from bot.operate.setup.web_address import web_json, web_lines

if TYPE_CHECKING:
    from pathlib import Path

RUNS, STOPPED = Presence(running=True), Presence(running=False)


def shown(folder: Path, text: str, presence: Presence = RUNS) -> str:
    path = folder / "newsbot.toml"
    path.write_text(text, encoding="utf-8")
    return "\n".join(web_lines(web_json(load_config(path, environ={}), presence)))


def test_the_address_comes_with_the_line_for_ssh(tmp_path: Path) -> None:
    assert shown(tmp_path, '[web]\nlisten = "127.0.0.1:8081"\n') == (
        "the desk is at http://127.0.0.1:8081/\n"
        f"from another machine: ssh -L 8081:127.0.0.1:8081 {socket.gethostname()}, "
        "then open http://127.0.0.1:8081/ there"
    )


@pytest.mark.parametrize(
    ("listen", "lines"),
    [
        ("[::1]:80", ["the desk is at http://[::1]:80/", "ssh -L 80:[::1]:80 "]),
        ("0.0.0.0:80", ["the desk is at http://127.0.0.1:80/"]),
        ("[::]:80", ["the desk is at http://[::1]:80/"]),
        ("192.168.1.2:80", ["the desk is at http://192.168.1.2:80/"]),
    ],
)
def test_a_desk_that_others_reach_names_its_token(
    tmp_path: Path, listen: str, lines: list[str]
) -> None:
    text = (
        f'[web]\nlisten = "{listen}"\ntoken = {{ env = "T" }}\npublic_url = "https://a.example/b"\n'
    )
    found = shown(tmp_path, text, STOPPED)
    for line in (*lines, "sign in with what the environment variable T holds"):
        assert line in found
    assert "on the internet at https://a.example/b/" in found
    assert ("ssh" in found) == listen.startswith("[::1]")
    assert "newsbot does not run" in found


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("", "write [web] with listen = "),
        ('[web]\npublic_url = "https://a.example"\n', "add token = { env = "),
    ],
)
def test_where_there_is_no_desk_the_way_to_one_is_told(
    tmp_path: Path, text: str, remedy: str
) -> None:
    with pytest.raises(NewsbotError, match=r"there is no desk") as told:
        shown(tmp_path, text)
    assert remedy in str(told.value)
