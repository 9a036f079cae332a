"""All news of a round in one message that Telegram takes (pure)."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from bot.format.calls import unspoken
from bot.format.limits import TELEGRAM_MESSAGE, plain_text, utf16_length
from bot.operate.alerts.wording import HEADINGS, OVER, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from bot.models.alerts import Note, TroubleKind
    from bot.wording import Wording

# Entries of a list, tried one after the other until the message fits.
_MOST = (20, 12, 8, 5, 3, 2, 1)
_LONGEST_ENTRY = 320
_COMMAND = re.compile(r"`([^`\n]+)`")


def new_alerts(notes: Iterable[Note], words: Wording, timezone: ZoneInfo) -> str | None:
    """Return one message (Telegram's HTML, at most 4096 characters) with the news of `notes`.

    None where there is no news. Long lists are cut: `newsbot status` shows all.
    """
    news = [note for note in notes if note.is_news]
    if not news:
        return None
    for most in _MOST:
        markup = _markup("\n\n".join(_sections(news, words, timezone, most)))
        if utf16_length(plain_text(markup)) <= TELEGRAM_MESSAGE:
            break
    return markup


def _sections(news: list[Note], words: Wording, timezone: ZoneInfo, most: int) -> Iterator[str]:
    for kind, heading in HEADINGS.items():
        wrong = [note for note in news if note.kind == kind and note.well_at is None]
        if wrong:
            yield _section(heading, wrong, words, timezone, most) + f"\n→ {_remedy(wrong, words)}"
    for kind, heading in OVER.items():
        over = [note for note in news if note.kind == kind and note.well_at is not None]
        if over:
            yield _section(heading, over, words, timezone, most)


def _section(heading: str, notes: list[Note], words: Wording, timezone: ZoneInfo, most: int) -> str:
    lines = [words.phrase(heading, count=len(notes))]
    lines += [f"• {_entry(note, timezone)}" for note in notes[:most]]
    if len(notes) > most:
        lines.append("  " + words.phrase("and {count} more", count=len(notes) - most))
    return "\n".join(lines)


def _entry(note: Note, timezone: ZoneInfo) -> str:
    # A trouble that was over before it could be told is still told, with both times.
    times = [note.noticed_at, note.well_at] if note.well_at else [note.noticed_at]
    shown = " – ".join(f"{time.astimezone(timezone):%H:%M}" for time in times)
    text = " ".join(note.text.split())
    if len(text) > _LONGEST_ENTRY:
        text = text[: _LONGEST_ENTRY - 1] + "…"
    # Why a feed fails may quote the title of its server's page, which speaks to nobody here either.
    told = unspoken(text) if note.kind == "feed_failing" else text
    return f"{told} ({shown})"


def _remedy(notes: list[Note], words: Wording) -> str:
    kind: TroubleKind = notes[0].kind
    return remedy(kind, notes[0].subject, words)


def _markup(text: str) -> str:
    return _COMMAND.sub(r"<code>\1</code>", html.escape(text, quote=False))
