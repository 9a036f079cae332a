"""Machines see by a mark whether their configurations mean the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import load_config
from bot.config.fingerprint import fingerprint

ROOT = Path(__file__).parents[3]
TEXT = r"""
[accounts.tg]
platform = "telegram"
token = { env = "TELEGRAM_TOKEN" }
[[channels]]
id = "tin"
account = "tg"
chat = "@tincongnghe"
languages = ["vi", "en", "fr"]
quiet_hours = "23:00-06:00"
template = "ngan.html.j2"
[[feeds]]
id = "loc"
url = "https://example.org/loc"
include = ["Rust", "/\\bCVE-\\d+/"]
exclude = ["quảng cáo"]
[[feeds]]
id = "tep"
url = "tin.xml"
""" + "".join(
    f'[[channels]]\nid = "{name}"\naccount = "tg"\nchat = "@kenh_{name}"\nalso_at = true\n'
    for name in ("mot", "hai", "ba", "bon", "nam")
)
TEMPLATE = "{{ title }}"


def mark(folder: Path, text: str = TEXT, template: str = TEMPLATE) -> str:
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    (folder / "templates" / "ngan.html.j2").write_text(template, encoding="utf-8")
    (folder / "tin.xml").write_text("<rss/>", encoding="utf-8")
    path = folder / "newsbot.toml"
    path.write_text(text, encoding="utf-8")
    return fingerprint(load_config(path, environ={}))


def test_it_is_the_same_in_another_folder_and_another_process(tmp_path: Path) -> None:
    here = mark(tmp_path / "one")
    program = (
        "import sys, pathlib; from bot.config import load_config\n"
        "from bot.config.fingerprint import fingerprint\n"
        "print(fingerprint(load_config(pathlib.Path(sys.argv[1]), environ={})))"
    )
    mark(tmp_path / "two")
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "two" / "newsbot.toml")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"},
    )
    assert done.stdout.strip() == here


@pytest.mark.parametrize(
    ("was", "now", "is_other"),
    [
        ('id = "loc"', 'id = "khac"', True),
        ('"Rust"', '"Zig"', True),
        ("", '\n[nodes]\nroles = ["poll"]\n', False),
        ("", '\n[metrics]\nlisten = "127.0.0.1:9465"\n', False),
        ("", '\n[log]\nlevel = "debug"\n', False),
        ("", "\n# chú thích\n", False),
    ],
)
def test_it_changes_with_what_all_machines_do_and_not_with_what_one_does(
    tmp_path: Path, was: str, now: str, is_other: bool
) -> None:
    changed = TEXT.replace(was, now) if was else TEXT + now
    assert (mark(tmp_path / "one") != mark(tmp_path / "two", changed)) is is_other


def test_it_changes_with_the_text_of_a_template(tmp_path: Path) -> None:
    assert mark(tmp_path / "one") != mark(tmp_path / "two", template="<b>{{ title }}</b>")
