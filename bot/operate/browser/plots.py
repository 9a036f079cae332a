"""Plots: posts, delays, polls, CPU, memory and money over a day, a week or a month."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.models.hours import HOUR, share_of
from bot.operate.browser.drawing import Plot, Series
from bot.operate.browser.html import render
from bot.operate.browser.pages import Page
from bot.operate.state.status import forecast
from bot.pipeline.prices import local_starts
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from markupsafe import Markup

    from bot.models.hours import Figure, Sum
    from bot.models.settings import Account
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields
    from bot.wording import Wording

_OWN: Final = 5
"""Channels that are drawn by themselves; the others are one."""
_MICRO: Final = 1_000_000
_MEGABYTE: Final = 1_000_000
_HOUR_MS: Final = 3_600_000
_FIGURES: Final[tuple[Figure, ...]] = ("posts", "delay", "polls", "failed_polls", "cpu", "memory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """So many slots of so many hours; the last is the one that runs."""

    name: str
    slots: int
    hours: int
    form: str

    def start(self, now: datetime) -> datetime:
        """Return when the first slot begins; a slot begins at a multiple of its hours."""
        this = now.replace(minute=0, second=0, microsecond=0)
        this -= this.hour % self.hours * HOUR
        return this - (self.slots - 1) * self.hours * HOUR


RANGES: Final = {
    "day": Range(name=marked("24 hours"), slots=24, hours=1, form="%H:%M"),
    "week": Range(name=marked("7 days"), slots=28, hours=6, form="%d/%m %H:%M"),
    "month": Range(name=marked("30 days"), slots=30, hours=24, form="%d/%m"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plots:
    """What is shown."""

    language: str
    chosen: str
    plots: Sequence[Plot]
    ranges: Mapping[str, Range]


async def read(newsroom: Newsroom, query: Fields) -> Plots:
    """Read the sums of a range, and the money of the month."""
    chosen = query["span"] if query.get("span") in RANGES else "day"
    span, now = RANGES[chosen], newsroom.now().astimezone(newsroom.config.timezone)
    start = span.start(now)
    end = start + span.slots * span.hours * HOUR
    sums = await newsroom.reads.hours.sums(_FIGURES, start, end, span.hours)
    labels = [f"{start + slot * span.hours * HOUR:{span.form}}" for slot in range(span.slots)]
    paid = [one for one in newsroom.config.accounts.values() if one.budget is not None]
    return Plots(
        language=newsroom.config.language,
        chosen=chosen,
        plots=[
            *plots_of(sums, labels, span, newsroom.words),
            *[await _money(account, newsroom) for account in paid],
        ],
        ranges=RANGES,
    )


def view(plots: Plots) -> Markup:
    """Return what stands in <main>."""
    return render("plots", plots.language, plots=plots)


def plots_of(sums: Sequence[Sum], labels: Sequence[str], span: Range, words: Wording) -> list[Plot]:
    """Return the plots of everything but money (pure)."""
    found: defaultdict[Figure, list[Sum]] = defaultdict(list)
    for one in sums:
        found[one.figure].append(one)
    polls, failed = (_by_slot(found[name], span) for name in ("polls", "failed_polls"))
    cpu = [one / (span.hours * _HOUR_MS) * 100 for one in _by_slot(found["cpu"], span)]
    memory = [one / _MEGABYTE for one in _by_slot(found["memory"], span)]
    good = [every - bad for every, bad in zip(polls, failed, strict=True)]
    drawn: list[tuple[str, str, Sequence[Series]]] = [
        ("bars", words.phrase("Posts by channel"), _posts(found["posts"], span, words)),
        ("lines", words.phrase("From publication to post, minutes"), _delays(found["delay"], span)),
        (
            "bars",
            words.phrase("Polls"),
            (
                Series(name=words.phrase("succeeded"), values=good),
                Series(name=words.phrase("failed"), values=failed),
            ),
        ),
        (
            "lines",
            words.phrase("CPU of the bot, percent of a core"),
            (Series(name="CPU", values=cpu),),
        ),
        ("lines", words.phrase("Memory of the bot, MB"), (Series(name="MB", values=memory),)),
    ]
    return [
        Plot(
            title=title,
            kind="bars" if kind == "bars" else "lines",
            labels=labels,
            series=series,
            words=words,
        )
        for kind, title, series in drawn
    ]


def _by_slot(sums: Sequence[Sum], span: Range) -> list[float]:
    values: Counter[int] = Counter()
    for one in sums:
        values[one.slot] += one.value
    return [values[slot] for slot in range(span.slots)]


def _posts(sums: Sequence[Sum], span: Range, words: Wording) -> list[Series]:
    """Return the channels with the most posts, and all others as one."""
    total: Counter[str] = Counter()
    for one in sums:
        total[one.subject] += one.value
    own = [name for name, _ in total.most_common(_OWN)]
    series = [
        Series(name=name, values=_by_slot([one for one in sums if one.subject == name], span))
        for name in own
    ]
    others = [one for one in sums if one.subject not in own]
    if others:
        series.append(Series(name=words.phrase("others"), values=_by_slot(others, span)))
    return series


def _delays(sums: Sequence[Sum], span: Range) -> list[Series]:
    steps: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for one in sums:
        steps[one.slot][int(one.subject)] += one.value
    return [
        Series(
            name=name, values=[_minutes(share_of(steps[slot], share)) for slot in range(span.slots)]
        )
        for name, share in (("50 %", 0.5), ("95 %", 0.95))
    ]


def _minutes(delay: timedelta | None) -> float | None:
    return None if delay is None else delay.total_seconds() / 60


async def _money(account: Account, newsroom: Newsroom) -> Plot:
    """Return what was spent since the month began, day by day, and where that leads."""
    zone = newsroom.config.timezone
    now = newsroom.now().astimezone(zone)
    _, month = local_starts(now, zone)
    start = month.astimezone(zone)
    days = ((start + timedelta(days=32)).replace(day=1) - start).days
    sums = await newsroom.reads.hours.sums(["spent"], start, now + HOUR, 24)
    by_day: Counter[int] = Counter()
    for one in sums:
        if one.subject == account.id:
            by_day[one.slot] += one.value
    return money_plot(account, by_day, (start, now, days), newsroom.words)


def money_plot(
    account: Account,
    by_day: Mapping[int, int],
    month: tuple[datetime, datetime, int],
    words: Wording,
) -> Plot:
    """Return the money of a month of so many days that began and has come to now (pure)."""
    start, now, days = month
    today = (now.date() - start.date()).days
    so_far = [sum(by_day.get(day, 0) for day in range(upto + 1)) for upto in range(today + 1)]
    end = forecast(so_far[-1], start, now)
    spent = [one / _MICRO for one in so_far] + [None] * (days - today - 1)
    guess: list[float | None] = [None] * days
    guess[today], guess[-1] = so_far[-1] / _MICRO, max(end, so_far[-1]) / _MICRO
    return Plot(
        title=words.phrase("Money on {account} this month, USD", account=account.id),
        kind="lines",
        labels=[f"{start + timedelta(days=day):%d/%m}" for day in range(days)],
        series=[
            Series(name=words.phrase("spent"), values=spent),
            Series(name=words.phrase("forecast"), values=guess, is_guess=True),
        ],
        limit=account.budget.per_month / _MICRO if account.budget else None,
        note=words.phrase(
            "{spent} of {limit} USD spent; going on like this makes {forecast}",
            spent=words.decimal(so_far[-1] / _MICRO),
            limit=words.decimal(account.budget.per_month / _MICRO if account.budget else 0),
            forecast=words.decimal(end / _MICRO),
        ),
        words=words,
    )


PAGE = Page(name="plots", title=marked("Plots"), read=read, view=view, renew=300)
