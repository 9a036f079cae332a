"""A file that lost a great part at once is told from one that was edited."""

from pathlib import Path

import pytest

from bot.config import Config, load_config
from bot.runner.reload.cut import cut_of

CHANNELS = (
    '[[channels]]\nid = "a"\nplatform = "console"\n[accounts.tg]\nplatform = "telegram"\n'
    'token = { env = "T" }\n[[channels]]\nid = "b"\naccount = "tg"\nchat = "@tincongnghe"\n'
)
B = CHANNELS[CHANNELS.rindex("[[channels]]") :]


def feeds(names: str) -> str:
    return "".join(
        f'[[feeds]]\nid = "{name}"\nurl = "https://{name}.example.org/rss"\n' for name in names
    )


def config(home: Path, text: str) -> Config:
    path = home / "newsbot.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ={})


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ("uvwx", "", "4 of 4 feeds (u, v, w, x)"),
        ("u", "", "1 of 1 feed (u)"),
        ("uvwx", "x", "3 of 4 feeds (u, v, w)"),
        ("stuvwxyz", "za", "7 of 8 feeds (s, t, u, v, w and 2 more)"),
        ("uvwx", "wx", None),
        ("u", "y", None),
        ("uv", "yz", None),
        ("", "u", None),
        ("uvwx", "uvwxyz", None),
    ],
)
def test_feeds(tmp_path: Path, before: str, after: str, lost: str | None) -> None:
    old = config(tmp_path, CHANNELS + feeds(before))
    cut = cut_of(old, config(tmp_path, CHANNELS + feeds(after)))
    assert (str(cut) if cut else None) == lost


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        (B, "", "channel b"),
        (B, B.replace('"b"', '"renamed"'), None),
        ('id = "b"', 'id = "b"\nenabled = false', None),
        ('id = "b"', 'id = "c"', None),
        ("@tincongnghe", "@tinmoi", None),
    ],
)
def test_channels(tmp_path: Path, old: str, new: str, lost: str | None) -> None:
    before = config(tmp_path, CHANNELS)
    cut = cut_of(before, config(tmp_path, CHANNELS.replace(old, new)))
    assert (str(cut) if cut else None) == lost


def test_a_channel_that_was_disabled_may_go(tmp_path: Path) -> None:
    before = config(tmp_path, CHANNELS.replace('id = "b"', 'id = "b"\nenabled = false'))
    assert cut_of(before, config(tmp_path, CHANNELS.replace(B, ""))) is None


def test_feeds_under_other_ids_are_not_lost(tmp_path: Path) -> None:
    before = config(tmp_path, CHANNELS + feeds("uvwx"))
    text = CHANNELS + feeds("uvw")
    for name in "uvw":
        text = text.replace(f'id = "{name}"', f'id = "{name}2"')
    assert cut_of(before, config(tmp_path, text)) is None
    disabled = feeds("uvwx").replace("[[feeds]]", "[[feeds]]\nenabled = false")
    assert cut_of(before, config(tmp_path, CHANNELS + disabled)) is None
