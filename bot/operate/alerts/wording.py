"""The headings and remedies of alerts, as `bot/wording.py` says them in the file's language."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.models.alerts import TroubleKind
    from bot.wording import Wording

HEADINGS: Mapping[TroubleKind, str] = {
    "lost": marked("The database is lost: newsbot has stopped, and posts nothing more"),
    "store": marked("The database does not work: nothing is polled or posted"),
    "disk": marked("The disk of the database is full, or nearly"),
    "clock": marked("The database remembers times that are still to come"),
    "late": marked("newsbot runs, but its polls are late"),
    "alerts": marked("Alerts do not reach their chat"),
    "metrics": marked("The figures are not served"),
    "web": marked("The desk in the browser is not served, and hubs cannot push"),
    "desk": marked("The desk cannot be reached: nothing is approved there"),
    "configuration": marked("A changed configuration is refused: the one before goes on"),
    "idle": marked("Nothing is read, so nothing can be posted"),
    "nodes": marked("Machines whose configuration is not that of the others ({count})"),
    "roles": marked("Work that no machine does ({count})"),
    "stalled": marked("Channels in which nothing gets out ({count})"),
    "outage": marked("Most feeds cannot be read"),
    "feed_failing": marked("Feeds that fail again and again ({count})"),
    "feed_silent": marked("Feeds that are unusually silent ({count})"),
    "storm": marked("Feeds that brought too much at once: nothing was posted ({count})"),
    "orphaned": marked("Held back of feeds that are not polled any more ({count})"),
    "paused": marked("Paused by newsbot ({count})"),
    "moved": marked("Chats with a new id ({count})"),
    "unknown": marked("Posts that may or may not have arrived"),
    "failed": marked("Posts that failed"),
    "budget": marked("Budget"),
}
"""They take `count`, in brackets at their end."""

REMEDIES: Mapping[TroubleKind, str] = {
    "lost": marked(
        "put the database back, or its newest copy with `newsbot state restore`; "
        "then start newsbot again"
    ),
    "store": marked("do as the line says; newsbot then goes on by itself"),
    "disk": marked("free some space (`df -h {full}`); newsbot then goes on by itself"),
    "clock": marked(
        "set the clock of this machine right; if it is right, stop newsbot, then "
        "`newsbot state rewind`"
    ),
    "late": marked("its log shows more; `systemctl restart newsbot`"),
    "alerts": marked(
        "mend alerts.chat, or let the bot write there: `newsbot chats` lists the "
        "chats that it sees; newsbot tries again by itself"
    ),
    "metrics": marked(
        "end the program that has this address, or name another one as "
        "metrics.listen and restart; newsbot tries again each minute"
    ),
    "web": marked(
        "end the program that has this address, or name another one as "
        "web.listen and restart; newsbot tries again each minute"
    ),
    "desk": marked(
        "mend desk.chat, or let the bot write there: `newsbot check --online` shows "
        "what is missing; newsbot tries again by itself"
    ),
    "configuration": marked(
        "`newsbot check` shows its mistakes; if it has none and is meant so, "
        "`newsbot reload --accept` takes it"
    ),
    "idle": marked("put feeds and channels back into the file, or `newsbot feeds add URL`"),
    "nodes": marked(
        "copy the newer newsbot.toml and its templates to {full}: they are taken at once"
    ),
    "roles": marked(
        "start a machine that does it, `newsbot run --role {full}`, or see why the one that did is "
        "silent; `newsbot status` lists them"
    ),
    "stalled": marked(
        "mend the fault that the line names, or wait: newsbot tries again by "
        "itself; `newsbot deliveries --channel {name}` lists the posts"
    ),
    "outage": marked(
        "look at this machine's network, its name server and its proxy first; "
        "`newsbot check --online` asks each feed"
    ),
    "feed_failing": marked(
        "`newsbot preview --feed {name}` shows the fault; "
        "`newsbot pause feed:{name}` ends the polling"
    ),
    "feed_silent": marked(
        "look whether its address changed; `newsbot preview --feed {name}` shows its items"
    ),
    "storm": marked(
        "`newsbot preview --feed {name}` shows its items; then "
        "`newsbot feeds release {name}`, or with `--drop` to give it up"
    ),
    "orphaned": marked(
        "`newsbot feeds release {name}`, or with `--drop` to give it up; "
        "`newsbot deliveries --state held` lists it"
    ),
    "paused": marked("mend the fault that the line names, then `newsbot resume {full}`"),
    "moved": marked("write the new number as `chat` of the channel into the configuration"),
    "unknown": marked(
        "`newsbot deliveries --state unknown --channel {name}`; look at the "
        "channel, then `newsbot retry ID` or `newsbot drop ID`"
    ),
    "failed": marked(
        "`newsbot deliveries --state failed --channel {name}` shows why; "
        "then `newsbot retry ID` or `newsbot drop ID`"
    ),
    "budget": marked(
        "raise accounts.{name}.budget in the configuration, or wait; "
        "`newsbot status` shows the forecast"
    ),
}
"""They take `name`, the subject's id, and `full`, the whole subject; commands can be typed so."""

OVER: Mapping[TroubleKind, str] = {
    "outage": marked("Most feeds are read again"),
    "feed_failing": marked("Feeds that are well again ({count})"),
    "feed_silent": marked("Feeds with news again ({count})"),
    "paused": marked("Goes on again ({count})"),
    "stalled": marked("Channels that go on, or have nothing to send any more ({count})"),
    "late": marked("Polls are in time again"),
    "nodes": marked("Machines with the configuration of the others again ({count})"),
    "roles": marked("Work that a machine does again ({count})"),
}
"""Headings of troubles that are over."""


def posts(count: int, words: Wording) -> str:
    """Return the number of posts in words."""
    return words.phrase_count("{count} post", "{count} posts", count)


def span(span: timedelta, words: Wording) -> str:
    """Return a span of ten minutes or more in its largest unit of which there are two."""
    minutes = span // timedelta(minutes=1)
    if minutes >= 2 * 1440:
        return words.phrase("{count} days", count=minutes // 1440)
    if minutes >= 2 * 60:
        return words.phrase("{count} hours", count=minutes // 60)
    return words.phrase("{count} minutes", count=minutes)


def heading(kind: TroubleKind, words: Wording) -> str:
    """Return the heading of a single trouble."""
    return words.phrase(HEADINGS[kind], count=1).removesuffix(" (1)")


def remedy(kind: TroubleKind, subject: str, words: Wording) -> str:
    """Return the remedy of a trouble, with commands to type."""
    return words.phrase(REMEDIES[kind], name=subject.rpartition(":")[0] or subject, full=subject)
