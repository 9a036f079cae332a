"""One sheet per item: what its feed says, and the posts under shuffled letters."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.posts.kept_items import item_of, read_article
from bot.format.blocks import read_blocks, read_title
from bot.format.limits import plain_text
from bot.format.render import render_post
from bot.format.templates import compile_template
from bot.models.basics import ChannelId, Platform
from bot.models.settings import Channel, TemplateText

if TYPE_CHECKING:
    from collections.abc import Mapping

OURS = "ours"
_TEMPLATES = Path(__file__).parents[2] / "config" / "templates"
_TEMPLATE = {Platform.TELEGRAM: "telegram.html.j2", Platform.X: "x.txt.j2"}
_MOST_SAID = 3000  # characters of a feed's text on a sheet


def our_post(path: Path, platform: Platform) -> str:
    """Return our post about a kept item as a reader sees it."""
    name = _TEMPLATE[platform]
    text = TemplateText(name=name, source=(_TEMPLATES / name).read_text(encoding="utf-8"))
    channel = Channel(id=ChannelId("c"), platform=platform, template=text)
    post = render_post(read_article(path), channel, compile_template(text, platform))
    return plain_text(post.text) if platform is Platform.TELEGRAM else post.text


def write_sheets(
    items: Path,
    sheets: Path,
    authors: Mapping[str, Path],
    *,
    seed: int = 0,
    platform: Platform = Platform.TELEGRAM,
) -> dict[str, dict[str, str]]:
    """Write the sheets and return the key: for each item, whose each letter is."""
    sheets.mkdir(parents=True, exist_ok=True)
    key = {}
    for path in sorted(items.glob("*.json")):
        posts = {OURS: our_post(path, platform), **_posts_about(path.stem, authors)}
        names = sorted(posts)
        random.Random(f"{seed} {path.stem}").shuffle(names)
        letters = dict(zip(string.ascii_uppercase, names, strict=False))
        shown = {letter: posts[name] for letter, name in letters.items()}
        sheet = sheets / f"{path.stem}.md"
        sheet.write_text(_sheet(path, shown), encoding="utf-8")
        key[path.stem] = letters
    return key


def _posts_about(name: str, authors: Mapping[str, Path]) -> dict[str, str]:
    paths = {author: folder / f"{name}.txt" for author, folder in authors.items()}
    return {
        author: path.read_text(encoding="utf-8").strip()
        for author, path in paths.items()
        if path.exists()
    }


def _sheet(path: Path, posts: Mapping[str, str]) -> str:
    kept = json.loads(path.read_text(encoding="utf-8"))
    item = item_of(kept)
    said = [f"# {path.stem}", f"Title: {read_title(item.title)}", f"Link: {item.link}"]
    for kind, markup in (("Summary", item.summary), ("Content", item.content)):
        text = "\n\n".join(block.text for block in read_blocks(markup))
        if text:
            said += [f"## {kind}", text[:_MOST_SAID]]
    for letter, post in posts.items():
        said += [f"## {letter}", post]
    return "\n\n".join(said) + "\n"
