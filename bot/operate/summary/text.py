"""The summary of a week as one message that Telegram takes (pure)."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from bot.format.calls import unspoken
from bot.format.limits import TELEGRAM_MESSAGE, cut_text, plain_text, utf16_length
from bot.operate.json_forms import dollars

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from bot.models.basics import ChannelId
    from bot.models.week import RatedPost, Week
    from bot.operate.summary.words import SummaryWords

# Entries of a list, tried one after the other until the message fits.
_MOST = (30, 20, 12, 8, 5, 3, 1)
_LONGEST = 120
_COMMAND = re.compile(r"`([^`\n]+)`")


def summary_text(week: Week, words: SummaryWords, timezone: ZoneInfo) -> str:
    """Return the message (Telegram's HTML, at most 4096 characters)."""
    for most in _MOST:
        text = "\n\n".join(_sections(week, words, timezone, most))
        if utf16_length(plain_text(text)) <= TELEGRAM_MESSAGE:
            break
    return text


def _sections(week: Week, words: SummaryWords, timezone: ZoneInfo, most: int) -> Iterator[str]:
    title = words.week.format(first=words.day(week.first), last=words.day(week.last))
    yield f"<b>{_escaped(title)}</b>"
    yield _list(_of_posts(week, words), _by_channel(week, words), words, most)
    if week.merged:
        yield _escaped(words.merged.format(count=words.number(week.merged)))
    for heading, entries in _lists(week, words, timezone):
        if entries:
            yield _list(heading, entries, words, most)


def _of_posts(week: Week, words: SummaryWords) -> str:
    total = sum(sum(days) for days in week.posts.values())
    half = words.half.format(delay=words.span(week.delay)) if week.delay is not None else ""
    return words.posts.format(count=words.number(total)) + half


def _by_channel(week: Week, words: SummaryWords) -> list[str]:
    names = dict.fromkeys([*week.posts, *week.filtered])
    return [_escaped(_channel(name, week, words)) for name in names]


def _channel(name: ChannelId, week: Week, words: SummaryWords) -> str:
    posts = words.number(sum(week.posts.get(name, ())))
    filtered = week.filtered.get(name, 0)
    kept_out = words.filtered.format(count=words.number(filtered))
    return f"{name}: {posts}" + (f" ({kept_out})" if filtered else "")


def _lists(week: Week, words: SummaryWords, timezone: ZoneInfo) -> Iterator[tuple[str, list[str]]]:
    slow = (
        words.slow_by.format(name=name, delay=words.span(late)) for name, late in week.slow.items()
    )
    yield words.slow, [_escaped(line) for line in slow]
    silent = (
        words.silent_since.format(name=name, since=words.day(since.astimezone(timezone).date()))
        for name, since in week.silent.items()
    )
    yield words.silent, [_escaped(line) for line in silent]
    yield words.failing, [_escaped(f"{name}: {why}") for name, why in week.failing.items()]
    yield words.failed, _counts(week.failed, words)
    yield words.unknown, _counts(week.unknown, words)
    money = (f"{name}: {dollars(micro)} USD" for name, micro in week.spent.items())
    yield words.spent, [_escaped(line) for line in money]
    yield words.best, [_rated(post, words) for post in week.best]


def _counts(counts: Mapping[ChannelId, int], words: SummaryWords) -> list[str]:
    return [_escaped(f"{name}: {words.number(count)}") for name, count in counts.items()]


def _rated(post: RatedPost, words: SummaryWords) -> str:
    title = _escaped(post.title)
    if post.url is not None:
        title = f'<a href="{html.escape(post.url)}">{title}</a>'
    return f"{words.number(post.reactions)} · {title} ({_escaped(post.channel)})"


def _list(heading: str, entries: Iterable[str], words: SummaryWords, most: int) -> str:
    every = list(entries)
    lines = [_heading(heading), *(f"• {entry}" for entry in every[:most])]
    if len(every) > most:
        lines.append(_escaped(words.more.format(count=words.number(len(every) - most))))
    return "\n".join(lines)


def _heading(text: str) -> str:
    return _COMMAND.sub(r"<code>\1</code>", html.escape(text, quote=False))


def _escaped(text: str) -> str:
    """Return what may come from a feed or a server as a line of text that is nothing else."""
    line = cut_text(" ".join(text.split()), _LONGEST, utf16_length)
    return html.escape(unspoken(line), quote=False)
