"""The summary of a week as one message that Telegram takes (pure)."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from bot.format.calls import unspoken
from bot.format.limits import TELEGRAM_MESSAGE, cut_text, plain_text, utf16_length
from bot.operate.json_forms import dollars
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from bot.models.basics import ChannelId
    from bot.models.week import RatedPost, Week
    from bot.wording import Wording

# Entries of a list, tried one after the other until the message fits.
_MOST = (30, 20, 12, 8, 5, 3, 1)
_LONGEST = 120
_COMMAND = re.compile(r"`([^`\n]+)`")
_SLOW = marked("{name}: half of its news is shown {delay} late")
_SILENT = marked("{name}: nothing new since {since}")
_FAILED = marked("Posts that failed (`newsbot deliveries --state failed`)")
_UNKNOWN = marked("Posts that may or may not have arrived (`newsbot deliveries --state unknown`)")


def summary_text(week: Week, words: Wording, timezone: ZoneInfo) -> str:
    """Return the message (Telegram's HTML, at most 4096 characters)."""
    for most in _MOST:
        text = "\n\n".join(_sections(week, words, timezone, most))
        if utf16_length(plain_text(text)) <= TELEGRAM_MESSAGE:
            break
    return text


def _sections(week: Week, words: Wording, timezone: ZoneInfo, most: int) -> Iterator[str]:
    first, last = words.day(week.first), words.day(week.last)
    title = words.phrase("Week {first} – {last}", first=first, last=last)
    yield f"<b>{_escaped(title)}</b>"
    yield _list(_of_posts(week, words), _by_channel(week, words), words, most)
    if week.merged:
        merged = words.number(week.merged)
        yield _escaped(words.phrase("Merged with other outlets' posts: {count}", count=merged))
    for heading, entries in _lists(week, words, timezone):
        if entries:
            yield _list(heading, entries, words, most)


def _of_posts(week: Week, words: Wording) -> str:
    total = sum(sum(days) for days in week.posts.values())
    posts = words.phrase("Posts: {count}", count=words.number(total))
    if week.delay is None:
        return posts
    delay = words.span(week.delay)
    return posts + words.phrase(", half of them within {delay} of publication", delay=delay)


def _by_channel(week: Week, words: Wording) -> list[str]:
    names = dict.fromkeys([*week.posts, *week.filtered])
    return [_escaped(_channel(name, week, words)) for name in names]


def _channel(name: ChannelId, week: Week, words: Wording) -> str:
    posts = words.number(sum(week.posts.get(name, ())))
    filtered = week.filtered.get(name, 0)
    kept_out = words.phrase("kept out by filters: {count}", count=words.number(filtered))
    return f"{name}: {posts}" + (f" ({kept_out})" if filtered else "")


def _lists(week: Week, words: Wording, timezone: ZoneInfo) -> Iterator[tuple[str, list[str]]]:
    slow = (
        words.phrase(_SLOW, name=name, delay=words.span(late)) for name, late in week.slow.items()
    )
    yield words.phrase("Slow feeds"), [_escaped(line) for line in slow]
    silent = (
        words.phrase(_SILENT, name=name, since=words.day(since.astimezone(timezone).date()))
        for name, since in week.silent.items()
    )
    yield words.phrase("Silent feeds"), [_escaped(line) for line in silent]
    failing = (f"{name}: {words.stored(why)}" for name, why in week.failing.items())
    yield words.phrase("Failing feeds"), [_escaped(line) for line in failing]
    yield words.phrase(_FAILED), _counts(week.failed, words)
    yield words.phrase(_UNKNOWN), _counts(week.unknown, words)
    money = (f"{name}: {dollars(micro)} USD" for name, micro in week.spent.items())
    yield words.phrase("Money"), [_escaped(line) for line in money]
    yield words.phrase("Best-rated posts"), [_rated(post, words) for post in week.best]


def _counts(counts: Mapping[ChannelId, int], words: Wording) -> list[str]:
    return [_escaped(f"{name}: {words.number(count)}") for name, count in counts.items()]


def _rated(post: RatedPost, words: Wording) -> str:
    title = _escaped(post.title)
    if post.url is not None:
        title = f'<a href="{html.escape(post.url)}">{title}</a>'
    return f"{words.number(post.reactions)} · {title} ({_escaped(post.channel)})"


def _list(heading: str, entries: Iterable[str], words: Wording, most: int) -> str:
    every = list(entries)
    lines = [_heading(heading), *(f"• {entry}" for entry in every[:most])]
    if len(every) > most:
        rest = words.number(len(every) - most)
        lines.append(_escaped(words.phrase("and {count} more", count=rest)))
    return "\n".join(lines)


def _heading(text: str) -> str:
    return _COMMAND.sub(r"<code>\1</code>", html.escape(text, quote=False))


def _escaped(text: str) -> str:
    """Return what may come from a feed or a server as a line of text that is nothing else."""
    line = cut_text(" ".join(text.split()), _LONGEST, utf16_length)
    return html.escape(unspoken(line), quote=False)
