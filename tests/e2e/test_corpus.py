"""Every real feed that we have, through the whole program in one run."""

import html
import json
import os
import re
import subprocess
import sys
import unicodedata
import zlib
from collections import Counter
from pathlib import Path

import feedparser
import pytest

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
FIELDS = {"feed", "channel", "platform", "item", "text", "length", "limit", "buttons", "image", "decision", "reason"}  # fmt: skip
NO_FEED = {"danmactough__notafeed.html", "j0k3r__bjori-404.html"}


@pytest.mark.whole
def test_every_feed_of_the_corpus_becomes_posts(tmp_path: Path) -> None:
    files = _files()
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
    for path in files:
        expected = _items(path)
        assert counts[_id(path)] == expected, path.name
        assert (_id(path) in failed) == (path.name in NO_FEED), path.name
    for row in rows:
        _check(row)


def _files() -> list[Path]:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real feeds is not beside this checkout (../shared/corpus)")
    return [path for name in ("feeds", "odd") for path in sorted((CORPUS / name).iterdir())]


def _id(path: Path) -> str:
    return f"{path.parent.name}-{path.name}"


def _entry(path: Path) -> str:
    return (
        f'[[feeds]]\nid = "{_id(path)}"\nurl = {json.dumps(str(path))}\n'
        'channels = ["tin", "xtin", "terminal"]\n'
    )


def _items(path: Path) -> int:
    """Count as feedparser does, or as JSON Feed says."""
    if path.name in NO_FEED:
        return 0
    if path.suffix == ".json":
        return len(json.loads(path.read_text(encoding="utf-8-sig"))["items"])
    body = path.read_bytes()
    if body.startswith(b"\x1f\x8b"):  # sent without saying that it is gzip: feedparser gives up
        body = zlib.decompressobj(31).decompress(body)
    return len(feedparser.parse(body).entries)


def _check(row: dict[str, object]) -> None:
    assert set(row) == FIELDS
    if row["decision"] == "error":
        assert row["item"] is None
        assert row["reason"]
        return
    text = str(row["text"])
    assert text.strip()
    assert not re.search(r"(^|>)None($|<)", text, re.MULTILINE)
    assert not re.search(r"&amp;(amp|lt|gt|quot|#\d+);", text)
    if row["platform"] == "telegram":
        shown = html.unescape(re.sub(r"<[^>]+>", "", text))
        assert row["length"] == len(shown.encode("utf-16-le")) // 2
        assert row["length"] <= row["limit"] <= 4096  # type: ignore[operator]
        assert not re.search(r"<(?!/?(b|i|a|u|s)\b)", text)
    elif row["platform"] == "x":
        assert row["limit"] == 280
        assert _weight(text) <= 280 + _slack(text)


def _weight(text: str) -> int:
    """Weigh as X does, without emoji sequences: these only weigh less."""
    text = re.sub(r"https?://\S+", "x" * 23, unicodedata.normalize("NFC", text))
    return sum(1 if _is_light(ord(letter)) else 2 for letter in text)


def _is_light(code: int) -> bool:
    return code <= 0x10FF or 0x2000 <= code <= 0x200D or 0x2010 <= code <= 0x201F or 0x2032 <= code <= 0x2037  # fmt: skip


def _slack(text: str) -> int:
    """Emoji of several signs weigh 2 together; this count adds them up."""
    return 2 * sum(unicodedata.category(letter) in {"So", "Sk", "Mn", "Cf"} for letter in text)
