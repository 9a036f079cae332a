"""Previews for people in a terminal: framed there, plain and uncut in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.panel import Panel
from rich.rule import Rule
from rich.style import Style
from rich.text import Text

from bot.models.basics import Platform
from bot.operate.preview.markup import nodes_of, pictures_of, text_around, text_of, web_link
from bot.visible import visible
from bot.wording import ENGLISH, marked

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from bot.models.posts import Button, Post
    from bot.operate.preview.markup import Node
    from bot.operate.preview.previews import Preview
    from bot.wording import Wording

_BAR = 24  # cells
_WIDEST = 100  # cells; longer lines are hard to read
_CORNERS = 6  # cells that a frame needs beside its title
_NEARLY_FULL = 0.9
_COLOURS = {"post": "green", "skip": "yellow", "error": "red"}
_DECISIONS = {"post": marked("post"), "skip": marked("skip"), "error": marked("error")}
_CLIPS = {"video": marked("video"), "audio": marked("audio")}
_PICTURE, _LINK = marked("image"), marked("link")
_STYLES = {
    "bold": Style(bold=True),
    "italic": Style(italic=True),
    "underline": Style(underline=True),
    "strike": Style(strike=True),
    "code": Style(color="cyan"),
    "pre": Style(color="cyan"),
    "quote": Style(italic=True, dim=True),
    "folded": Style(italic=True, dim=True),
    "spoiler": Style(reverse=True),
    "tag": Style(color="blue"),
    "heading": Style(bold=True),
    "summary": Style(color="blue"),
}


def preview_text(preview: Preview, words: Wording = ENGLISH) -> str:
    """Return the preview as plain lines for a pipe: nothing is cut or folded."""
    lines = [f"╭─ {_heading(preview)} ── {_verdict(preview, words)}"]
    if preview.post is not None:
        lines += [f"│ {line}".rstrip() for line in _plain_body(preview.post).splitlines()]
        lines.append("├─")
        around = (_size(preview.post, words), *_extras(preview.post, words))
        lines += [f"│ {line}" for line in around]
    lines += [f"│ {line}" for line in _notes(preview, words)]
    return "\n".join([*lines, "╰─"])


def print_preview(preview: Preview, console: Console, words: Wording = ENGLISH) -> None:
    """Print the preview in a frame as wide as the terminal, at most 100 cells."""
    colour = _COLOURS[preview.decision]
    width = min(console.width, _WIDEST)
    heading = Text(_heading(preview), style="bold", overflow="fold")
    is_long = heading.cell_len > width - _CORNERS
    framed = _framed(preview, words)
    frame = Panel(
        Group(heading, Rule(style="dim"), framed) if is_long else framed,
        title=None if is_long else heading,
        title_align="left",
        subtitle=Text(words.phrase(_DECISIONS[preview.decision]), style=f"bold {colour}"),
        subtitle_align="right",
        border_style=colour,
        width=width,
    )
    console.print(frame)


def _framed(preview: Preview, words: Wording) -> RenderableType:
    reason = Text(_verdict(preview, words), style=_COLOURS[preview.decision])
    post = preview.post
    if post is None:
        return reason
    parts: list[RenderableType] = [_styled(post), Rule(style="dim"), _bar(post, words)]
    notes = [*_around(post, words), *_notes(preview, words)]
    parts += [Text(line, style="dim", overflow="fold") for line in notes]
    parts += [_button_row(row) for row in post.buttons if post.platform is not Platform.CONSOLE]
    return Group(*parts, *([reason] if preview.reason else []))


def _heading(preview: Preview) -> str:
    return visible(f"{preview.feed.id} → {preview.channel.id} ({preview.channel.platform.value})")


def _verdict(preview: Preview, words: Wording) -> str:
    reason, decision = preview.reason, words.phrase(_DECISIONS[preview.decision])
    return decision + (f": {visible(words.stored(reason.text))}" if reason else "")


def _plain_body(post: Post) -> str:
    return visible(text_around(nodes_of(post)) if post.platform is Platform.TELEGRAM else post.text)


def _styled(post: Post) -> Text:
    text = Text(overflow="fold")
    if post.platform is Platform.X:
        # X shows addresses shortened; whoever checks a post wants to see all of it.
        text.append(visible(post.text))
    else:
        _append(text, nodes_of(post), Style())
    return text


def _append(text: Text, nodes: list[Node], style: Style) -> None:
    for node in nodes:
        text.append(visible(node.text), style)
        own = _STYLES.get(node.kind, Style())
        if node.kind == "link":
            own = Style(color="blue", underline=True, link=node.href and visible(node.href))
        _append(text, node.children, style + own)


def _size(post: Post, words: Wording) -> str:
    length = f"{post.length}/{post.limit}" if post.limit else str(post.length)
    return words.phrase("length {length}", length=length)


def _bar(post: Post, words: Wording) -> Text:
    size = _size(post, words)
    if not post.limit:
        return Text(size, style="dim")
    share = min(post.length / post.limit, 1.0)
    filled = max(round(share * _BAR), 1)
    colour = "green" if share < _NEARLY_FULL else "yellow"
    bar = Text().append("━" * filled, colour)
    return bar.append("╌" * (_BAR - filled), "bright_black").append(f" {size}", "dim")


def _button_row(row: tuple[Button, ...]) -> Text:
    """Show buttons as words: their long addresses stand behind them, and in full in a pipe."""
    line = Text()
    for button in row:
        style = Style(reverse=True, link=web_link(button.url))
        line.append(f" {visible(button.text)} ", style).append(" ")
    return line


def _extras(post: Post, words: Wording) -> list[str]:
    """Return all that stands around the text, with every address in full."""
    buttons = [button for row in post.buttons for button in row]
    if post.platform is Platform.CONSOLE:
        return []
    lines = [f"[{button.text}] {button.url or button.copy_text}" for button in buttons]
    return [*_around(post, words), *map(visible, lines)]


def _around(post: Post, words: Wording) -> list[str]:
    """Return the picture, and the link where the text only hides it."""
    if post.platform is Platform.CONSOLE:
        return []
    shown = text_of(nodes_of(post)) if post.platform is Platform.TELEGRAM else post.text
    clips = [(_CLIPS[post.clip.kind], post.clip.url)] if post.clip else []
    pictures = [(_PICTURE, url) for url in pictures_of(post)]
    links = [(_LINK, post.link)] if post.link and post.link not in shown else []
    lines = (f"{words.phrase(kind)} {url}" for kind, url in (*clips, *pictures, *links))
    return [visible(line) for line in lines]


def _notes(preview: Preview, words: Wording) -> list[str]:
    """Return the facts behind the post, and what the feed's `remove` and `cut_after` took out."""
    behind = (words.stored(line) for line in preview.behind.lines)
    left_out = (words.phrase("left out “{piece}”", piece=piece) for piece in preview.left_out)
    return [visible(line) for line in (*behind, *left_out)]
