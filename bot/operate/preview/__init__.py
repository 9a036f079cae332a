"""`newsbot preview`: the posts as they would look, with the decision about each; sends nothing.

previews.py  feed -> previews       records.py  --json       terminal.py  in the terminal
page.py      --html, with page.html.j2, page.css, page.js    markup.py    what a post's text shows
live.py      --serve: what is shown, and when it changes     server.py    the same over HTTP
"""

from bot.operate.preview.previews import (
    Preview,
    Read,
    Stage,
    read_feed,
    render_previews,
    wanted_pages,
)
from bot.operate.preview.records import preview_json
from bot.operate.preview.terminal import preview_text, print_preview

__all__ = [
    "Preview",
    "Read",
    "Stage",
    "preview_json",
    "preview_text",
    "print_preview",
    "read_feed",
    "render_previews",
    "wanted_pages",
]
