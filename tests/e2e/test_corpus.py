"""Every real feed that we have, through the whole program in one run."""

import json
import os
import re
import subprocess
import sys
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import pytest

from bot.format.twitter import parse_tweet
from tests.standins.telegram_html import parse_html

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
CHANNELS = """
[collect]
fetch_page = "never"  # the pages of these items are not in the corpus
[accounts.tg]
platform = "telegram"
token = { env = "TELEGRAM_TOKEN" }
[accounts.x]
platform = "x"
api_key = { env = "X_API_KEY" }
api_secret = { env = "X_API_SECRET" }
access_token = { env = "X_ACCESS_TOKEN" }
access_token_secret = { env = "X_ACCESS_TOKEN_SECRET" }
budget = { per_day = 2, per_month = 40 }
[[channels]]
id = "tin"
account = "tg"
chat = "@tincongnghe"
[[channels]]
id = "xtin"
account = "x"
[[channels]]
id = "terminal"
platform = "console"
"""
FIELDS = {"feed", "channel", "platform", "item", "text", "length", "limit", "buttons", "image", "decision", "reason", "price", "no_picture", "no_clip", "from_page", "images", "clip"}  # fmt: skip
NO_FEED = {"danmactough__notafeed.html", "j0k3r__bjori-404.html"}


@pytest.mark.corpus
@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.soak)])
def test_every_feed_of_the_corpus_becomes_posts(tmp_path: Path, step: int) -> None:
    files = _files(step)
    config = tmp_path / "newsbot.toml"
    config.write_text(CHANNELS + "".join(_entry(path) for path in files), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "preview", "-c", config, "--json", "--limit", "0"],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=280,
        check=False,
    )
    assert done.stderr == b""
    assert done.returncode == 1  # some of the odd files are no feeds
    rows = json.loads(done.stdout)
    counts = Counter(row["feed"] for row in rows if row["item"] and row["channel"] == "tin")
    failed = {row["feed"] for row in rows if row["decision"] == "error"}
    stated = {_id(path): _items(path) for path in files}
    for path in files:
        assert counts[_id(path)] == len(stated[_id(path)]), path.name
        assert (_id(path) in failed) == (path.name in NO_FEED), path.name
    for row in rows:
        _check(row, stated[row["feed"]])


def _files(step: int) -> list[Path]:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real feeds is not beside this checkout (../shared/corpus)")
    feeds, odd = (sorted((CORPUS / name).iterdir()) for name in ("feeds", "odd"))
    return [*feeds[::step], *odd]


def _id(path: Path) -> str:
    return f"{path.parent.name}-{path.name}"


def _entry(path: Path) -> str:
    return (
        f'[[feeds]]\nid = "{_id(path)}"\nurl = {json.dumps(str(path))}\n'
        'channels = ["tin", "xtin", "terminal"]\n'
    )


def _items(path: Path) -> list[str]:
    """Return what each item says, found as feedparser does, or as JSON Feed says."""
    if path.name in NO_FEED:
        return []
    if path.suffix == ".json":
        found = json.loads(path.read_text(encoding="utf-8-sig"))["items"]
    else:
        body = path.read_bytes()
        if body.startswith(b"\x1f\x8b"):  # sent without saying that it is gzip
            body = zlib.decompressobj(31).decompress(body)
        found = feedparser.parse(body).entries
    return [" ".join(_strings(item)) for item in found]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def _check(row: dict[str, Any], stated: list[str]) -> None:
    assert set(row) == FIELDS
    if row["decision"] == "error":
        assert row["item"] is None
        assert row["reason"]
        return
    shown = row["text"]
    assert shown.strip()
    if row["platform"] == "telegram":
        shown = _check_telegram(row)
    elif row["platform"] == "x":
        read = parse_tweet(row["text"])
        assert (read.valid, read.weightedLength) == (True, row["length"])
        assert row["length"] <= row["limit"] == 280
    assert unicodedata.is_normalized("NFC", shown)
    # Entities escaped twice, and markup that is shown: of all items only those say it that are
    # about it, and "None" only those whose feed says it.
    assert not re.search(r"&(amp|lt|gt|quot|nbsp|#\d+);", shown), shown
    assert not re.search(r"</(p|a|b|i|em|strong|div|li|ul|blockquote)>", shown), shown
    title = row["item"]["title"]
    if "None" in shown:
        assert any("None" in text for text in stated if title in text), shown
    first, *others = shown.split("\n\n")
    assert row["platform"] == "console" or _words(first) not in map(_words, others)


def _check_telegram(row: dict[str, Any]) -> str:
    """Read the post as Telegram does and return what a reader sees."""
    text, entities = parse_html(row["text"])
    assert row["length"] == len(text.encode("utf-16-le")) // 2 <= row["limit"]
    assert row["limit"] == (1024 if row["image"] else 4096)
    assert len(entities) <= 100
    assert {entity["type"] for entity in entities} <= {"bold", "italic", "text_link"}
    assert len(row["buttons"]) <= 1
    assert all(
        len(button.get("copy_text", "")) <= 256 for line in row["buttons"] for button in line
    )
    return text


def _words(text: str) -> list[str]:
    """Return the words without case and accents, to tell that one text says another again."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return re.findall(r"\w+", re.sub("[\u0300-\u036f]", "", plain)) or [text]
